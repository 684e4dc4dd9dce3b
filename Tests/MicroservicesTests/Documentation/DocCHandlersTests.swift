import Microservices
import TestSupport
import Testing

/// The code of the article "Handlers".
@Suite(.timeLimit(.minutes(1)))
struct DocCHandlersTests {
    private struct Store {
        func count(of sku: String) async throws -> Int { sku.count }
    }

    private struct Mailer {
        struct NoAddress: Error {}

        func welcome(_ user: JSONValue) async throws { throw NoAddress() }
    }

    private struct Statistics {
        let notes: Recorder

        func count(_ name: String) async { notes.note(name) }
    }

    private static func register(_ service: Microservice, store: Store) {
        service.onMessage("half") { (number: Double, context) in number / 2 }
        service.onMessage("stock") { (sku: String, context) async throws in try await store.count(of: sku) }
        service.onMessage("countdown") { (from: Int, context) in
            AsyncStream { continuation in
                for number in stride(from: from, through: 1, by: -1) { continuation.yield(number) }
                continuation.finish()
            }
        }
    }

    private static func iterate(_ client: ClientProxy) async throws {
        for try await number in client.send("countdown", 3, as: Int.self) { print(number) }  // 3, 2, 1
    }

    private static func events(_ service: Microservice, mailer: Mailer, statistics: Statistics) {
        service.onEvent("user_created") { (user: JSONValue, context) in try await mailer.welcome(user) }
        service.onEvent("user_created") { (user: JSONValue, context) in await statistics.count("users") }
    }

    @Test func `values and sequences are answered`() async throws {
        try await TransportHarness.run {
            Self.register($0, store: Store())
        } _: { harness in
            #expect(try await harness.client.send("half", 5).value == 2.5)
            #expect(try await harness.client.send("stock", "A-7").value == 3)
            try await Self.iterate(harness.client)
            var numbers: [Int] = []
            for try await number in harness.client.send("countdown", 3, as: Int.self) { numbers.append(number) }
            #expect(numbers == [3, 2, 1])
        }
    }

    @Test func `all handlers of an event run, whatever one of them throws`() async throws {
        let notes = Recorder()
        try await TransportHarness.run {
            Self.events($0, mailer: Mailer(), statistics: Statistics(notes: notes))
        } _: { harness in
            try await harness.client.emit("user_created", ["name": "Ada"])
            await notes.wait(for: "users")
        }
    }
}
