import MartletGateway
import TestSupport

/// What every recording enhancer does: notes that it runs, and throws where it is told to.
struct Stage: Sendable {
    let name: String
    let recorder: Recorder
    /// The stage that throws.
    var failing: String?
    /// The filter that handles, or throws another error.
    var filtering: Filtering = .pass

    enum Filtering: Sendable {
        case pass
        case handle(at: String)
        case rethrow(at: String)
    }

    func pass(_ part: String = "") throws {
        let name = part.isEmpty ? name : name + " " + part
        recorder.note(name)
        if name == failing { throw RPCError(statusCode: 418, message: .string(name)) }
    }

    var `guard`: AnyGuard {
        AnyGuard { _ in
            try pass()
            return true
        }
    }

    var pipe: AnyPipe {
        AnyPipe { value in
            try pass()
            return value
        }
    }

    /// Notes what it does before, after, and with each value of a stream.
    var interceptor: AnyInterceptor {
        AnyInterceptor { _, next in
            try pass("before")
            let result = try await next.handle()
            try pass("after")
            guard result.isStream else { return result }
            return try await result.map { value in
                recorder.note("\(name) value \(value.serialized())")
                return value
            }
        }
    }

    var filter: AnyFilter {
        AnyFilter { _ in
            try pass()
            switch filtering {
            case .handle(at: name): return .value(.string("handled by " + name))
            case .rethrow(at: name): throw RPCError(statusCode: 422, message: .string("thrown by " + name))
            default: return nil
            }
        }
    }
}

/// A gateway each of whose scopes has two recording enhancers of every kind, and a service that notes its packets.
struct RecordingGateway {
    let recorder = Recorder()
    let gateway: TestGateway
    private let service: Task<Void, any Error>

    private static let scopes = ["global", "service", "set", "route"]

    /// Starts both.
    ///
    /// - Parameters:
    ///   - failing: The stage that throws.
    ///   - filtering: What filters do with it.
    ///   - isReachable: Whether the service listens.
    /// - Throws: What starting throws.
    init(failing: String? = nil, filtering: Stage.Filtering = .pass, isReachable: Bool = true) async throws {
        let server = try await ScriptedServer()
        if !isReachable { await server.stop() }
        service = answering(server) { [recorder] packet, _ in
            recorder.note("packet")
            return Self.answer(packet)
        }
        var enhancers = EnhancerRegistry()
        for scope in Self.scopes {
            let stage = { @Sendable [recorder] (options: JSONValue) in
                Stage(
                    name: options["name"]?.stringValue ?? "", recorder: recorder, failing: failing,
                    filtering: filtering)
            }
            enhancers.addGuard("\(scope)_guard") { stage($0).guard }
            enhancers.addInterceptor("\(scope)_interceptor") { stage($0).interceptor }
            enhancers.addPipe("\(scope)_pipe") { stage($0).pipe }
            enhancers.addFilter("\(scope)_filter") { stage($0).filter }
        }
        let use = "use: { sets: [extra], \(Self.lists("route")) }"
        gateway = try await TestGateway(
            routes: ["one", "stream", "err", "broken"].map { pattern in
                """
                  - { id: \(pattern), match: POST /\(pattern), send: { service: s, pattern: \(pattern) }, \(use) }
                """
            }.joined(separator: "\n") + """

                  - { id: get, match: GET /one/:id, send: { service: s, pattern: one }, \(use) }
                  - { id: event, match: POST /event, emit: { service: s, pattern: event }, \(use) }
                """,
            servicePorts: [server.port],
            service: isReachable
                ? patient + ", use: { \(Self.lists("service")) }" : "use: { \(Self.lists("service")) }",
            top: """
                use: { \(Self.lists("global")) }
                sets: { extra: { \(Self.lists("set")) } }
                """,
            enhancers: enhancers)
    }

    /// Two entries of every kind.
    private static func lists(_ scope: String) -> String {
        ["guard", "interceptor", "pipe", "filter"].map { kind in
            let entries = (1...2).map { "{ \(scope)_\(kind): { name: \(scope) \(kind) \($0) } }" }
            return "\(kind)s: [\(entries.joined(separator: ", "))]"
        }.joined(separator: ", ")
    }

    private static func answer(_ packet: String) -> String? {
        let id = packetID(packet)
        let error = frame(#"{"err":{"statusCode":409,"message":"taken"},"isDisposed":true,"id":"\#(id)"}"#)
        return if packet.contains(#""pattern":"one""#) {
            value("1", id)
        } else if packet.contains(#""pattern":"stream""#) {
            Packet.part("1", to: packet) + value("2", id)
        } else if packet.contains(#""pattern":"err""#) {
            error
        } else if packet.contains(#""pattern":"broken""#) {
            Packet.part("1", to: packet) + error
        } else {
            nil
        }
    }

    /// Sends a request, stops, and gives the answer with all that ran for it.
    func run(_ request: String) async throws -> (answer: ParsedResponse?, ran: [String]) {
        let answer = try await gateway.exchange(request).first
        await gateway.stop()
        service.cancel()
        return (answer, recorder.notes)
    }
}

/// Requests of enhancer tests.
enum EnhancerRequest {
    /// A body of a few bytes.
    static func post(_ path: String, _ fields: String = "", body: String = "{}") -> String {
        "POST \(path) HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n"
            + "\(fields)\r\n\(body)"
    }

    /// None.
    static func get(_ path: String, _ fields: String = "", method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nhost: t\r\n\(fields)\r\n"
    }
}
