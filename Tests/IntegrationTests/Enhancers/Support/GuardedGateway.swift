import Foundation
import Synchronization
import TestSupport

/// A gateway with guards before one route, whose service answers with the payload that it got.
struct GuardedGateway {
    let gateway: TestGateway
    private let service: Task<Void, any Error>
    private let packets: Packets

    private final class Packets: Sendable {
        let count = Mutex(0)
    }

    /// Starts it; `guards` is the inside of `guards: [...]`, `log` gets the gateway's lines.
    init(
        _ guards: String, payload: String = "{ sub: $auth.sub }", limits: String = "", loops: Int = 1,
        log: CollectedLog? = nil
    ) async throws {
        let server = try await ScriptedServer()
        let packets = Packets()
        self.packets = packets
        service = answering(server) { packet, id in
            packets.count.withLock { $0 += 1 }
            return value(Packet.payload(packet), id)
        }
        gateway = try await TestGateway(
            routes: "  - { id: who, match: GET /who, send: { service: s, pattern: who }, payload: \(payload) }",
            servicePorts: [server.port], limits: limits, top: "use: { guards: [\(guards)] }", loops: loops,
            collecting: log)
    }

    /// How many messages the service got.
    var packetCount: Int { packets.count.withLock { $0 } }

    /// Asks once, with field lines (without their ends) and what stands behind the path.
    func get(_ fields: String..., query: String = "") async throws -> ParsedResponse {
        let lines = fields.map { $0 + "\r\n" }.joined()
        let answers = try await gateway.exchange("GET /who\(query) HTTP/1.1\r\nhost: t\r\n\(lines)\r\n")
        guard let first = answers.first else { throw NoAnswer() }
        return first
    }

    /// Asks once with a token where OAuth has it.
    func get(token: String) async throws -> ParsedResponse { try await get("authorization: Bearer \(token)") }

    func stop() async {
        service.cancel()
        await gateway.stop()
    }

    struct NoAnswer: Error {}
}

/// Files of one test, gone with it.
final class TestFolder: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file in one step, as whoever renews keys should.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: url.appendingPathComponent(name), options: .atomic)
        return path(name)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url.appendingPathComponent(name)) }
}
