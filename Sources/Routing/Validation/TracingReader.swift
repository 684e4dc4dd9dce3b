/// Understands `gateway.tracing`. Files are named, not opened: that is the gateway's matter.
struct TracingReader {
    let sink: DiagnosticSink

    private static let maxAttributes = 64
    private static let maxText = 1024

    func read(_ node: SourceNode) -> TracingSettings? {
        var settings = TracingSettings()
        guard let reader = MappingReader(node, what: "\"tracing\"", sink: sink) else { return nil }
        settings.otlp = reader.take("otlp").flatMap(otlp)
        if let node = reader.take("sample") {
            settings.sample = sink.percentage(node, named: "sample") ?? settings.sample
        }
        settings.followsParent = reader.word("parent", oneOf: ["follow", "ignore"]) != "ignore"
        if let node = reader.take("service"), let name = text(node, named: "service") { settings.service = name }
        settings.resource = reader.take("resource").map(resource) ?? []
        settings.queue = reader.integer("queue", in: 16...65_536, default: settings.queue)
        settings.batch = reader.integer("batch", in: 1...10_000, default: min(settings.batch, settings.queue))
        settings.interval = reader.duration("interval", default: settings.interval)
        if settings.batch > settings.queue {
            sink.error(reader.place, "\"batch\" (\(settings.batch)) is greater than \"queue\" (\(settings.queue))")
        }
        reader.finish()
        return settings
    }

    private func otlp(_ node: SourceNode) -> OTLPSettings? {
        guard let reader = MappingReader(node, what: "\"otlp\"", sink: sink) else { return nil }
        let endpoint = reader.require("endpoint").flatMap(address)
        let headers = reader.take("headers").map(headers) ?? []
        let timeout = reader.duration("timeout", default: .seconds(10))
        reader.finish()
        return endpoint.map { OTLPSettings(endpoint: $0, headers: headers, timeout: timeout, place: node.place) }
    }

    private func address(_ node: SourceNode) -> String? {
        guard let text = sink.text(node, named: "endpoint") else { return nil }
        let rest = text.hasPrefix("https://") ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), text.utf8.count <= Self.maxText
        else {
            sink.error(
                node.place, "\(node.shown) is not an address; write http://host:4318/v1/traces, or https://")
            return nil
        }
        guard !authority.contains("@") else {
            sink.error(node.place, "an address holds no password; give it under \"headers\"")
            return nil
        }
        return text
    }

    /// Names and values; a value is a text or `{ file: NAME }`, and never shown.
    private func headers(_ node: SourceNode) -> [OTLPSettings.Header] {
        guard let members = node.members else {
            sink.error(node.place, "\"headers\" must be a mapping of names and values, not \(node.shown)")
            return []
        }
        return members.compactMap { member in
            let name = member.key.lowercased()
            guard sink.isFieldName(member.key), !ReservedFields.connection.contains(name) else {
                sink.error(
                    member.keyPlace, "\"\(SourceNode.shortened(member.key))\" is not a header that can be set")
                return nil
            }
            return value(member.value, member.key).map { OTLPSettings.Header(name: name, value: $0) }
        }
    }

    private func value(_ node: SourceNode, _ name: String) -> OTLPSettings.Value? {
        if let members = node.members, members.count == 1, members[0].key == "file",
            let file = sink.text(members[0].value, named: "file"), !file.isEmpty
        {
            let place = members[0].value.place
            return .file(FilePath.join(FilePath.folder(of: place.file), file), place)
        }
        guard let scalar = node.scalar, !node.isNull, scalar.text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            sink.error(
                node.place, "\"\(SourceNode.shortened(name))\" must be one line of ASCII or { file: NAME }")
            return nil
        }
        return .text(scalar.text)
    }

    private func resource(_ node: SourceNode) -> [TracingSettings.Attribute] {
        guard let members = node.members else {
            sink.error(node.place, "\"resource\" must be a mapping of names and values, not \(node.shown)")
            return []
        }
        if members.count > Self.maxAttributes {
            sink.error(node.place, "\"resource\" has more than \(Self.maxAttributes) attributes")
        }
        return members.compactMap { member in
            if member.key == "service.name" {
                sink.error(member.keyPlace, "\"service.name\" is given as \"service\"")
                return nil
            }
            return text(member.value, named: member.key).map { .init(name: member.key, value: $0) }
        }
    }

    private func text(_ node: SourceNode, named name: String) -> String? {
        guard let text = sink.text(node, named: name) else { return nil }
        guard !text.isEmpty, text.utf8.count <= Self.maxText else {
            sink.error(node.place, "\"\(SourceNode.shortened(name))\" must have 1 to \(Self.maxText) bytes")
            return nil
        }
        return text
    }
}
