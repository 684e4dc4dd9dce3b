import Logging
import Microservices
import MicroservicesTesting
import Synchronization
import TestSupport
import Testing

/// Services and clients of one process, without ports: what they see is what they see over TCP.
@Suite(.timeLimit(.minutes(1)))
struct InMemoryTests {
    private static let quiet = Logger(label: "test") { _ in LogRecorder() }

    private static func service(_ network: InMemoryNetwork, _ name: String = "service") -> Microservice {
        Microservice(
            transport: .inMemory(network, name: name), eventLoopCount: 1, shutdownTimeout: .milliseconds(200),
            logger: quiet)
    }

    /// A handler that knows nothing of transports.
    @Sendable private static func sum(_ numbers: [Int], _ context: MessageContext) async throws -> Int {
        await Task.yield()
        guard !numbers.isEmpty else { throw RPCError(statusCode: 400, message: "nothing to add") }
        return numbers.reduce(0, +)
    }

    @Test(arguments: TestTransport.allCases)
    func `the same handler answers on every transport`(transport: TestTransport) async throws {
        try await TransportHarness.run(transport) {
            $0.onMessage(["cmd": "sum"], handler: Self.sum)
        } _: { harness in
            let sum: Int = try await harness.client.send(["cmd": "sum"], [1, 2, 3]).decoded()
            #expect(sum == 6)
            await #expect(throws: RPCError(statusCode: 400, message: "nothing to add")) {
                try await harness.client.send(["cmd": "sum"], [Int]()).value
            }
        }
    }

    @Test func `several services are found by their names`() async throws {
        let network = InMemoryNetwork()
        let services = ["orders", "users"].map { name in
            let service = Self.service(network, name)
            service.onMessage("who") { (_: JSONValue?, _) in name }
            return service
        }
        for service in services { try await service.start() }
        #expect(services[0].address == nil)
        for name in ["orders", "users"] {
            let client = ClientProxy(ClientConfiguration.inMemory(network, name: name).patient, logger: Self.quiet)
            let answer = try await client.send("who", 1).value
            #expect(answer == .string(name))
            await client.close()
        }
        for service in services { await service.shutdown() }
    }

    @Test func `nobody can be reached that does not run, and whoever runs again can`() async throws {
        let network = InMemoryNetwork(clock: ManualClock())
        let client = ClientProxy(ClientConfiguration.inMemory(network).patient, logger: Self.quiet)
        let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("who", 1).value }
        #expect(failure?.wasNeverSent == true)
        for round in 0..<2 {
            let service = Self.service(network)
            service.onMessage("who") { (_: JSONValue?, _) in round }
            try await service.start()
            // The pause after the failed attempt.
            await network.clock?.advance(by: .seconds(1))
            let answer = try await client.send("who", 1).value
            #expect(answer == JSONValue(integerLiteral: round))
            await service.shutdown()
            try await eventually("the end of the connection") {
                await network.clock?.advance(by: .seconds(1))
                do {
                    _ = try await client.send("who", 1).value
                    return false
                } catch let failure as UpstreamFailure {
                    return failure.wasNeverSent
                }
            }
        }
        await client.close()
    }

    @Test func `a name belongs to one service at a time`() async throws {
        let network = InMemoryNetwork()
        let first = Self.service(network)
        try await first.start()
        let second = Self.service(network)
        let error = await #expect(throws: MicroserviceError.self) { try await second.start() }
        #expect(error?.code == .cannotListen)
        #expect(error?.message.contains("in-memory:service") == true)
        await first.shutdown()
        let third = Self.service(network)
        try await third.start()
        await third.shutdown()
    }

    @Test func `shutdown waits for the handlers that run`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let network = InMemoryNetwork()
        let service = Microservice(transport: .inMemory(network), eventLoopCount: 1, logger: Self.quiet)
        service.onMessage("gated") { (_: JSONValue?, _) in
            start.finish()
            for await _ in gate {}
            return "done"
        }
        try await service.start()
        let client = ClientProxy(ClientConfiguration.inMemory(network, timeout: nil).patient, logger: Self.quiet)
        async let answer = client.send("gated", 1).value
        for await _ in started {}
        async let stopped: Void = service.shutdown()
        open.finish()
        #expect(try await answer == "done")
        await stopped
        await client.close()
    }

    @Test func `a stream is paused when nobody takes its values`() async throws {
        let produced = Mutex(0)
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        let network = InMemoryNetwork()
        let service = Microservice(
            transport: .inMemory(network, limits: limits), eventLoopCount: 1, shutdownTimeout: .milliseconds(200),
            logger: Self.quiet)
        let text = String(repeating: "x", count: 64 * 1024)
        service.onMessage("flood") { (_: JSONValue?, _) in
            AsyncStream<String> {
                produced.withLock { $0 += 1 }
                return text
            }
        }
        service.onMessage("barrier") { (_: JSONValue?, _) in }
        try await service.start()
        let peer = try await ServerPeer.connect(in: network, reads: false)
        try await peer.send(frame: #"{"pattern":"flood","id":"1"}"#)
        try await eventually("the first values") { produced.withLock { $0 } > 0 }
        let client = ClientProxy(ClientConfiguration.inMemory(network).patient, logger: Self.quiet)
        var last = -1
        // Everybody else is served; and as the loop turns, the flood stands still.
        try await eventually("the pause") {
            _ = try await client.send("barrier", 1).value
            let count = produced.withLock { $0 }
            defer { last = count }
            return count == last
        }
        #expect(produced.withLock { $0 } < 50)
        await peer.close()
        await client.close()
        await service.shutdown()
    }
}
