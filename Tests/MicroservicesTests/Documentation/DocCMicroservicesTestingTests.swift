import Microservices
import MicroservicesTesting
import TestSupport
import Testing

/// The code of the catalog of MicroservicesTesting.
@Suite(.timeLimit(.minutes(1)))
struct DocCMicroservicesTestingTests {
    @Test func `a service answers without a port`() async throws {
        let network = InMemoryNetwork()
        let service = Microservice(transport: .inMemory(network), eventLoopCount: 1)
        service.onMessage(["cmd": "sum"]) { (numbers: [Int], context) in numbers.reduce(0, +) }
        try await service.start()
        let client = ClientProxy(.inMemory(network))
        let sum: Int = try await client.send(["cmd": "sum"], [1, 2, 3]).decoded()  // 6
        #expect(sum == 6)
        await client.close()
        await service.shutdown()
    }

    @Test func `five seconds pass at once`() async throws {
        let started = Recorder()
        let clock = ManualClock()
        let network = InMemoryNetwork(clock: clock)
        let service = Microservice(
            transport: .inMemory(network), eventLoopCount: 1, shutdownTimeout: .zero, logger: .quiet)
        service.onMessage("hang") { (_: JSONValue?, _) in
            started.note("hang")
            try await Task.sleep(for: .seconds(3600))
        }
        try await service.start()
        let client = ClientProxy(.inMemory(network), logger: .quiet)
        let call = Task { try await client.send("hang", 1).value }
        await started.wait(for: "hang")
        await clock.advance(by: .seconds(5))
        await #expect(throws: UpstreamFailure.timedOut) { try await call.value }
        await client.close()
        await service.shutdown()
    }
}
