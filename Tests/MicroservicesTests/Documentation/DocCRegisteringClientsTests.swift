import Logging
import Microservices
import MicroservicesTesting
import ServiceLifecycle
import Testing
import UnixSignals

extension ClientToken {
    static let stock = ClientToken("STOCK_SERVICE")
    static let prices = ClientToken("PRICE_SERVICE")
}

/// The code of the article "Registering clients".
@Suite(.timeLimit(.minutes(1)))
struct DocCRegisteringClientsTests {
    private struct Settings {
        func string(_ key: String) async throws -> String { key }
    }

    private static func registry(_ settings: Settings) -> ClientRegistry {
        let clients = ClientRegistry()
            .register(.stock, .tcp(host: "127.0.0.1", port: 3001))
            .registerAsync(.prices) { .tcp(host: try await settings.string("prices.host"), port: 3002) }
        return clients
    }

    private static func count(_ clients: ClientRegistry) async throws -> Int {
        let stock = try await clients.client(.stock)
        let count: Int = try await stock.send(["cmd": "count"], "A-7").decoded()
        return count
    }

    private func group(_ clients: ClientRegistry, _ service: Microservice, logger: Logger) async throws {
        try await ServiceGroup(
            services: [clients, service], gracefulShutdownSignals: [.sigterm], logger: logger
        ).run()
    }

    @Test func `a client is found by its token`() async throws {
        let network = InMemoryNetwork()
        let service = Microservice(transport: .inMemory(network), eventLoopCount: 1, logger: .quiet)
        service.onMessage(["cmd": "count"]) { (sku: String, _) in sku.count }
        try await service.start()
        let clients = Self.registry(Settings()).register(.stock, .inMemory(network, timeout: .seconds(30)))
        #expect(try await Self.count(clients) == 3)
        let prices = try await clients.client(.prices)
        #expect(try await clients.client(.prices) === prices)
        await clients.drain()
        await service.shutdown()
    }
}
