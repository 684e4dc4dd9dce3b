import MessageWire

/// One entry of `tests:`: a request, and what must become of it, without any service.
package struct RouteTest: Sendable, Hashable {
    package enum Body: Sendable, Hashable {
        case json(JSONValue)
        case text(String)
    }

    package let method: String
    /// Path and query as they would be on the wire.
    package let target: String
    package let host: String?
    /// Lower-case names.
    package let headers: [JSONValue.Member]
    package let body: Body?
    /// What guards would have found out, by the names that references use.
    package let claims: [JSONValue.Member]
    package let expectedRoute: String?
    package let expectedPayload: JSONValue?
    package let expectedPattern: JSONValue?
    package let expectedStatus: Int?
    package let place: SourcePlace
}

/// Understands one entry of `tests:`.
struct RouteTestReader {
    let sink: DiagnosticSink

    func read(_ node: SourceNode) -> RouteTest? {
        guard let reader = MappingReader(node, what: "a test", sink: sink) else { return nil }
        let request = reader.require("request").flatMap(requestLine)
        let host = reader.text("host")
        var headers: [JSONValue.Member] = []
        if let node = reader.take("headers") {
            guard let members = node.members else {
                sink.error(node.place, "\"headers\" must be a mapping of names and values, not \(node.shown)")
                return nil
            }
            headers = members.compactMap { member in
                sink.text(member.value, named: member.key).map {
                    .init(name: member.key.lowercased(), value: .string($0))
                }
            }
        }
        let body = reader.take("body").flatMap { sink.json($0) }
        let text = reader.text("text")
        let claims = reader.take("claims").flatMap { node in sink.json(node).map { ($0, node) } }
        var claimMembers: [JSONValue.Member] = []
        if let (value, node) = claims {
            if case .object(let members) = value {
                claimMembers = members
            } else {
                sink.error(node.place, "\"claims\" must be a mapping such as { auth: { sub: u1 } }, not \(node.shown)")
            }
        }
        if body != nil, text != nil { sink.error(reader.place, "a test has \"body\" (JSON) or \"text\", not both") }
        let expectNode = reader.require("expect")
        let expect = expectNode.flatMap { MappingReader($0, what: "\"expect\"", sink: sink) }
        let route = expect?.text("route")
        let payload = expect?.take("payload").flatMap { sink.json($0) }
        let pattern = expect?.take("pattern").flatMap { sink.json($0) }
        let status = expect?.take("status").flatMap { sink.integer($0, named: "status", in: 200...599) }
        if let expect, ["route", "payload", "pattern", "status"].allSatisfy({ expectNode?[$0] == nil }) {
            sink.error(expect.place, "\"expect\" names nothing: give it a route, payload, pattern or status")
        }
        expect?.finish()
        reader.finish()
        guard let request else { return nil }
        return RouteTest(
            method: request.method, target: request.target, host: host, headers: headers,
            body: body.map { .json($0) } ?? text.map { .text($0) }, claims: claimMembers, expectedRoute: route,
            expectedPayload: payload,
            expectedPattern: pattern, expectedStatus: status, place: reader.place)
    }

    private func requestLine(_ node: SourceNode) -> (method: String, target: String)? {
        guard let text = sink.text(node, named: "request") else { return nil }
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[1].hasPrefix("/") else {
            sink.error(
                node.place, "\"request\" must be a method and a path, such as GET /users/1?lang=en, not \(node.shown)")
            return nil
        }
        return (String(parts[0]), String(parts[1]))
    }
}
