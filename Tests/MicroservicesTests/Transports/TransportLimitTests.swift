import Logging
import MessageWire
import Microservices
import MicroservicesTesting
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Peers that do what they should not, on other transports and with other framings than NestJS's: the bounds are the same.
@Suite(.timeLimit(.minutes(1)))
struct TransportLimitTests {
    /// A service on an in-memory network, one loop, with its log.
    private static func run(
        _ framing: any MessageFraming = .json, limits: TCPServerLimits = .defaults, clock: ManualClock? = nil,
        _ register: (Microservice) -> Void = { _ in },
        _ body: @Sendable (InMemoryNetwork, LogRecorder) async throws -> Void
    ) async throws {
        let network = InMemoryNetwork(clock: clock)
        let log = LogRecorder()
        let service = Microservice(
            transport: .inMemory(network, limits: limits, framing: framing), eventLoopCount: 1,
            shutdownTimeout: .milliseconds(200), logger: Logger(label: "test") { _ in log })
        service.onMessage("barrier") { (_: JSONValue?, _) in }
        service.onMessage("big") { (size: Int, _) in String(repeating: "x", count: size) }
        register(service)
        try await service.start()
        do {
            try await body(network, log)
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }

    private static func bytes(_ packet: String, _ framing: any MessageFraming) throws -> [UInt8] {
        var bytes = ByteBuffer()
        try framing.writePacket(ByteBuffer(string: packet), into: &bytes)
        return Array(bytes.readableBytesView)
    }

    /// Returns when the service has read what was sent to it before; its loop reads all sockets in turn.
    private static func barrier(_ network: InMemoryNetwork, _ framing: any MessageFraming) async throws {
        let peer = try await ServerPeer.connect(in: network)
        try await peer.send(try bytes(#"{"pattern":"barrier","id":"b"}"#, framing))
        _ = await peer.received(count: 1)
        await peer.close()
    }

    @Test(arguments: 0..<3)
    func `half a packet is waited for, but not for ever`(number: Int) async throws {
        let framing = Framings.all[number]
        let clock = ManualClock()
        try await Self.run(framing, clock: clock) { network, log in
            let idle = try await ServerPeer.connect(in: network)
            let request = try Self.bytes(#"{"pattern":"barrier","id":"b"}"#, framing)
            try await idle.send(request)
            _ = await idle.received(count: 1)
            let peer = try await ServerPeer.connect(in: network)
            try await peer.send(Array(request.dropLast(3)))
            try await Self.barrier(network, framing)
            await clock.advance(by: .seconds(30) - .nanoseconds(1))
            #expect(!log.contains("not finished in time"))
            await clock.advance(by: .nanoseconds(1))
            #expect(log.contains("a message was begun and not finished in time"))
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(!idle.soFar.isEnded)
            await idle.close()
        }
    }

    @Test(arguments: 0..<3)
    func `JSON deeper than anybody needs is refused`(number: Int) async throws {
        let framing = Framings.all[number]
        try await Self.run(framing) { network, log in
            let data = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
            let peer = try await ServerPeer.connect(in: network)
            try await peer.send(try Self.bytes(#"{"pattern":"big","data":\#(data),"id":"1"}"#, framing))
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(log.contains("connection ended: malformed message"))
            try await Self.barrier(network, framing)
        }
    }

    @Test(arguments: 0..<3)
    func `too many bytes waiting for a peer close its connection`(number: Int) async throws {
        let framing = Framings.all[number]
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        limits.maxSendBufferSize = 1024 * 1024
        try await Self.run(framing, limits: limits) { network, log in
            let peer = try await ServerPeer.connect(in: network, reads: false)
            try await peer.send(try Self.bytes(#"{"pattern":"big","data":3000000,"id":"1"}"#, framing))
            try await eventually("a log line") { log.contains("too many bytes wait for the peer") }
            try await Self.barrier(network, framing)
            await peer.close()
        }
    }

    @Test func `no more handlers run at a time than allowed`() async throws {
        var limits = TCPServerLimits.defaults
        limits.maxHandlersInFlight = 2
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let started = Mutex(0)
        try await Self.run(.ndjson, limits: limits) {
            $0.onMessage("gated") { (number: Int, _) in
                started.withLock { $0 += 1 }
                for await _ in gate {}
                return number
            }
        } _: { network, _ in
            let peer = try await ServerPeer.connect(in: network)
            let lines = (0..<5).map { #"{"pattern":"gated","data":\#($0),"id":"1"}"# + "\n" }.joined()
            try await peer.send(Array(lines.utf8))
            try await Self.barrier(network, .ndjson)
            #expect(started.withLock { $0 } == 2)
            open.finish()
            let size = (#"{"response":0,"isDisposed":true,"id":"1"}"# + "\n").utf8.count * 5
            #expect(await peer.received(count: size).bytes.count == size)
            await peer.close()
        }
    }

    @Test func `connections above the limit are closed`() async throws {
        var limits = TCPServerLimits.defaults
        limits.maxConnections = 1
        try await Self.run(limits: limits) { network, log in
            let first = try await ServerPeer.connect(in: network)
            try await first.send(frame: #"{"pattern":"barrier","id":"b"}"#)
            _ = await first.received(count: 1)
            let second = try await ServerPeer.connect(in: network)
            #expect(await second.receivedAll().bytes.isEmpty)
            #expect(log.contains("connection refused: too many connections"))
            await first.close()
        }
    }

    @Test func `a peer that sends FIN at once gets the whole of a large answer`() async throws {
        try await Self.run(.ndjson) { network, _ in
            let size = 1024 * 1024
            let peer = try await ServerPeer.connect(in: network, reads: false)
            try await peer.send(Array((#"{"pattern":"big","data":\#(size),"id":"1"}"# + "\n").utf8))
            try await peer.finish()
            try await peer.startReading()
            let received = await peer.receivedAll()
            #expect(received.text.hasSuffix(#"","isDisposed":true,"id":"1"}"# + "\n"))
            #expect(received.bytes.count > size)
        }
    }

    @Test func `a client is as strict with a service as with NestJS's framing`() async throws {
        for (answer, expected) in [
            ("no JSON\n", UpstreamFailure.badFrame),
            (String(repeating: "x", count: 2000), .answerTooLarge),
        ] {
            let server = try await ScriptedServer()
            var configuration = ClientConfiguration(host: "127.0.0.1", port: server.port, timeout: .seconds(30))
            configuration.framing = .ndjson
            configuration.frameLimits = FrameLimits(maxFrameUnits: 1000)
            let client = ClientProxy(configuration.patient, logger: Logger(label: "test") { _ in LogRecorder() })
            let call = Task { try await client.send("x", 1).value }
            let connection = try await server.accept()
            let request = await connection.receive(until: "\n")
            #expect(request?.hasPrefix(#"{"pattern":"x","data":1,"id":""#) == true)
            let sending = Task { try await connection.send(answer) }
            await #expect(throws: expected) { try await call.value }
            await client.close()
            _ = await sending.result
            await server.stop()
        }
    }
}
