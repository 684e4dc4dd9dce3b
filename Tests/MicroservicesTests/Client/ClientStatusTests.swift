import Logging
import MessageWire
import Microservices
import NIOCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ClientStatusTests {
    private func client(_ port: Int, host: String = "127.0.0.1") -> ClientProxy {
        ClientProxy(.local(port, host: host), logger: .quiet)
    }

    private func name(_ event: ClientEvent) -> String {
        switch event {
        case .connect: "connect"
        case .close: "close"
        case .error: "error"
        case .drain: "drain"
        }
    }

    @Test func `status follows the connections, for any number of listeners`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        var early = client.status.makeAsyncIterator()
        for _ in 0..<2 {
            try await client.connect()
            #expect(await early.next() == .connected)
            var late = client.status.makeAsyncIterator()
            #expect(await late.next() == .connected)
            try await server.accept().close()
            #expect(await early.next() == .disconnected)
            #expect(await late.next() == .disconnected)
        }
        await client.drain()
        #expect(await early.next() == nil)
        // The last status is told even then.
        var last = client.status.makeAsyncIterator()
        #expect(await last.next() == .disconnected)
        #expect(await last.next() == nil)
    }

    @Test func `status is disconnected when the service refuses`() async throws {
        let host = "127.35.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let server = try await ScriptedServer(host: host)
        await server.stop()
        let client = client(server.port, host: host)
        var status = client.status.makeAsyncIterator()
        let events = client.events
        await #expect(throws: UpstreamFailure.self) { try await client.send("x", 1).value }
        #expect(await status.next() == .disconnected)
        await client.drain()
        #expect(await events.reduce(into: []) { $0.append(name($1)) } == ["error", "close"])
    }

    @Test func `a listener that falls behind misses changes, never the present`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        var slow = client.status.makeAsyncIterator()
        var quick = client.status.makeAsyncIterator()
        for _ in 0..<20 {
            try await client.connect()
            #expect(await quick.next() == .connected)
            await client.close()
            #expect(await quick.next() == .disconnected)
        }
        await client.drain()
        var seen: [ConnectionStatus] = []
        while let status = await slow.next() { seen.append(status) }
        #expect(seen.count <= 16)
        #expect(seen.last == .disconnected)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test func `events of every connection reach a listener from before the first`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let events = client.events
        var status = client.status.makeAsyncIterator()
        for _ in 0..<2 {
            async let value = client.send("x", 1).value
            let connection = try await server.accept()
            let id = packetID(try await connection.receivePacket())
            try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(id)\"}"))
            #expect(try await value == 1)
            #expect(await status.next() == .connected)
            try await connection.close()
            #expect(await status.next() == .disconnected)
        }
        // Bytes that are no frame.
        let call = Task { try await client.send("x", 1).value }
        let connection = try await server.accept()
        _ = await connection.receive(until: "}")
        try await connection.send("abc#")
        await #expect(throws: UpstreamFailure.badFrame) { try await call.value }
        await client.drain()
        let seen = await events.reduce(into: [String]()) { $0.append(name($1)) }
        #expect(seen == ["connect", "close", "connect", "close", "connect", "error", "close"])
    }

    @Test func `drain is told when a slow service has taken what waited`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        var events = client.events.makeAsyncIterator()
        try await client.connect()
        let connection = try await server.accept()
        try await client.emit("big", String(repeating: "x", count: 8 * 1024 * 1024))
        _ = await connection.receive(atLeast: 8 * 1024 * 1024)
        guard case .connect(let address)? = await events.next() else {
            Issue.record("no connect")
            return
        }
        #expect(address == NetworkAddress(host: "127.0.0.1", port: server.port))
        guard case .drain? = await events.next() else {
            Issue.record("no drain")
            return
        }
        await client.close()
    }

    @Test func `a stream of events that is given up costs nothing more, and others go on`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        for _ in 0..<100 { _ = client.events }
        let kept = client.events
        for await _ in client.events.prefix(0) {}
        try await client.connect()
        await client.drain()
        #expect(await kept.reduce(into: []) { $0.append(name($1)) } == ["connect", "close"])
        #expect(await client.events.reduce(0) { count, _ in count + 1 } == 0)
    }

    @Test func `unwrap gives the channels of open connections only`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let before = await #expect(throws: ClientError.self) { try await client.unwrap() }
        #expect(before?.code == .notConnected)
        try await client.connect()
        let channels = try await client.unwrap()
        #expect(channels.map { $0.remoteAddress?.port } == [server.port])
        await client.close()
        let after = await #expect(throws: ClientError.self) { try await client.unwrap() }
        #expect(after?.code == .notConnected)
    }
}
