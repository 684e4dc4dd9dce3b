import Yams

/// Reads one file into a ``SourceNode`` tree and reports everything YAML itself has to say about it.
///
/// Yams composes; aliases, duplicate keys and tags are judged here. The core schema is YAML 1.2's although libyaml
/// speaks 1.1, because only the scalars' texts are taken from it.
struct YAMLReader {
    /// Nodes of one file after its aliases were expanded: two hundred times the largest file we can imagine, and
    /// nothing in memory. A "billion laughs" file meets this limit.
    static let maxNodes = 200_000
    /// Depth of mappings and lists inside each other.
    static let maxDepth = 48

    let file: String
    let environment: Environment
    let sink: DiagnosticSink

    private var text: SourceText
    private var anchors: [String: (node: SourceNode, count: Int)] = [:]
    private var nodeCount = 0
    private var isOverflowing = false

    /// - Returns: the file's root, or `nil` when there is none; the reason stands in `sink` then.
    static func read(
        _ bytes: [UInt8], file: String, environment: Environment, sink: DiagnosticSink
    ) -> SourceNode? {
        guard let text = SourceText(bytes, file: file, sink: sink) else { return nil }
        var reader = YAMLReader(file: file, environment: environment, sink: sink, text: text)
        return reader.compose()
    }

    private init(file: String, environment: Environment, sink: DiagnosticSink, text: SourceText) {
        self.file = file
        self.environment = environment
        self.sink = sink
        self.text = text
    }

    private func place(_ mark: Mark?) -> SourcePlace {
        SourcePlace(file: file, line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
    }

    private mutating func compose() -> SourceNode? {
        while true {
            do {
                let parser = try Parser(
                    yaml: text.prepared, resolver: .basic, constructor: .default, encoding: .utf8)
                guard let root = try parser.singleRoot() else {
                    sink.error(place(nil), "the file is empty")
                    return nil
                }
                // An anchor lives only as long as its parser.
                return withExtendedLifetime(parser) { convert(root, depth: 0) }
            } catch let YamlError.duplicatedKeysInMapping(duplicates, context) {
                let position = SourceText.Position(line: context.mark.line, column: context.mark.column)
                if !text.renameKey(at: position) {
                    let names = duplicates.map { "\"\(SourceText.restored($0))\"" }.joined(separator: ", ")
                    sink.error(place(context.mark), "duplicate key \(names)")
                    return nil
                }
            } catch {
                report(error)
                return nil
            }
        }
    }

    private func report(_ error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            if problem == "but found another document" {
                sink.error(place(mark), "a route file holds one YAML document, not several")
                return
            }
            let excerpt = text.excerpt(at: .init(line: mark.line, column: mark.column))
            let near = excerpt.isEmpty ? "at the end of a line" : "at \"\(excerpt)\""
            let whole = context.map { " (\($0.text) at line \($0.mark.line))" } ?? ""
            // `[${NAME}]` is a mapping inside a list to YAML.
            let before = text.excerpt(at: .init(line: mark.line, column: mark.column - 1))
            let hint = before.hasPrefix("${") ? "; inside [ ] and { }, quote \"${...}\"" : ""
            sink.error(place(mark), "YAML syntax: \(problem)\(whole) \(near)\(hint)")
        case YamlError.reader(let problem, _, _, _):
            sink.error(place(nil), "YAML syntax: \(problem)")
        default:
            sink.error(place(nil), "YAML cannot be read")
        }
    }

    private mutating func convert(_ node: Node, depth: Int) -> SourceNode? {
        let here = place(node.mark)
        let countBefore = nodeCount
        nodeCount += 1
        guard depth < Self.maxDepth else {
            sink.error(here, "nested more than \(Self.maxDepth) levels deep")
            return nil
        }
        guard withinBudget(at: here) else { return nil }
        // A block mapping begins where its first key does, and that can have a tag of its own.
        if node.mapping?.first.map({ place($0.key.mark) }) != here { refuseTag(at: here, ofText: node.scalar != nil) }
        let content: SourceNode.Content
        switch node {
        case .scalar(let scalar):
            if scalar.style == .plain, scalar.string.unicodeScalars.first == SourceText.aliasMark {
                return alias(scalar.string, at: here, depth: depth)
            }
            content = .scalar(convert(scalar, at: here))
        case .sequence(let sequence):
            content = .sequence(sequence.compactMap { convert($0, depth: depth + 1) })
        case .mapping(let mapping):
            content = .mapping(members(of: mapping, depth: depth))
        case .alias:
            return nil
        }
        let converted = SourceNode(place: here, content: content)
        if let anchor = node.anchor {
            anchors[anchor.rawValue] = (converted, nodeCount - countBefore)
        }
        return converted
    }

    private mutating func withinBudget(at place: SourcePlace) -> Bool {
        guard nodeCount > Self.maxNodes else { return true }
        if !isOverflowing {
            sink.error(place, "the file grows past \(Self.maxNodes) values when its aliases are expanded")
        }
        isOverflowing = true
        return false
    }

    private mutating func members(of mapping: Node.Mapping, depth: Int) -> [SourceNode.Member] {
        var members: [SourceNode.Member] = []
        var first: [String: SourcePlace] = [:]
        for (keyNode, valueNode) in mapping {
            let keyPlace = place(keyNode.mark)
            let value = convert(valueNode, depth: depth + 1)
            guard let scalar = keyNode.scalar else {
                sink.error(keyPlace, "a key must be a text")
                continue
            }
            let key = text.originalKey(scalar.string, at: position(of: keyPlace))
            refuseTag(at: keyPlace, ofText: true)
            if scalar.style == .plain, scalar.string.unicodeScalars.first == SourceText.aliasMark {
                sink.error(keyPlace, "an alias (\"\(SourceNode.shortened(key))\") cannot be a key")
                continue
            }
            if scalar.style == .plain, key == "<<" {
                sink.error(keyPlace, "\"<<\" is not part of YAML 1.2; an alias can only stand for a whole value")
                continue
            }
            if scalar.style == .plain, let fault = Self.fault(ofPlainKey: key) {
                sink.error(keyPlace, "\(fault); quote it if a text is meant")
                continue
            }
            if let earlier = first[key] {
                sink.error(
                    keyPlace,
                    "duplicate key \"\(SourceNode.shortened(key))\"; "
                        + "it stands already at line \(earlier.line), column \(earlier.column)"
                )
                continue
            }
            first[key] = keyPlace
            if let value { members.append(.init(key: key, keyPlace: keyPlace, value: value)) }
        }
        return members
    }

    /// Why an unquoted key is not the text it looks like. A whole number is: `422:` is a status, whoever reads it.
    private static func fault(ofPlainKey key: String) -> String? {
        switch CoreScalar(key) {
        case .text: return nil
        case .null where key.isEmpty: return "an empty key"
        case .number where key.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }): return nil
        case .null, .bool, .number, .notFinite: return "key \"\(SourceNode.shortened(key))\" is not a text"
        }
    }

    private func convert(_ scalar: Node.Scalar, at place: SourcePlace) -> SourceNode.Scalar {
        let written = SourceText.restored(scalar.string)
        let faultsBefore = sink.faultCount
        let (text, didReplace) = environment.replaced(written, at: place, sink: sink)
        if sink.faultCount > faultsBefore { sink.markUnknown(place) }
        return SourceNode.Scalar(
            text: text, written: written, isQuoted: scalar.style != .plain, isSubstituted: didReplace)
    }

    private func refuseTag(at place: SourcePlace, ofText isText: Bool) {
        guard let tag = text.tag(at: position(of: place)) else { return }
        let cure = isText ? "quote a value to make it a text" : "leave it out"
        sink.error(place, "tag \"\(SourceNode.shortened(tag))\" is not supported; \(cure)")
    }

    private func position(of place: SourcePlace) -> SourceText.Position {
        SourceText.Position(line: place.line, column: place.column)
    }

    private mutating func alias(_ marked: String, at place: SourcePlace, depth: Int) -> SourceNode? {
        let name = SourceText.restored(marked).dropFirst()
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
        else {
            sink.error(
                place, "\"*\(SourceNode.shortened(String(name)))\" begins like an alias; quote it if it is a text")
            return nil
        }
        guard let (node, count) = anchors[String(name)] else {
            let hint = Suggestion.clause(for: String(name), among: anchors.keys.sorted())
            sink.error(place, "alias \"*\(name)\" has no anchor \"&\(name)\" before it\(hint)")
            return nil
        }
        guard depth + node.height < Self.maxDepth else {
            sink.error(place, "alias \"*\(name)\" leads more than \(Self.maxDepth) levels deep")
            return nil
        }
        nodeCount += count
        return withinBudget(at: place) ? node : nil
    }
}
