import MessageWire
import Synchronization
import TestSupport
import Testing

/// A receiver of spans for one test: OTLP over HTTP with JSON, on a port the system chose.
final class OTLPReceiver: Sendable {
    /// How it answers a request.
    enum Manner: Sendable {
        case answer(String)
        /// Never.
        case hang
    }

    /// A span as it came.
    struct Span: Sendable {
        let json: JSONValue

        var name: String { json["name"]?.stringValue ?? "" }
        var trace: String { json["traceId"]?.stringValue ?? "" }
        var id: String { json["spanId"]?.stringValue ?? "" }
        var parent: String? { json["parentSpanId"]?.stringValue }
        var kind: JSONValue? { json["kind"] }
        /// Nanoseconds since 1970.
        var times: (start: UInt64, end: UInt64)? {
            guard let start = json["startTimeUnixNano"]?.stringValue.flatMap({ UInt64($0) }),
                let end = json["endTimeUnixNano"]?.stringValue.flatMap({ UInt64($0) })
            else { return nil }
            return (start, end)
        }

        subscript(attribute: String) -> JSONValue? { json["attributes"].flatMap { OTLPReceiver.value($0, attribute) } }
    }

    private struct State {
        var requests: [(head: String, body: JSONValue)] = []
        var manner: Manner
    }

    private let server: ScriptedServer
    private let state: Mutex<State>
    private let serving = Mutex<Task<Void, any Error>?>(nil)

    var port: Int { server.port }

    init(_ manner: Manner = .accepting) async throws {
        server = try await ScriptedServer()
        state = Mutex(State(manner: manner))
        let task = Task { [weak self] in
            while let server = self?.server {
                let connection = try await server.accept()
                Task { try await self?.serve(connection) }
            }
        }
        serving.withLock { $0 = task }
    }

    func behaves(_ manner: Manner) { state.withLock { $0.manner = manner } }

    /// Heads and bodies, in the order they came.
    var requests: [(head: String, body: JSONValue)] { state.withLock { $0.requests } }

    /// All spans of all requests.
    var spans: [Span] {
        requests.flatMap { request -> [Span] in
            let scope = request.body["resourceSpans"]?[0]?["scopeSpans"]?[0]
            guard case .array(let spans)? = scope?["spans"] else { return [] }
            return spans.map { Span(json: $0) }
        }
    }

    /// The value of an attribute in a list of them.
    static func value(_ attributes: JSONValue, _ name: String) -> JSONValue? {
        guard case .array(let all) = attributes else { return nil }
        let found = all.first { $0["key"]?.stringValue == name }?["value"]
        guard case .object(let members)? = found else { return nil }
        return members.first?.value
    }

    func stop() async {
        serving.withLock { $0 }?.cancel()
        await server.stop()
    }

    private func serve(_ connection: RawConnection) async throws {
        var text = ""
        while let piece = await connection.receive() {
            text += piece
            while let end = text.ranges(of: "\r\n\r\n").first {
                let head = String(text[..<end.lowerBound])
                let length =
                    head.split(separator: "\r\n").compactMap { line -> Int? in
                        guard line.lowercased().hasPrefix("content-length:") else { return nil }
                        return Int(line.dropFirst("content-length:".count).drop { $0 == " " })
                    }.first ?? 0
                let rest = text[end.upperBound...].utf8
                guard rest.count >= length else { break }
                let body = String(decoding: rest.prefix(length), as: UTF8.self)
                text = String(decoding: rest.dropFirst(length), as: UTF8.self)
                let json = try JSONValue.parse(body)
                let manner = state.withLock { state in
                    state.requests.append((head, json))
                    return state.manner
                }
                if case .answer(let answer) = manner { try await connection.send(answer) }
            }
        }
    }
}

extension OTLPReceiver.Manner {
    static let accepting = OTLPReceiver.Manner.answer(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
    static func status(_ status: Int, _ fields: String = "") -> OTLPReceiver.Manner {
        .answer("HTTP/1.1 \(status) X\r\n\(fields)content-length: 0\r\n\r\n")
    }
}
