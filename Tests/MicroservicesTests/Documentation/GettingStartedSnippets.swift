import Configuration
import Logging
import Microservices
import MicroservicesTesting
import ServiceLifecycle
import UnixSignals

// Code of docs/getting-started-service.md that is not run by `GettingStartedTests`; the parts of it have tests of their own.

extension ClientToken {
    static let warehouse = ClientToken("WAREHOUSE")
    static let post = ClientToken("POST")
}

private struct GettingStartedSnippets {
    let logger: Logger

    func audit(_ text: String) {
        logger.info("\(text)", metadata: ["trace": "\(RequestContext.current?.metadata["traceparent"] ?? "-")"])
    }

    func running(_ service: Microservice) async throws {
        service.add(StockController())
        try await service.run()
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    func calling() async throws {
        let stock = ClientProxy(.tcp(host: "stock.internal", port: 3001, timeout: .seconds(2)))
        let count: Int = try await stock.send(["cmd": "stock"], ["sku": "A-7"]).decoded()
        for try await price in stock.send("prices", ["sku": "A-7"], as: Double.self, timeout: .some(nil)) {
            print(price)
        }
        try await stock.emit("delivered", ["sku": "A-7"], metadata: ["x-request-id": "r1"])
        _ = count
    }

    func registry(_ service: Microservice, _ config: ConfigReader) {
        let clients = ClientRegistry()
            .register(.warehouse, .tcp(port: 3001))
            .registerAsync(.post) { try ClientConfiguration(config: config.scoped(to: "post")) }

        service.onMessage(["cmd": "order"], payload: "sku") { (sku: String, context) in
            try await clients.client(.warehouse).send(["cmd": "stock"], ["sku": sku]).value
        }
    }

    func watching(_ service: Microservice, _ client: ClientProxy) async {
        for await status in service.status { print("orders:", status) }
        let events = client.events
        for await case .error(let address, let error) in events { logger.warning("\(address): \(error)") }
    }

    func transports(_ tls: ServerTLSOptions) {
        let service = Microservice(transports: [.tcp(port: 3000), .tcp(port: 3443, tls: tls)])
        _ = service
    }

    func testing() async throws {
        let network = InMemoryNetwork(clock: ManualClock())
        let service = Microservice(transport: .inMemory(network))
        service.add(StockController())
        try await service.start()
        let client = ClientProxy(.inMemory(network))
        _ = client
    }
}
