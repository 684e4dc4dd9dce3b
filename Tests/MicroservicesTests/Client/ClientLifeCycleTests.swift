import Logging
import MessageWire
import Microservices
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ClientLifeCycleTests {
    private func client(
        _ port: Int, host: String = "127.0.0.1", timeout: Duration? = .seconds(60), retryAttempts: Int = 0
    ) -> ClientProxy {
        ClientProxyFactory.create(
            .local(port, host: host, timeout: timeout, retryAttempts: retryAttempts), logger: .quiet)
    }

    /// A port where nobody listens, at an address that nobody else uses.
    private func deadEnd() async throws -> (host: String, port: Int) {
        let host = "127.34.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let server = try await ScriptedServer(host: host)
        await server.stop()
        return (host, server.port)
    }

    private func answer(_ connection: RawConnection, _ value: String) async throws {
        let packet = try await connection.receivePacket()
        try await connection.send(frame("{\"response\":\(value),\"isDisposed\":true,\"id\":\"\(packetID(packet))\"}"))
    }

    @Test func `connect twice, and at the same time, opens one connection`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await client.connect() } }
            try await group.waitForAll()
        }
        try await client.connect()
        #expect(try await client.unwrap().count == 1)
        let connection = try await server.accept()
        async let value = client.send("x", 1).value
        try await answer(connection, "true")
        #expect(try await value == true)
        await client.close()
    }

    @Test func `connect tells the error of the attempt`() async throws {
        let (host, port) = try await deadEnd()
        let client = client(port, host: host)
        for _ in 0..<2 {
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .cannotConnect)
            #expect(error?.message == "cannot connect to \(host):\(port): Connection refused")
            #expect(error?.cause is IOError)
            #expect(error?.isTemporary == true)
        }
        let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("x", 1).value }
        #expect(failure?.wasNeverSent == true)
        await #expect(throws: UpstreamFailure.self) { try await client.emit("x", 1) }
    }

    @Test func `connect names a host that cannot be resolved`() async throws {
        let client = client(3000, host: "no-such-host.invalid")
        let error = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(error?.message.hasPrefix("cannot connect to no-such-host.invalid:3000: ") == true)
    }

    @Test func `connect tries again as often as it is told to`() async throws {
        let (host, port) = try await deadEnd()
        let client = client(port, host: host, retryAttempts: 3)
        let events = client.events
        await #expect(throws: ClientError.self) { try await client.connect() }
        await client.drain()
        let attempts = await events.reduce(0) { count, event in if case .error = event { count + 1 } else { count } }
        #expect(attempts == 4)
    }

    @Test func `a certificate that cannot be used is told by every call`() async throws {
        var tls = ClientTLSOptions()
        tls.ca = ["/no/such/ca.pem"]
        let client = ClientProxy(.tcp(port: 1, tls: tls), logger: .quiet)
        for call in 0..<3 {
            let error = await #expect(throws: MicroserviceError.self) {
                switch call {
                case 0: try await client.connect()
                case 1: _ = try await client.send("x", 1).value
                default: try await client.emit("x", 1)
                }
            }
            #expect(error?.code == .badCertificate)
            #expect(error?.message.contains("/no/such/ca.pem") == true)
        }
    }

    @Test func `close fails what waits, and the next message connects again`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let hanging = Task { try await client.send("hang", 1).value }
        let first = try await server.accept()
        _ = await first.receive(until: "}")
        await client.close()
        let failure = await #expect(throws: UpstreamFailure.lost) { try await hanging.value }
        #expect(failure?.description == "Connection closed")
        await first.receiveEnd()
        await client.close()

        async let value = client.send("again", 1).value
        let second = try await server.accept()
        try await answer(second, "2")
        #expect(try await value == 2)
        await client.close()
        await second.receiveEnd()
    }

    @Test func `what was emitted before close arrives`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        for number in 0..<100 { try await client.emit("count", number) }
        await client.close()
        let connection = try await server.accept()
        #expect(frames(await connection.receiveAll()).count == 100)
    }

    @Test func `what was emitted before close arrives, though the service is slow to take it`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let data = String(repeating: "x", count: 6 * 1024 * 1024)
        try await client.emit("big", data)
        await client.close()
        let text = try await server.accept().receiveAll()
        #expect(frames(text).map(\.utf8.count) == [data.utf8.count + 27])
    }

    @Test func `drain waits for the answers that are due and takes nothing new`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let due = Task { try await client.send("due", 1).value }
        let connection = try await server.accept()
        let packet = try await connection.receivePacket()
        let drained = Task { await client.drain() }
        try await eventually("the client refuses messages") {
            do {
                _ = try await client.send("new", 1, timeout: .milliseconds(1)).value
                return false
            } catch UpstreamFailure.closing {
                return true
            } catch {
                return false
            }
        }
        try await connection.send(frame("{\"response\":7,\"isDisposed\":true,\"id\":\"\(packetID(packet))\"}"))
        #expect(try await due.value == 7)
        await drained.value
        await connection.receiveEnd()
        await #expect(throws: UpstreamFailure.closing) { try await client.emit("new", 1) }
        await #expect(throws: UpstreamFailure.closing) { try await client.connect() }
        await client.drain()
    }

    @Test func `a drain that is cancelled closes at once`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port, timeout: nil)
        let hanging = Task { try await client.send("hang", 1).value }
        let connection = try await server.accept()
        _ = await connection.receive(until: "}")
        let drained = Task { await client.drain() }
        drained.cancel()
        await drained.value
        await #expect(throws: UpstreamFailure.lost) { try await hanging.value }
        await connection.receiveEnd()
    }

    @Test func `connections end with the last reference to the client`() async throws {
        let server = try await ScriptedServer()
        let connection = try await askWithoutClient(server)
        await connection.receiveEnd()
    }

    /// Gives up the client proxy while its request waits for the answer, and the request with it in the end.
    private func askWithoutClient(_ server: ScriptedServer) async throws -> RawConnection {
        let replies = client(server.port).send("x", 1)
        async let value = replies.value
        let connection = try await server.accept()
        try await answer(connection, "1")
        #expect(try await value == 1)
        return connection
    }

    @Test func `a request in the moment of the server's FIN is lost, and told so`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let pending = Task { try await client.send("x", 2).value }
        let connection = try await server.accept()
        _ = await connection.receive(until: "}")
        try await connection.halfClose()
        await #expect(throws: UpstreamFailure.lost) { try await pending.value }
    }

    @Test func `the property wrapper makes one client for each instance`() async throws {
        let server = try await ScriptedServer()
        let sums = Sums(port: server.port)
        async let sum = sums.sum([1, 2])
        let connection = try await server.accept()
        try await answer(connection, "3")
        #expect(try await sum == 3)
        let copied = Sums.Copied(math: .init(.tcp(port: server.port), logger: .quiet))
        let copy = copied
        #expect(copied.math === copy.math)
    }
}

private actor Sums {
    @Client var math: ClientProxy

    init(port: Int) { _math = Client(.local(port), logger: .quiet) }

    func sum(_ numbers: [Int]) async throws -> Int { try await math.send(["cmd": "sum"], numbers).decoded() }

    struct Copied: Sendable {
        @Client var math: ClientProxy

        init(math: Client) { _math = math }
    }
}

/// As the documentation has it; never used.
private struct Declared: Sendable {
    @Client(.tcp(port: 3000)) var math
}
