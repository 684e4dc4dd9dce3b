import Logging
import Microservices
import Synchronization

/// A service under test on one event loop, and what it logs.
struct ServerHarness: Sendable {
    let service: Microservice
    let log: LogRecorder
    let port: Int

    /// Starts a service, runs `body`, and stops it.
    static func run(
        limits: TCPServerLimits = .defaults, shutdownTimeout: Duration = .milliseconds(200),
        _ register: (Microservice) -> Void, _ body: @Sendable (ServerHarness) async throws -> Void
    ) async throws {
        let log = LogRecorder()
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0, limits: limits), eventLoopCount: 1,
            shutdownTimeout: shutdownTimeout, logger: Logger(label: "test") { _ in log })
        register(service)
        try await service.start()
        guard let port = service.address?.port else { return }
        do {
            try await body(ServerHarness(service: service, log: log, port: port))
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }

    /// Connects, sends one frame and gives what came back up to and with `end`.
    func answer(to frame: String, endingWith end: String = "}") async throws -> String {
        let peer = try await ServerPeer.connect(port: port)
        try await peer.send(frame: frame)
        let received = await peer.received(upTo: end)
        await peer.close()
        return received.text
    }

    /// Returns when the server has read what was sent to it before this call: over the loopback interface bytes are in the
    /// server's socket when `send` returns, and its one loop reads all sockets in turn.
    func barrier(_ peer: ServerPeer) async throws {
        let count = peer.soFar.bytes.count
        try await peer.send(frame: #"{"pattern":"barrier","id":"b"}"#)
        _ = await peer.received(count: count + 1)
    }
}

/// Keeps log lines, so that a test can ask for them.
final class LogRecorder: LogHandler {
    private let lines = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set { _ = newValue }
    }

    var logLevel: Logger.Level {
        get { .trace }
        set { _ = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set { _ = newValue }
    }

    func log(event: LogEvent) {
        let metadata = event.metadata.map { "\($0)" } ?? ""
        lines.withLock { $0.append("\(event.level) \(event.message) \(metadata)") }
    }

    /// Whether some line holds the text.
    func contains(_ text: String) -> Bool {
        lines.withLock { lines in lines.contains { $0.contains(text) } }
    }

    /// All lines.
    var all: [String] { lines.withLock { $0 } }
}
