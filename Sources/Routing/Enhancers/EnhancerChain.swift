/// NestJS's four kinds of what may stand around a call.
package enum EnhancerKind: String, Sendable, Hashable, CaseIterable {
    case guards
    case interceptors
    case pipes
    case filters

    /// One of them, for messages.
    package var singular: String { String(rawValue.dropLast()) }
}

/// The enhancers of one scope, by their numbers.
///
/// They add up in the order written: guards, interceptors and pipes global, service, route; filters route, service, global. A
/// name that is inherited may come again only as its replacement. Spec: docs/route-file.md
struct EnhancerChain: Sendable {
    struct Link: Sendable {
        let kind: EnhancerKind
        let name: String
        let number: Int
        let place: SourcePlace
        /// What its claims are called, if it brings any.
        var claims: String?
    }

    /// In the order of scopes, from the outside in.
    private(set) var links: [Link] = []

    /// How many of the links are inherited by the scope that is being read.
    private(set) var inheritedCount = 0

    /// What applies, in the order in which it does.
    func numbers(_ kind: EnhancerKind) -> [Int] { ordered(kind).map(\.number) }

    /// The links of a kind, in the order in which they apply.
    func ordered(_ kind: EnhancerKind) -> [Link] {
        let all = links.filter { $0.kind == kind }
        guard kind == .filters else { return all }
        // From the inside out: scopes turned round, the order within each kept.
        var scopes: [[Link]] = []
        var start = 0
        for bound in bounds + [links.count] {
            scopes.append(links[start..<bound].filter { $0.kind == kind })
            start = bound
        }
        return scopes.reversed().flatMap { $0 }
    }

    /// Where each scope but the first begins.
    private var bounds: [Int] = []

    /// The names by which claims can be referred to.
    var claimNames: [String] { links.compactMap(\.claims) }

    /// The chain as the next scope begins with it.
    func inherited() -> EnhancerChain {
        var chain = self
        chain.inheritedCount = links.count
        chain.bounds.append(links.count)
        return chain
    }

    func inheritedLink(_ kind: EnhancerKind, named name: String) -> Link? {
        links[..<inheritedCount].last { $0.kind == kind && $0.name == name }
    }

    mutating func append(_ link: Link) { links.append(link) }

    /// Takes the inherited ones of a name out; answers whether there were any.
    mutating func removeInherited(_ kind: EnhancerKind? = nil, named name: String) -> Bool {
        var kept: [Link] = []
        var removed: [Int] = []
        for (index, link) in links[..<inheritedCount].enumerated() {
            if link.name == name, kind == nil || link.kind == kind { removed.append(index) } else { kept.append(link) }
        }
        guard !removed.isEmpty else { return false }
        links = kept + links[inheritedCount...]
        inheritedCount = kept.count
        bounds = bounds.map { bound in bound - removed.filter { $0 < bound }.count }
        return true
    }
}
