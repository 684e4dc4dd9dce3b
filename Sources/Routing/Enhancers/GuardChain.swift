/// The guards of one scope, outermost first, by their numbers.
///
/// They add up in the order written: global, service, route. A name that is inherited may come again only as its
/// replacement. Spec: docs/route-file.md
struct GuardChain: Sendable {
    struct Link: Sendable {
        let name: String
        let number: Int
        let place: SourcePlace
    }

    private(set) var links: [Link] = []

    /// How many of the links are inherited by the scope that is being read.
    private(set) var inheritedCount = 0

    var numbers: [Int] { links.map(\.number) }

    /// The chain as the next scope begins with it.
    func inherited() -> GuardChain {
        var chain = self
        chain.inheritedCount = links.count
        return chain
    }

    func inheritedLink(named name: String) -> Link? { links[..<inheritedCount].last { $0.name == name } }

    mutating func append(_ link: Link) { links.append(link) }

    /// Takes the inherited ones of a name out; answers whether there were any.
    mutating func removeInherited(named name: String) -> Bool {
        let before = inheritedCount
        let kept = links[..<inheritedCount].filter { $0.name != name }
        links = kept + links[inheritedCount...]
        inheritedCount = kept.count
        return inheritedCount < before
    }
}
