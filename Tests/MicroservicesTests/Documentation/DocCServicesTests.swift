import Logging
import Microservices
import ServiceLifecycle
import Testing
import UnixSignals

/// The code of the article "Services".
@Suite(.timeLimit(.minutes(1)))
struct DocCServicesTests {
    private func smallest() async throws {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 3000))
        service.onMessage(["cmd": "sum"]) { (numbers: [Int], context) in numbers.reduce(0, +) }
        try await service.run()
    }

    private func inGroup(_ service: Microservice, logger: Logger) async throws {
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    @Test func `start and stop by hand`() async throws {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 0))
        try await service.start()
        print("listening on", service.address?.port ?? 0)
        await service.shutdown()
        #expect(service.address == nil)
    }
}
