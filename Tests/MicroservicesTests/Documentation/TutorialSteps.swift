import Configuration
import Logging
import Microservices
import ServiceLifecycle
import UnixSignals

@testable import OrderService

// The code of docs/tutorial-order-service.md that goes beyond Sources/OrderService. `TutorialTests` runs it.

// MARK: The service

struct NotForSale: Guard {
    let items: Set<String>

    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        guard let item = context.payload?["item"]?.stringValue, items.contains(item) else { return true }
        throw RPCError(statusCode: 403, message: "\(item) is not for sale", error: "Forbidden")
    }
}

@Controller struct ReceiptController {
    let requestID: String

    @MessagePattern(["cmd": "receipt"]) func receipt(@Payload("id") id: Int) -> String {
        "order \(id), request \(requestID)"
    }
}

enum TutorialSteps {
    static func register(on service: Microservice) {
        service.use(guards: [NotForSale(items: ["sword"])])
        service.add(OrderController())
        service.add(ReceiptController.self) { request in
            ReceiptController(requestID: request.metadata["x-request-id"] ?? "-")
        }
    }

    /// Compiled only: it ends with a signal.
    static func main() async throws {
        let logger = Logger(label: "orders")
        let config = ConfigReader(provider: EnvironmentVariablesProvider())
        let service = try Microservice(config: config.scoped(to: "orders"), logger: logger)
        service.use(guards: [NotForSale(items: ["sword"])])
        service.add(OrderController())
        service.add(ReceiptController.self) { request in
            ReceiptController(requestID: request.metadata["x-request-id"] ?? "-")
        }
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
    }

    // MARK: A caller

    /// Compiled only: it needs the service on its port.
    static func shop() async throws {
        let orders = ClientProxy(.tcp(port: 3000))
        try await buy("book", from: orders)
        await orders.drain()
    }
}

func buy(_ item: String, from orders: ClientProxy) async throws {
    let order = try await orders.send(["cmd": "place"], ["item": item], as: Order.self).value
    for try await order in orders.send(["cmd": "watch"], ["id": order.id], as: Order.self, timeout: .some(nil)) {
        print(order.item, "is", order.state ?? "-")
        if order.state == "placed" { try await orders.emit("order_paid", ["id": order.id]) }
    }
    do {
        _ = try await orders.send(["cmd": "order"], ["id": 99], as: Order.self).value
    } catch let error as RPCError where error.statusCode == 404 {
        print(error.message ?? "-")
    } catch let failure as UpstreamFailure {
        print(failure, failure.wasNeverSent ? "(safe to try again)" : "(may have been done)")
    }
}
