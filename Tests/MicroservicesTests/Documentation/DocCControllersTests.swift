import Foundation
import Microservices
import Synchronization
import Testing

/// The code of the article "Controllers".
@Suite(.timeLimit(.minutes(1)))
struct DocCControllersTests {
    @Controller actor OrderController {
        private var states = [1: "placed"]

        @MessagePattern(["cmd": "order"]) func find(@Payload("id") id: Int) throws -> String {
            guard let state = states[id] else { throw RPCError(statusCode: 404, message: "No such order") }
            return state
        }

        @EventPattern("order_paid") func paid(@Payload("id") id: Int) { states[id] = "paid" }
    }

    private static func add(to service: Microservice) {
        service.add(OrderController())
    }

    private static func closures(_ service: Microservice) {
        let states = Mutex([1: "placed"])
        service.onMessage(["cmd": "order"], payload: "id") { (id: Int, context) in
            guard let state = states.withLock({ $0[id] }) else {
                throw RPCError(statusCode: 404, message: "No such order")
            }
            return state
        }
        service.onEvent("order_paid", payload: "id") { (id: Int, context) in
            states.withLock { $0[id] = "paid" }
        }
    }

    struct Clock: Controller {
        func now() -> Date { Date(timeIntervalSince1970: 0) }

        static func register(on handlers: ControllerHandlers<Clock>) {
            handlers.answer(.message, ["now"], payload: .ignored) { clock, _, _ in clock.now() }
        }
    }

    @Test(arguments: [true, false])
    func `controller and closures do the same`(isController: Bool) async throws {
        try await TransportHarness.run {
            if isController { Self.add(to: $0) } else { Self.closures($0) }
        } _: { harness in
            let client = harness.client
            #expect(try await client.send(["cmd": "order"], ["id": 1]).value == "placed")
            // A request to an event's pattern is answered when the handler has run.
            _ = try await client.send("order_paid", ["id": 1]).value
            #expect(try await client.send(["cmd": "order"], ["id": 1]).value == "paid")
            await #expect(throws: RPCError(statusCode: 404, message: "No such order")) {
                try await client.send(["cmd": "order"], ["id": 2]).value
            }
        }
    }

    @Test func `a controller without macros answers`() async throws {
        try await TransportHarness.run {
            $0.add(Clock())
        } _: { harness in
            try await #expect(harness.client.send("now", 1).value == "1970-01-01T00:00:00.000Z")
        }
    }
}
