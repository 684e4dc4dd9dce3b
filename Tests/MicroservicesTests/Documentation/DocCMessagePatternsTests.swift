import Microservices
import Testing

/// The code of the article "Message patterns".
@Suite(.timeLimit(.minutes(1)))
struct DocCMessagePatternsTests {
    private static func register(_ service: Microservice) {
        service.onMessage("time.us.*") { (_: JSONValue?, context) in "noon" }
        service.onMessage(42) { (_: JSONValue?, context) in "the answer" }
        service.onMessage(["cmd": "find", "in": ["shop": 7]]) { (id: Int, context) in "order \(id)" }
        service.onMessage(["cmd": "find", "v": 2], ["cmd": "find", "v": 3]) { (id: Int, context) in "order \(id)" }
    }

    @Test func `patterns that lead to the same handlers are equal`() {
        let one: MessagePattern = ["v": 2, "cmd": "find"]
        let other: MessagePattern = ["cmd": "find", "v": 2]
        print(one == other)  // true
        print(one.route)  // {"cmd":"find","v":2}
        #expect(one == other)
        #expect(one.route == #"{"cmd":"find","v":2}"#)
    }

    @Test func `messages find their handlers whatever the order of keys, and there are no wildcards`() async throws {
        try await TransportHarness.run {
            Self.register($0)
        } _: { harness in
            let client = harness.client
            try await #expect(client.send("time.us.*", 1).value == "noon")
            try await #expect(client.send(42, 1).value == "the answer")
            try await #expect(client.send(["in": ["shop": 7], "cmd": "find"], 1).value == "order 1")
            try await #expect(client.send(["v": 3, "cmd": "find"], 2).value == "order 2")
            await #expect(throws: RPCError.self) { try await client.send("time.us.east", 1).value }
        }
    }
}
