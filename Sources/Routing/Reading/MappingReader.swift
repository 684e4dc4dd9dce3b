/// Takes the known keys out of one mapping and reports the others, so that no key of a route file is ever ignored.
///
/// Load time only. Every getter reports its own faults and returns `nil` (or the default), so that reading goes on
/// and all errors are told in one go. Call ``finish(notYet:)`` last.
final class MappingReader {
    let place: SourcePlace
    /// What the mapping describes, for messages: `service "users"`.
    let what: String
    let sink: DiagnosticSink
    private var rest: [SourceNode.Member]
    private var known: [String] = []
    /// Keys that stood in the mapping and were taken.
    private(set) var found: Set<String> = []

    /// - Returns: `nil` (and an error) when the node is not a mapping.
    init?(_ node: SourceNode, what: String, sink: DiagnosticSink) {
        guard let members = node.members else {
            sink.error(node.place, "\(what) must be a mapping, not \(node.shown)")
            return nil
        }
        place = node.place
        self.what = what
        self.sink = sink
        rest = members
    }

    /// The value of a key, if it is there.
    func take(_ key: String) -> SourceNode? {
        takeMember(key)?.value
    }

    func takeMember(_ key: String) -> SourceNode.Member? {
        known.append(key)
        guard let index = rest.firstIndex(where: { $0.key == key }) else { return nil }
        found.insert(key)
        return rest.remove(at: index)
    }

    /// What nobody took yet, left in its place.
    var remaining: [SourceNode.Member] { rest }

    /// Keys nobody took yet: names chosen by the author of the file.
    func takeRest() -> [SourceNode.Member] {
        defer { rest = [] }
        return rest
    }

    func require(_ key: String) -> SourceNode? {
        if let node = take(key) { return node }
        // The near-miss, reported as an unknown key, says it already.
        if !rest.contains(where: { Suggestion.nearest(to: $0.key, among: [key]) != nil }) {
            sink.error(place, "\(what) has no \"\(key)\"")
        }
        return nil
    }

    /// Reports what is left over.
    ///
    /// - Parameter notYet: keys the format names that this version does not carry out: refused by name, never ignored.
    func finish(notYet: [String] = []) {
        for member in rest {
            if notYet.contains(member.key) {
                sink.notSupported(member.key, at: member.keyPlace)
                continue
            }
            let hint = Suggestion.clause(for: member.key, among: known + notYet)
            sink.error(member.keyPlace, "unknown key \"\(SourceNode.shortened(member.key))\" in \(what)\(hint)")
        }
        rest = []
    }

    // MARK: Values

    func text(_ key: String) -> String? {
        take(key).flatMap { sink.text($0, named: key) }
    }

    func bool(_ key: String, default standard: Bool) -> Bool {
        take(key).flatMap { sink.bool($0, named: key) } ?? standard
    }

    func integer(_ key: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
        take(key).flatMap { sink.integer($0, named: key, in: range) } ?? standard
    }

    func size(_ key: String, in range: ClosedRange<Int>, default standard: Int) -> Int {
        take(key).flatMap { sink.size($0, named: key, in: range) } ?? standard
    }

    func duration(_ key: String, default standard: Duration) -> Duration {
        take(key).flatMap { sink.duration($0, named: key) } ?? standard
    }

    func word(_ key: String, oneOf words: [String], notYet: [String] = []) -> String? {
        take(key).flatMap { sink.word($0, named: key, oneOf: words, notYet: notYet) }
    }

    /// A list of texts; one text alone counts as a list of one.
    func texts(_ key: String) -> [(text: String, place: SourcePlace)]? {
        guard let node = take(key) else { return nil }
        return (node.elements ?? [node]).compactMap { element in
            sink.text(element, named: key).map { ($0, element.place) }
        }
    }
}

extension DiagnosticSink {
    func notSupported(_ name: String, at place: SourcePlace) {
        error(place, "\"\(name)\" is not supported yet")
    }

    /// Any scalar but null, as it is written.
    func text(_ node: SourceNode, named name: String) -> String? {
        guard !isUnknown(node) else { return nil }
        if let scalar = node.scalar, !node.isNull { return scalar.text }
        if node["file"] != nil, node.members?.count == 1 {
            error(node.place, "\"\(name)\" is not a secret: give it as a text, not as { file: ... }")
        } else {
            error(node.place, "\"\(name)\" must be a text, not \(node.shown)")
        }
        return nil
    }

    func bool(_ node: SourceNode, named name: String) -> Bool? {
        guard let scalar = node.scalar, !scalar.isQuoted || scalar.isSubstituted,
            case .bool(let value) = CoreScalar(scalar.text)
        else {
            error(node.place, "\"\(name)\" must be true or false, not \(node.shown)")
            return nil
        }
        return value
    }

    func integer(_ node: SourceNode, named name: String, in range: ClosedRange<Int>) -> Int? {
        guard let scalar = node.scalar, !scalar.isQuoted || scalar.isSubstituted,
            case .number(let digits) = CoreScalar(scalar.text), let value = Int(digits)
        else {
            error(node.place, "\"\(name)\" must be a whole number, not \(node.shown)")
            return nil
        }
        guard range.contains(value) else {
            error(node.place, "\"\(name)\" must be between \(range.lowerBound) and \(range.upperBound), not \(value)")
            return nil
        }
        return value
    }

    func size(_ node: SourceNode, named name: String, in range: ClosedRange<Int>) -> Int? {
        guard let scalar = node.scalar, let value = Units.bytes(scalar.text) else {
            error(
                node.place,
                "\"\(name)\" must be a size with its unit (B, KiB, MiB, GiB), such as 64KiB, not \(node.shown)")
            return nil
        }
        guard range.contains(value) else {
            error(
                node.place,
                "\"\(name)\" must be between \(Units.shown(bytes: range.lowerBound)) and "
                    + "\(Units.shown(bytes: range.upperBound)), not \(node.shown)")
            return nil
        }
        return value
    }

    func duration(_ node: SourceNode, named name: String) -> Duration? {
        guard let scalar = node.scalar, let value = Units.duration(scalar.text) else {
            error(
                node.place, "\"\(name)\" must be a time with its unit (ms, s, m, h), such as 500ms, not \(node.shown)")
            return nil
        }
        guard value > .zero, value <= Units.longest else {
            error(node.place, "\"\(name)\" must be more than nothing and at most 30 days, not \(node.shown)")
            return nil
        }
        return value
    }

    func word(_ node: SourceNode, named name: String, oneOf words: [String], notYet: [String] = []) -> String? {
        guard let word = text(node, named: name) else { return nil }
        if words.contains(word) { return word }
        if notYet.contains(word) {
            error(node.place, "\"\(name): \(word)\" is not supported yet")
            return nil
        }
        let hint = Suggestion.clause(for: word, among: words + notYet)
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        error(node.place, "\"\(name)\" must be \(words.count > 1 ? "one of " : "")\(list), not \(node.shown)\(hint)")
        return nil
    }
}
