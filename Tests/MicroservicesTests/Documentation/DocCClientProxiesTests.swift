import Logging
import Microservices
import NIOCore
import TestSupport
import Testing

/// The code of the article "Client proxies".
@Suite(.timeLimit(.minutes(1)))
struct DocCClientProxiesTests {
    private func make() {
        let math = ClientProxy(.tcp(host: "127.0.0.1", port: 3000))
        let same = ClientProxyFactory.create(.tcp(host: "127.0.0.1", port: 3000))
        _ = (math, same)
    }

    actor Checkout {
        @Client(.tcp(host: "127.0.0.1", port: 3001)) var stock

        func reserve(_ sku: String) async throws -> Int {
            try await stock.send(["cmd": "reserve"], sku).decoded()
        }
    }

    private static func send(_ math: ClientProxy) async throws -> [JSONValue?] {
        let replies = math.send(["cmd": "sum"], [1, 2, 3])  // nothing is sent
        let value = try await replies.value  // 6, a JSONValue
        let sum: Int = try await replies.decoded()  // 6, and a second request
        let typed = try await math.send(["cmd": "sum"], [1, 2, 3], as: Int.self).value  // 6
        return [value, JSONValue(integerLiteral: sum), JSONValue(integerLiteral: typed)]
    }

    private static func leave(_ math: ClientProxy) async throws {
        for try await number in math.send("count", 1000, as: Int.self) {
            if number == 3 { break }
        }
    }

    private static func emit(_ math: ClientProxy) async throws {
        try await math.emit("user_created", ["id": 7])
    }

    private static func connect(_ client: ClientProxy) async throws {
        do {
            try await client.connect()
        } catch let error as ClientError where error.code == .cannotConnect {
            print(error)  // cannot connect to 127.0.0.1:1: …
        }
    }

    private static func refused(_ client: ClientProxy) async throws {
        do {
            _ = try await client.send(["cmd": "sum"], [1, 2]).value
        } catch UpstreamFailure.cannotConnect(let error) {
            print(error, error.cause is IOError)  // cannot connect to 127.0.0.1:1: …
        }
    }

    private static func limit() -> ClientProxy {
        var limits = TCPClientLimits.defaults
        limits.maxConnections = 4
        limits.maxRequestsInFlight = 1024  // on each; then the next connection is opened
        limits.maxQueued = 1000  // messages that wait for a connection
        limits.connectTimeout = .seconds(2)
        limits.idleTimeout = .seconds(300)
        let bounded = ClientProxy(.tcp(host: "127.0.0.1", port: 3000, limits: limits))
        return bounded
    }

    @Test func `requests are cold, events are not`() async throws {
        let notes = Recorder()
        try await TransportHarness.run {
            $0.onMessage(["cmd": "sum"]) { (numbers: [Int], _) in
                notes.note("sum")
                return numbers.reduce(0, +)
            }
            $0.onMessage("count") { (to: Int, _) in
                AsyncStream { continuation in
                    for number in 1...to { continuation.yield(number) }
                    continuation.finish()
                }
            }
            $0.onEvent("user_created", payload: "id") { (id: Int, _) in notes.note("user \(id)") }
        } _: { harness in
            _ = harness.client.send(["cmd": "sum"], [1])
            #expect(try await Self.send(harness.client) == [6, 6, 6])
            #expect(notes.count(of: "sum") == 3)
            try await Self.leave(harness.client)
            try await Self.emit(harness.client)
            await notes.wait(for: "user 7")
        }
    }

    @Test func `connect says what it could not reach`() async throws {
        let client = ClientProxy(.tcp(host: "127.0.0.1", port: 1), logger: .quiet)
        try await Self.connect(client)
        try await Self.refused(client)
        let error = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(error?.message.hasPrefix("cannot connect to 127.0.0.1:1: ") == true)
        await client.close()
        await Self.limit().close()
        let stock = await Checkout().stock
        await stock.close()
    }
}
