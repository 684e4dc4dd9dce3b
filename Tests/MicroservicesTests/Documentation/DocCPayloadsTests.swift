import Microservices
import Testing

private struct Order: Codable, Sendable {
    var sku: String
    var count: Int
}

private func place(_ service: Microservice) {
    service.onMessage("order.place") { (order: Order, context) in "\(order.count) of \(order.sku)" }
}

@Controller private struct Orders {
    @MessagePattern("order.find") func find(@Payload("id") id: Int) -> String { "order \(id)" }
    @MessagePattern("order.sku") func sku(@Payload(\Order.sku) _ sku: String) -> String { sku }
    @MessagePattern("order.trace") func trace(@Ctx _ context: MessageContext) -> String {
        context.metadata["traceparent"] ?? "-"
    }
}

private func closures(_ service: Microservice) {
    service.onMessage("item.find", payload: "id") { (id: Int, context) in "item \(id)" }
    service.onMessage("item.count", payload: \Order.count) { (count: Int, context) in count }
    service.onMessage("item.now", payload: .ignored) { (_, context) in "now" }
}

private func audit(_ text: String) -> String {
    "\(text), said by \(RequestContext.current?.metadata["user"] ?? "nobody")"
}

@Controller private struct Greetings {
    let tenant: String

    @MessagePattern("greet") func greet(_ name: String) -> String { "\(tenant) greets \(name)" }
}

private func addGreetings(to service: Microservice) {
    service.add(Greetings.self) { request in
        Greetings(tenant: request.metadata["tenant"] ?? "nobody")
    }
}

/// The code of the article "Payloads and context".
@Suite(.timeLimit(.minutes(1)))
struct DocCPayloadsTests {

    @Test func `payloads arrive whole, in part, or not at all`() async throws {
        try await TransportHarness.run {
            place($0)
            closures($0)
            $0.add(Orders())
        } _: { harness in
            let client = harness.client
            let order = Order(sku: "A-7", count: 2)
            try await #expect(client.send("order.place", order).value == "2 of A-7")
            await #expect(
                throws: RPCError(statusCode: 400, message: ["count must be an integer"], error: "Bad Request")
            ) {
                try await client.send("order.place", ["sku": "A-7", "count": "two"] as JSONValue).value
            }
            try await #expect(client.send("order.find", ["id": 7]).value == "order 7")
            try await #expect(client.send("order.sku", order).value == "A-7")
            try await #expect(client.send("order.trace", 1, metadata: ["traceparent": "00"]).value == "00")
            try await #expect(client.send("item.find", ["id": 7]).value == "item 7")
            try await #expect(client.send("item.count", order).value == 2)
            try await #expect(client.send("item.now", [1, 2]).value == "now")
        }
    }

    @Test func `the message is known below its handler, and to whoever makes controllers`() async throws {
        try await TransportHarness.run {
            $0.onMessage("say") { (text: String, _) in audit(text) }
            addGreetings(to: $0)
        } _: { harness in
            let said = try await harness.client.send("say", "hello", metadata: ["user": "Ada"]).value
            #expect(said == "hello, said by Ada")
            let greeted = try await harness.client.send("greet", "Bob", metadata: ["tenant": "acme"]).value
            #expect(greeted == "acme greets Bob")
        }
        #expect(audit("hello") == "hello, said by nobody")
    }
}
