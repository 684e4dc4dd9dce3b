/// Understands `use:`, `without:` and `sets:`: which enhancers a scope has.
///
/// One for a whole configuration, so that an entry is one enhancer wherever it applies.
final class EnhancerReader {
    private let sink: DiagnosticSink
    /// All guards of the configuration, each once. An entry is one guard wherever it is inherited or its set is used: what it
    /// counts, it counts for all of them together.
    private(set) var guards: [GuardEntry] = []
    private var sets: [String: EnhancerSet] = [:]
    /// Names whose entries were refused: that they are inherited by nobody is no news.
    private var refused: Set<String> = []

    /// A reusable list.
    private struct EnhancerSet {
        let place: SourcePlace
        let guards: [Link]
        var isUsed = false
    }

    /// An entry with what it says of the scope it is put into.
    private struct Link {
        let link: GuardChain.Link
        let replaces: Bool
    }

    private static let kinds = ["guards", "interceptors", "pipes", "filters"]

    init(sink: DiagnosticSink) { self.sink = sink }

    // MARK: Sets

    /// Reads `sets:`; before any `use:`.
    func readSets(_ node: SourceNode) {
        guard let members = node.members else {
            sink.error(node.place, "\"sets\" must be a mapping of names, not \(node.shown)")
            return
        }
        for member in members {
            let shown = SourceNode.shortened(member.key)
            if !Identifier.isValid(member.key) {
                sink.error(member.keyPlace, "\"\(shown)\" is not a name of a set; use \(Identifier.rule)")
            }
            guard let reader = MappingReader(member.value, what: "set \"\(shown)\"", sink: sink) else { continue }
            if member.value.members?.isEmpty == true {
                sink.error(member.keyPlace, "there is nothing in the set \"\(shown)\"")
            }
            sets[member.key] = EnhancerSet(place: member.keyPlace, guards: links(reader))
            reader.finish(notYet: Self.kinds)
        }
    }

    func warnAboutUnusedSets() {
        for (name, set) in sets.sorted(by: { $0.key < $1.key }) where !set.isUsed {
            sink.warning(set.place, "nothing uses the set \"\(SourceNode.shortened(name))\"")
        }
    }

    // MARK: A scope

    /// What a scope has: what it inherits, without what it does not want, and its own.
    ///
    /// - Parameters:
    ///   - use: `use:`, if it stands there.
    ///   - without: `without:`, if it stands there.
    ///   - outer: what the scope around it has.
    ///   - what: The scope, for messages.
    /// - Returns: The scope's guards.
    func chain(use: SourceNode?, without: SourceNode?, in outer: GuardChain, what: String) -> GuardChain {
        var chain = outer.inherited()
        if let without { remove(without, from: &chain, what: what) }
        if let use { add(use, to: &chain, what: what) }
        return chain
    }

    private func remove(_ node: SourceNode, from chain: inout GuardChain, what: String) {
        for element in node.elements ?? [node] {
            guard let name = sink.text(element, named: "without") else { continue }
            let inherited = chain.links.map(\.name)
            if !chain.removeInherited(named: name), !refused.contains(name) {
                let hint = Suggestion.clause(for: name, among: inherited)
                sink.error(
                    element.place, "\(what) inherits no \"\(SourceNode.shortened(name))\"\(hint)")
            }
        }
    }

    private func add(_ node: SourceNode, to chain: inout GuardChain, what: String) {
        guard let reader = MappingReader(node, what: "\"use\" of \(what)", sink: sink) else { return }
        if node.members?.isEmpty == true { sink.error(node.place, "\"use\" of \(what) names nothing") }
        var seen: Set<String> = []
        for (name, place) in reader.texts("sets") ?? [] {
            guard seen.insert(name).inserted else {
                sink.error(place, "the set \"\(SourceNode.shortened(name))\" is named twice")
                continue
            }
            guard let set = sets[name] else {
                let hint = Suggestion.clause(for: name, among: Array(sets.keys))
                sink.error(place, "there is no set \"\(SourceNode.shortened(name))\"\(hint)")
                continue
            }
            sets[name]?.isUsed = true
            for link in set.guards { put(link, at: place, into: &chain) }
        }
        for link in links(reader) { put(link, at: link.link.place, into: &chain) }
        reader.finish(notYet: Self.kinds)
    }

    private func put(_ link: Link, at place: SourcePlace, into chain: inout GuardChain) {
        let name = link.link.name
        if link.replaces {
            if !chain.removeInherited(named: name) {
                sink.error(place, "there is no inherited \"\(name)\" to replace")
            }
        } else if let other = chain.inheritedLink(named: name) {
            sink.error(
                place,
                "\"\(name)\" is inherited from \(other.place) already; "
                    + "write \"replace: true\" in its options, or \"without: [\(name)]\" beside \"use\"")
            return
        }
        chain.append(link.link)
    }

    // MARK: Entries

    /// The guards of a `use:` or a set.
    private func links(_ reader: MappingReader) -> [Link] {
        guard let node = reader.take("guards") else { return [] }
        guard let elements = node.elements else {
            sink.error(
                node.place,
                "\"guards\" must be a list such as [{ IpAllow: { ranges: [10.0.0.0/8] } }], not \(node.shown)")
            return []
        }
        if elements.isEmpty { sink.error(node.place, "\"guards\" is empty") }
        return elements.compactMap(link)
    }

    /// `Name` or `Name: { options }`.
    private func link(_ node: SourceNode) -> Link? {
        let name: String
        var options: SourceNode?
        if let members = node.members, members.count == 1 {
            name = members[0].key
            options = members[0].value
        } else if node.members == nil, let text = sink.text(node, named: "guards") {
            name = text
        } else {
            if node.members != nil { sink.error(node.place, "an entry of \"guards\" is one name with its options") }
            return nil
        }
        guard let kind = GuardReader.Kind(rawValue: name) else {
            refused.insert(name)
            if GuardReader.notYet.contains(name) {
                sink.error(node.place, "guard \"\(name)\" is not supported yet")
            } else {
                let known = GuardReader.Kind.allCases.map(\.rawValue) + GuardReader.notYet
                let hint = Suggestion.clause(for: name, among: known)
                sink.error(node.place, "unknown guard \"\(SourceNode.shortened(name))\"\(hint)")
            }
            return nil
        }
        guard let options else {
            refused.insert(name)
            sink.error(node.place, "\"\(name)\" needs options: \(kind.example)")
            return nil
        }
        guard let reader = MappingReader(options, what: "\"\(name)\"", sink: sink) else { return nil }
        let faultsBefore = sink.faultCount
        let replaces = reader.bool("replace", default: false)
        let settings = GuardReader(sink: sink).read(kind, reader)
        reader.finish()
        guard let settings else {
            refused.insert(name)
            // A guard that is left out must never go unnoticed.
            if sink.faultCount == faultsBefore { sink.error(node.place, "\"\(name)\" cannot be used as it is written") }
            return nil
        }
        guards.append(GuardEntry(name: name, settings: settings, place: node.place))
        return Link(
            link: GuardChain.Link(name: name, number: guards.count - 1, place: node.place), replaces: replaces)
    }
}
