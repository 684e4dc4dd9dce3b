import Logging
import Microservices
import ServiceLifecycle
import Testing
import UnixSignals

/// The code of the article "Hybrid applications".
@Suite(.timeLimit(.minutes(1)))
struct DocCHybridApplicationsTests {
    @Test func `two transports have the same handlers`() async throws {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 0))
        service.connect(.tcp(host: "127.0.0.1", port: 0, framing: .ndjson))
        service.onMessage("ping") { (_: JSONValue?, context) in "pong" }
        try await service.start()
        print(service.addresses.count)  // 2
        #expect(service.addresses.count == 2)
        for (address, isLines) in zip(service.addresses, [false, true]) {
            var configuration = ClientConfiguration.local(address.port)
            if isLines { configuration.framing = .ndjson }
            let client = ClientProxy(configuration, logger: .quiet)
            #expect(try await client.send("ping", 1).value == "pong")
            await client.close()
        }
        await service.shutdown()
    }

    private func group(logger: Logger) async throws {
        let orders = Microservice(transport: .tcp(port: 3001), logger: logger)
        orders.onMessage(["cmd": "order"]) { (id: Int, context) in "order \(id)" }
        let stock = Microservice(transport: .tcp(port: 3002), logger: logger)
        stock.onMessage(["cmd": "stock"]) { (sku: String, context) in 3 }

        try await ServiceGroup(
            services: [orders, stock], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }
}
