/// Understands `response:`.
struct ResponseReader {
    let sink: DiagnosticSink
    /// `nil` when the path could not be read.
    let path: PathTemplate?
    let kind: Route.Kind

    /// Fields that the gateway writes itself, or that belong to one connection.
    private static let reserved: Set<String> = [
        "connection", "content-length", "content-type", "date", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "x-request-id",
    ]

    func read(_ node: SourceNode) -> ResponseSpec {
        var spec = ResponseSpec.defaults
        guard let reader = MappingReader(node, what: "\"response\"", sink: sink) else { return spec }
        if let node = reader.take("status") {
            spec.status = sink.integer(node, named: "status", in: 200...399)
        }
        if let node = reader.take("headers") { spec.headers = headers(node) }
        if let member = reader.takeMember("stream") {
            let words = ResponseSpec.Form.allCases.map(\.rawValue)
            spec.stream =
                sink.word(member.value, named: "stream", oneOf: words).flatMap(ResponseSpec.Form.init) ?? spec.stream
            refuseForEvents(member)
        }
        if let member = reader.takeMember("otherwise") {
            let words = ResponseSpec.Otherwise.allCases.map(\.rawValue)
            spec.otherwise =
                sink.word(member.value, named: "otherwise", oneOf: words).flatMap(ResponseSpec.Otherwise.init)
                ?? spec.otherwise
            refuseForEvents(member)
            if spec.stream != .negotiate {
                sink.error(member.keyPlace, "\"otherwise\" is for \"stream: negotiate\"")
            }
        }
        if let member = reader.takeMember("heartbeat") {
            if member.value.scalar?.text != "none" { spec.heartbeat = sink.duration(member.value, named: "heartbeat") }
            refuseForEvents(member)
        }
        reader.finish()
        return spec
    }

    private func refuseForEvents(_ member: SourceNode.Member) {
        if kind == .emit {
            sink.error(member.keyPlace, "\"\(member.key)\" makes no sense with \"emit\": an event has no answer")
        }
    }

    private func headers(_ node: SourceNode) -> [HeaderTemplate] {
        guard let members = node.members else {
            sink.error(node.place, "\"headers\" must be a mapping of names and values, not \(node.shown)")
            return []
        }
        var names: Set<String> = []
        return members.compactMap { member in
            let name = member.key.lowercased()
            let shown = SourceNode.shortened(member.key)
            guard sink.isFieldName(name) else {
                sink.error(member.keyPlace, "\"\(shown)\" is not a header name")
                return nil
            }
            guard !Self.reserved.contains(name) else {
                sink.error(member.keyPlace, "header \"\(shown)\" is the gateway's own and cannot be set")
                return nil
            }
            guard names.insert(name).inserted else {
                sink.error(member.keyPlace, "header \"\(shown)\" is set twice")
                return nil
            }
            guard let text = sink.text(member.value, named: name) else { return nil }
            return pieces(text, at: member.value.place).map { HeaderTemplate(name: name, pieces: $0) }
        }
    }

    private func pieces(_ text: String, at place: SourcePlace) -> [HeaderTemplate.Piece]? {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            sink.error(place, "the value of a header is one line of ASCII")
            return nil
        }
        var pieces: [HeaderTemplate.Piece] = []
        var rest = Substring(text)
        while let open = rest.range(ofReference: "{$") {
            guard let close = rest[open...].firstIndex(of: "}") else {
                sink.error(place, "\"\(SourceNode.shortened(String(rest[open...])))\" has no closing \"}\"")
                return nil
            }
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            guard let piece = piece(String(rest[rest.index(open, offsetBy: 2)..<close]), at: place) else { return nil }
            pieces.append(piece)
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    private func piece(_ name: String, at place: SourcePlace) -> HeaderTemplate.Piece? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let shown = SourceNode.shortened(name)
        guard !parts.contains("") else {
            sink.error(place, "\"{$\(shown)}\" is not a reference")
            return nil
        }
        switch (parts[0], parts.count) {
        case ("result", _):
            guard kind == .send else {
                sink.error(place, "\"{$\(shown)}\" does not exist: an event has no answer")
                return nil
            }
            return .result(Array(parts.dropFirst()))
        case ("request", 2) where parts[1] == "id": return .requestID
        case ("path", 2):
            guard let path else { return nil }
            if let index = path.parameters.firstIndex(where: { $0.name == parts[1] }) { return .path(index) }
            let hint = Suggestion.clause(for: parts[1], among: path.parameters.map(\.name))
            sink.error(place, "\"{$\(shown)}\" does not exist: \(path.text) has no such parameter\(hint)")
        default:
            let hint = Suggestion.clause(for: parts[0], among: ["result", "request", "path"])
            sink.error(
                place, "\"{$\(shown)}\" does not exist; a header can hold $result, $path.name and $request.id\(hint)")
        }
        return nil
    }
}

extension Substring {
    /// Where `mark` (two ASCII characters) begins.
    fileprivate func range(ofReference mark: String) -> Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(mark) { return index }
            index = self.index(after: index)
        }
        return nil
    }
}
