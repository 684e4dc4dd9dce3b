import Logging
import MartletGateway
import Microservices
import TestSupport
import Testing

/// A gateway with `Remote` enhancers, the service that decides, and the one that the routes call.
struct RemoteGateway {
    let recorder: Recorder
    let gateway: TestGateway
    private let decider: Microservice
    private let service: Task<Void, any Error>

    /// Starts all three.
    ///
    /// The routes are `GET /get/:id`, `POST /post`, `POST /stream` with two values, `POST /err` with an error, and the event
    /// `POST /event`. The deciding service is `auth`; its handler `ask` notes `asked` and the question.
    ///
    /// - Parameters:
    ///   - use: Of every route.
    ///   - payload: Of `get`.
    ///   - isReachable: Whether the deciding service listens.
    ///   - decide: The handler; without an answer it says what the request's field `x-answer` says.
    ///   - register: Registers the test's enhancers.
    /// - Throws: What starting throws.
    init(
        _ use: String, payload: String = "{ id: $path.id }", isReachable: Bool = true,
        decide: @escaping @Sendable (_ question: JSONValue) async throws -> JSONValue? = Self.asTold,
        register: (inout EnhancerRegistry, Recorder) -> Void = { _, _ in }
    ) async throws {
        let recorder = Recorder()
        self.recorder = recorder
        decider = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1, shutdownTimeout: .milliseconds(50),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        decider.onMessage("ask") { (question: JSONValue, _) -> JSONValue? in
            recorder.note("asked")
            recorder.note(question.serialized())
            return try await decide(question)
        }
        try await decider.start()
        let port = try #require(decider.address?.port)
        if !isReachable { await decider.shutdown() }
        let server = try await ScriptedServer()
        service = answering(server) { packet, id in
            recorder.note("packet " + Packet.payload(packet))
            guard !id.isEmpty else { return nil }
            if packet.contains(#""pattern":"err""#) {
                return frame(#"{"err":{"statusCode":409,"message":"taken"},"isDisposed":true,"id":"\#(id)"}"#)
            }
            return (packet.contains(#""pattern":"stream""#) ? Packet.part("1", to: packet) : "") + value("2", id)
        }
        var enhancers = EnhancerRegistry()
        register(&enhancers, recorder)
        let posts = ["post", "stream", "err"].map {
            "  - { id: \($0), match: POST /\($0), send: { service: s, pattern: \($0) }, use: { \(use) } }\n"
        }
        gateway = try await TestGateway(
            routes: posts.joined() + """
                  - { id: get, match: GET /get/:id, send: { service: s, pattern: { cmd: get } }, payload: \(payload), use: { \(use) } }
                  - { id: event, match: POST /event, emit: { service: s, pattern: event }, use: { \(use) } }
                """, servicePorts: [server.port],
            services: "  auth: { transport: tcp, endpoints: [\"127.0.0.1:\(port)\"], timeout: 30s }",
            enhancers: enhancers)
    }

    /// The JSON of the field `x-answer`; nothing without one.
    static let asTold: @Sendable (JSONValue) async throws -> JSONValue? = { question in
        try question["request"]?["headers"]?["x-answer"]?.stringValue.map { try JSONValue.parse($0) }
    }

    func ask(_ request: String) async throws -> ParsedResponse? { try await gateway.exchange(request).first }

    /// How many packets the routes' service got.
    var packets: [String] { recorder.notes.filter { $0.hasPrefix("packet ") } }
    /// What the deciding service was asked.
    var questions: [String] { recorder.notes.filter { $0.hasPrefix("{") } }

    func stop() async {
        await gateway.stop()
        await decider.shutdown()
        service.cancel()
    }
}
