import Microservices
import MicroservicesTesting
import Testing

@testable import OrderService

// The tests that docs/tutorial-order-service.md shows, as they stand there.

@Suite struct OrderTests {
    @Test func `who watches an order hears that it was paid`() async throws {
        let network = InMemoryNetwork()
        let service = Microservice(transport: .inMemory(network))
        service.add(OrderController())
        try await service.start()
        let client = ClientProxy(.inMemory(network))

        let order = try await client.send(["cmd": "place"], ["item": "book"], as: Order.self).value
        var states = client.send(["cmd": "watch"], ["id": order.id], as: Order.self).makeAsyncIterator()
        #expect(try await states.next()?.state == "placed")
        try await client.emit("order_paid", ["id": order.id])
        #expect(try await states.next()?.state == "paid")
        #expect(try await states.next() == nil)

        await client.close()
        await service.shutdown()
    }

    @Test func `an order that nobody pays ends in a timeout`() async throws {
        let clock = ManualClock()
        let network = InMemoryNetwork(clock: clock)
        let service = Microservice(transport: .inMemory(network))
        service.add(OrderController())
        try await service.start()
        let client = ClientProxy(.inMemory(network, timeout: .seconds(30)))

        _ = try await client.send(["cmd": "place"], ["item": "book"]).value
        var states = client.send(["cmd": "watch"], ["id": 1]).makeAsyncIterator()
        #expect(try await states.next()?["state"] == "placed")
        await clock.advance(by: .seconds(30))
        await #expect(throws: UpstreamFailure.timedOut) { try await states.next() }

        await client.close()
        await service.shutdown()
    }
}
