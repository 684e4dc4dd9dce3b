import Microservices

struct Order: Codable, Sendable {
    var id: Int?
    var item: String
    var state: String?
}

@Controller actor OrderController {
    private var orders: [Int: Order] = [:]
    private var watchers: [Int: [AsyncStream<Order>.Continuation]] = [:]

    @MessagePattern(["cmd": "place"]) func place(_ order: Order) -> Order {
        let placed = Order(id: orders.count + 1, item: order.item, state: "placed")
        orders[orders.count + 1] = placed
        return placed
    }

    @MessagePattern(["cmd": "order"]) func find(@Payload("id") id: Int) throws -> Order {
        guard let order = orders[id] else { throw RPCError(statusCode: 404, message: "No such order") }
        return order
    }

    @MessagePattern(["cmd": "watch"]) func watch(@Payload("id") id: Int) throws -> AsyncStream<Order> {
        let order = try find(id: id)
        let (states, watcher) = AsyncStream.makeStream(of: Order.self)
        watcher.yield(order)
        if order.state == "paid" { watcher.finish() } else { watchers[id, default: []].append(watcher) }
        return states
    }

    @EventPattern("order_paid") func paid(@Payload("id") id: Int) throws {
        let order = Order(id: id, item: try find(id: id).item, state: "paid")
        orders[id] = order
        for watcher in watchers.removeValue(forKey: id) ?? [] {
            watcher.yield(order)
            watcher.finish()
        }
    }
}

@main struct Main {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3000
        let service = Microservice(transport: .tcp(port: port))
        service.add(OrderController())
        try await service.run()
    }
}
