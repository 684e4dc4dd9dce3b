import HTTPWire
import MessageWire
import NIOCore

/// An answer of the admin listener.
package struct AdminResponse: Sendable {
    package enum Body: Sendable, Equatable {
        case text(String)
        /// A snapshot each second, until the client goes: `text/event-stream`.
        case events
    }

    package var status: Int
    package var contentType: String
    package var body: Body
    /// Checked; in lower case.
    package var fields: [(name: String, value: String)] = []

    package init(status: Int, contentType: String, body: Body) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    package static func json(_ value: JSONValue, status: Int = 200) -> AdminResponse {
        AdminResponse(status: status, contentType: "application/json", body: .text(value.serialized() + "\n"))
    }

    package static func text(_ text: String, status: Int = 200) -> AdminResponse {
        AdminResponse(status: status, contentType: "text/plain; charset=utf-8", body: .text(text))
    }

    /// An error as RFC 9457 has it.
    ///
    /// - Parameters:
    ///   - status: 400 to 599.
    ///   - code: Stable and machine-readable, snake case.
    ///   - detail: A sentence.
    ///   - more: Further members.
    /// - Returns: The answer.
    package static func problem(
        _ status: Int, code: String, detail: String, more: [JSONValue.Member] = []
    ) -> AdminResponse {
        let members: [JSONValue.Member] = [
            .init(name: "type", value: "about:blank"),
            .init(name: "title", value: .string("\(HTTPStatus.reason(status))")),
            .init(name: "status", value: .number(String(status))), .init(name: "detail", value: .string(detail)),
            .init(name: "code", value: .string(code)),
        ]
        return AdminResponse(
            status: status, contentType: "application/problem+json",
            body: .text(JSONValue.object(members + more).serialized() + "\n"))
    }

    /// The same with a further field.
    package func with(_ name: String, _ value: String) -> AdminResponse {
        var copy = self
        copy.fields.append((name: name, value: value))
        return copy
    }

    /// Bytes of the head, and of the body if there is one and it is not a stream.
    ///
    /// Nothing here may be kept by anybody, taken for another type, framed or read by another site's scripts.
    func bytes(answering request: AdminRequest, keepAlive: Bool, date: HTTPDate) -> ByteBuffer {
        var fields = fields
        fields.append((name: "cache-control", value: "no-store"))
        fields.append((name: "x-content-type-options", value: "nosniff"))
        fields.append((name: "cross-origin-resource-policy", value: "same-origin"))
        let framing: HTTP1ResponseHead.Framing
        var text = ""
        switch body {
        case .text(let body):
            text = body
            framing = .length(body.utf8.count)
        case .events: framing = request.minorVersion == 0 ? .untilClose : .chunked
        }
        let head = HTTP1ResponseHead(
            status: status, contentType: try? HTTPContentType(contentType), framing: framing,
            connection: !keepAlive ? .close : request.minorVersion == 0 ? .keepAlive : .persistent,
            fields: fields.compactMap { try? HTTPField(name: $0.name, value: $0.value) })
        var buffer = ByteBuffer()
        HTTP1ResponseSerializer.writeHead(head, date: date, into: &buffer)
        if !request.isHead { buffer.writeString(text) }
        return buffer
    }
}
