public import MessageWire
import Synchronization

/// A call seen as an HTTP request and its answer.
public final class HTTPArguments: Sendable {
    /// What was asked.
    public let request: HTTPRequest
    private let answer = Mutex<(status: Int?, fields: [(name: String, value: String)])>((nil, []))

    /// Arguments of a request.
    package init(request: HTTPRequest) { self.request = request }

    /// Sets the status of a successful answer, 200 to 299; others are left alone. An error has its own.
    public func setStatus(_ status: Int) {
        guard (200...299).contains(status) else { return }
        answer.withLock { $0.status = status }
    }

    /// Sets a header field of the answer, instead of one of the same name.
    ///
    /// Names and values that HTTP does not allow are left out, as are fields that belong to the connection.
    public func setHeader(_ name: String, _ value: String) {
        answer.withLock { answer in
            answer.fields.removeAll { $0.name.lowercased() == name.lowercased() }
            answer.fields.append((name.lowercased(), value))
        }
    }

    /// The status that was set.
    package var status: Int? { answer.withLock { $0.status } }
    /// The fields that were set, names in lower case.
    package var fields: [(name: String, value: String)] { answer.withLock { $0.fields } }
}

/// A request as custom enhancers see it, with storage of its own.
public struct HTTPRequest: Sendable {
    /// The request id, as answers and logs show it.
    public let id: String
    /// As on the wire: `GET`.
    public let method: String
    /// From the first `/` up to `?`, still percent-encoded.
    public let path: String
    /// Behind `?`, still percent-encoded; empty when there is none.
    public let query: String
    /// The authority, as the client wrote it.
    public let host: String
    /// The header fields.
    public let headers: HTTPHeaders
    /// The bytes of the body; empty when there is none.
    public let body: [UInt8]
    /// The client's address without port.
    public let clientAddress: String
    /// The subject of the client's certificate (RFC 2253).
    public let tlsSubject: String?

    /// A request of these parts.
    package init(
        id: String, method: String, path: String, query: String, host: String, headers: HTTPHeaders, body: [UInt8],
        clientAddress: String, tlsSubject: String?
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.host = host
        self.headers = headers
        self.body = body
        self.clientAddress = clientAddress
        self.tlsSubject = tlsSubject
    }

    /// The body as JSON; `nil` when it is none that would be let through.
    public var json: JSONValue? {
        body.withUnsafeBytes { try? JSONValue.parse($0, rules: .untrusted) }
    }
}

/// Header fields in the order received.
public struct HTTPHeaders: Sendable {
    /// Names in lower case, values trimmed.
    public let fields: [(name: String, value: String)]

    /// Fields, their names in lower case.
    package init(_ fields: [(name: String, value: String)]) { self.fields = fields }

    /// The first value of a name, whatever its case; `nil` when there is none.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name == name }?.value
    }

    /// All values of a name, in order.
    public func values(of name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name == name }.map(\.value)
    }
}
