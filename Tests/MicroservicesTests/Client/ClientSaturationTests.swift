import Microservices
import MicroservicesCore
import Testing

/// A send buffer that gets too full while waiting messages are put into it.
@Suite(.timeLimit(.minutes(1))) struct ClientSaturationTests {
    @Test func `no message is lost when the send buffer gets too full`() async throws {
        try await ServerHarness.run {
            $0.onMessage("length") { (text: String, _) in text.utf8.count }
        } _: { harness in
            var configuration = ClientConfiguration.tcp(host: "127.0.0.1", port: harness.port, timeout: .seconds(30))
            configuration.maxSendBuffer = 1000
            configuration.allowSlowConnect(.seconds(20))
            let client = ClientProxy(configuration, logger: .quiet)
            let text = String(repeating: "x", count: 400)
            // All of them wait for the connection, and are put on it in one go.
            let lengths = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<24 { group.addTask { try await client.send("length", text).decoded() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(lengths == Array(repeating: 400, count: 24))
            await client.drain()
        }
    }

    @Test(arguments: [0, -1, 65536, 70_000])
    func `a port that is none is refused`(port: Int) async throws {
        let client = ClientProxy(.tcp(host: "127.0.0.1", port: port), logger: .quiet)
        await #expect(throws: MicroserviceError.self) { try await client.connect() }
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: port == 0 ? 65536 : port), eventLoopCount: 1, logger: .quiet)
        await #expect(throws: MicroserviceError.self) { try await service.start() }
    }
}
