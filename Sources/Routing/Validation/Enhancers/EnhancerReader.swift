import MessageWire

/// What the readers of enhancers need to know of the rest.
struct EnhancerSurroundings {
    /// Names of the services, in their order.
    var services: [String] = []
    /// What Swift packages have registered beside the built-in ones.
    var custom: [EnhancerKind: Set<String>] = [:]
    /// All bytes of a file.
    var read: (String) throws(FileSourceError) -> [UInt8] = { _ throws(FileSourceError) in
        throw FileSourceError(reason: "no such file")
    }
}

/// Understands `use:`, `without:` and `sets:`: which enhancers a scope has.
///
/// One for a whole configuration, so that an entry is one enhancer wherever it applies.
final class EnhancerReader {
    private let sink: DiagnosticSink
    private let entries: EnhancerEntryReader
    /// All enhancers of the configuration, each once. An entry is one enhancer wherever it is inherited or its set is used:
    /// what it counts, it counts for all of them together.
    private(set) var all: [EnhancerEntry] = []
    private var sets: [String: EnhancerSet] = [:]
    /// Names whose entries were refused: that they are inherited by nobody is no news.
    private var refused: Set<String> = []
    /// Entries whose missing claims were told.
    private var lacking: Set<Int> = []

    /// A reusable list.
    private struct EnhancerSet {
        let place: SourcePlace
        let links: [NewLink]
        var isUsed = false
    }

    /// An entry with what it says of the scope it is put into.
    private struct NewLink {
        let link: EnhancerChain.Link
        let replaces: Bool
    }

    init(sink: DiagnosticSink, surroundings: EnhancerSurroundings) {
        self.sink = sink
        entries = EnhancerEntryReader(sink: sink, surroundings: surroundings)
    }

    /// Files that entries name and that were read.
    var files: [String] { entries.files.names }

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
            sets[member.key] = EnhancerSet(place: member.keyPlace, links: links(reader))
            reader.finish()
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
    /// - Returns: The scope's enhancers.
    func chain(use: SourceNode?, without: SourceNode?, in outer: EnhancerChain, what: String) -> EnhancerChain {
        var chain = outer.inherited()
        if let without { remove(without, from: &chain, what: what) }
        if let use { add(use, to: &chain, what: what) }
        return chain
    }

    private func remove(_ node: SourceNode, from chain: inout EnhancerChain, what: String) {
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

    private func add(_ node: SourceNode, to chain: inout EnhancerChain, what: String) {
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
            for link in set.links { put(link, at: place, into: &chain) }
        }
        for link in links(reader) { put(link, at: link.link.place, into: &chain) }
        reader.finish()
    }

    private func put(_ new: NewLink, at place: SourcePlace, into chain: inout EnhancerChain) {
        let link = new.link
        if new.replaces {
            if !chain.removeInherited(link.kind, named: link.name) {
                sink.error(place, "there is no inherited \"\(link.name)\" to replace")
            }
        } else if let other = chain.inheritedLink(link.kind, named: link.name) {
            sink.error(
                place,
                "\"\(link.name)\" is inherited from \(other.place) already; "
                    + "write \"replace: true\" in its options, or \"without: [\(link.name)]\" beside \"use\"")
            return
        }
        if let claims = link.claims, let other = chain.links.first(where: { $0.claims == claims }) {
            sink.error(
                place,
                "\"$\(claims)\" is provided by \"\(other.name)\" at \(other.place) already; give one of them another \"as\""
            )
        }
        chain.append(link)
    }

    // MARK: Entries

    /// The entries of a `use:` or a set.
    private func links(_ reader: MappingReader) -> [NewLink] {
        EnhancerKind.allCases.flatMap { kind -> [NewLink] in
            guard let node = reader.take(kind.rawValue) else { return [] }
            guard let elements = node.elements else {
                sink.error(
                    node.place,
                    "\"\(kind.rawValue)\" must be a list such as \(EnhancerEntryReader.example(kind)), not \(node.shown)"
                )
                return []
            }
            if elements.isEmpty { sink.error(node.place, "\"\(kind.rawValue)\" is empty") }
            return elements.compactMap { link(kind, $0) }
        }
    }

    private func link(_ kind: EnhancerKind, _ node: SourceNode) -> NewLink? {
        let result = entries.read(kind, node)
        guard let entry = result.entry else {
            if let name = result.name { refused.insert(name) }
            return nil
        }
        all.append(entry)
        return NewLink(
            link: EnhancerChain.Link(
                kind: kind, name: entry.name, number: all.count - 1, place: node.place,
                claims: kind == .guards ? entry.settings.claims : nil),
            replaces: result.replaces)
    }

    // MARK: A whole chain

    /// Checks what only a whole chain can tell: that claims are there before a guard looks at them.
    func checkClaims(of chain: EnhancerChain, what: String) {
        var known: Set<String> = []
        for link in chain.ordered(.guards) {
            if let needed = all[link.number].settings.guardSettings?.neededClaims, !known.contains(needed),
                lacking.insert(link.number).inserted
            {
                sink.error(
                    link.place,
                    "\"\(link.name)\" looks at \"$\(needed)\", but no guard before it provides that in \(what); "
                        + "put a guard that does, such as Jwt, before it")
            }
            if let claims = link.claims { known.insert(claims) }
        }
    }

    /// What a chain's filters say of errors, the first that handles one counting: it stands between the file's `errors:` and the
    /// route's own.
    func errorRules(_ chain: EnhancerChain) -> ErrorRules {
        var rules = ErrorRules()
        for link in chain.ordered(.filters) {
            guard case .filter(let filter) = all[link.number].settings else { continue }
            switch filter {
            case .mapError(let more): rules.cases += more
            case .rpcToProblem(let statusFrom, let map, let otherwise):
                rules.statusFrom = statusFrom
                rules.map = map
                rules.otherwise = otherwise
                // It takes every error, so those behind it are never asked.
                return rules
            }
        }
        return rules
    }
}

extension EnhancerSettings {
    /// What its claims are called, if it brings any.
    package var claims: String? {
        switch self {
        case .guardian(let settings): settings.claims
        case .remote(let settings): settings.claims.isEmpty ? nil : settings.claims
        case .custom(let options): options["as"]?.stringValue
        case .interceptor, .schema, .filter: nil
        }
    }
}
