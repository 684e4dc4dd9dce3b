import MessageWire
import Pipeline

/// Understands `pipes:`: names, or a name with options.
struct PipesReader {
    let sink: DiagnosticSink

    static let names = [
        "ParseInt", "ParseFloat", "ParseBool", "ParseUUID", "DefaultValue", "ParseEnum", "ParseArray", "ParseDate",
        "Trim",
    ]

    func read(_ node: SourceNode) -> [any ValuePipe] {
        guard let elements = node.elements else {
            sink.error(node.place, "\"pipes\" must be a list such as [ParseInt], not \(node.shown)")
            return []
        }
        return elements.compactMap { pipe($0) }
    }

    private func pipe(_ node: SourceNode) -> (any ValuePipe)? {
        if node.scalar != nil {
            guard let name = sink.text(node, named: "pipes") else { return nil }
            return pipe(name, options: nil, at: node.place)
        }
        guard let members = node.members, members.count == 1, let member = members.first else {
            sink.error(node.place, "a pipe is a name, or one name with its options, not \(node.shown)")
            return nil
        }
        return pipe(member.key, options: member.value, at: member.keyPlace)
    }

    private func pipe(_ name: String, options: SourceNode?, at place: SourcePlace) -> (any ValuePipe)? {
        switch name {
        case "ParseInt": return plain(ParseInt(), name, options)
        case "ParseFloat": return plain(ParseFloat(), name, options)
        case "ParseBool": return plain(ParseBool(), name, options)
        case "ParseDate": return plain(ParseDate(), name, options)
        case "Trim": return plain(Trim(), name, options)
        case "ParseUUID": return uuid(options)
        case "ParseArray": return array(options)
        case "DefaultValue":
            guard let options else {
                sink.error(place, "\"DefaultValue\" needs its value: { DefaultValue: 1 }")
                return nil
            }
            return sink.json(options).map { DefaultValue($0) }
        case "ParseEnum":
            guard let elements = options?.elements, !elements.isEmpty else {
                sink.error(options?.place ?? place, "\"ParseEnum\" needs its values: { ParseEnum: [a, b] }")
                return nil
            }
            return ParseEnum(elements.compactMap { sink.text($0, named: "ParseEnum") })
        case "Schema": sink.notSupported(name, at: place)
        default:
            let short = name.hasSuffix("Pipe") ? String(name.dropLast(4)) : name
            let hint = Suggestion.clause(for: short, among: Self.names)
            sink.error(place, "unknown pipe \"\(SourceNode.shortened(name))\"\(hint)")
        }
        return nil
    }

    private func plain(_ pipe: any ValuePipe, _ name: String, _ options: SourceNode?) -> any ValuePipe {
        if let options, !options.isNull { sink.error(options.place, "\"\(name)\" has no options") }
        return pipe
    }

    private func uuid(_ options: SourceNode?) -> (any ValuePipe)? {
        guard let options, !options.isNull else { return ParseUUID() }
        guard let reader = MappingReader(options, what: "\"ParseUUID\"", sink: sink) else { return nil }
        var version: Int?
        if let node = reader.take("version") {
            version = sink.word(node, named: "version", oneOf: ParseUUID.versions.map(String.init)).flatMap { Int($0) }
        }
        reader.finish()
        return ParseUUID(version: version)
    }

    private func array(_ options: SourceNode?) -> (any ValuePipe)? {
        guard let options, !options.isNull else { return ParseArray() }
        guard let reader = MappingReader(options, what: "\"ParseArray\"", sink: sink) else { return nil }
        var separator = ","
        if let node = reader.take("separator"), let text = sink.text(node, named: "separator") {
            separator = text
            if text.isEmpty { sink.error(node.place, "\"separator\" is empty") }
        }
        let itemsNode = reader.take("items")
        let items = itemsNode.flatMap { pipe($0) }
        reader.finish()
        if itemsNode != nil, items == nil { return nil }
        return ParseArray(separator: separator, items: items)
    }
}
