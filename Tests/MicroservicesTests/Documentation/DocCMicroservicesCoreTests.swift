import Microservices
import MicroservicesTesting
import Testing

/// The code of the catalog's first page.
@Suite(.timeLimit(.minutes(1)))
struct DocCMicroservicesCoreTests {
    @Controller struct MathController {
        @MessagePattern(["cmd": "sum"]) func sum(_ numbers: [Int]) -> Int { numbers.reduce(0, +) }
    }

    private func serve() async throws {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 3000))
        service.add(MathController())
        try await service.run()
    }

    private func call() async throws {
        let math = ClientProxy(.tcp(host: "127.0.0.1", port: 3000))
        let sum: Int = try await math.send(["cmd": "sum"], [1, 2, 3]).decoded()  // 6
        _ = sum
    }

    @Test func `the controller answers what the page says`() async throws {
        try await TransportHarness.run {
            $0.add(MathController())
        } _: { harness in
            let sum: Int = try await harness.client.send(["cmd": "sum"], [1, 2, 3]).decoded()
            #expect(sum == 6)
        }
    }
}
