import Dispatch
import Logging
import MessageWire
import NIOCore
import NIOPosix
import NetworkIO
import TestSupport
import Testing

@testable import MicroservicesCore

/// The recordings of NestJS 11's client in which nothing is sent, or that need more than their packets: each with what its
/// recording did, and compared with what it saw.
@Suite(.timeLimit(.minutes(2))) struct ClientSpecialRecordingTests {
    static let names: Set<String> = [
        "connect-bad-host", "connect-idempotent", "connect-refused-emit", "connect-refused-send", "status-refused",
        "send-not-subscribed", "send-data-null", "send-data-undefined", "emit-data-undefined",
        "send-while-server-fin-in-flight", "tls-client-to-plain-server", "tls-insecure", "tls-mutual-missing", "tls-ok",
        "tls-unknown-ca",
    ]

    private func recording(_ name: String) throws -> ClientRecording {
        try #require(ClientRecording.all.first { $0.name == name }, "\(name)")
    }

    /// An address where nobody listens.
    private func deadEnd() async throws -> (host: String, port: Int) {
        let host = "127.38.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let server = try await ScriptedServer(host: host)
        await server.stop()
        return (host, server.port)
    }

    private func send(_ client: ClientProxy, _ data: some Encodable & Sendable = 1) async -> ClientRecording.Outcome {
        await ClientReplay.outcome { outcome in
            for try await value in client.send("p", data) { outcome.values.append(value.serialized()) }
        }
    }

    private func emit(_ client: ClientProxy, _ data: some Encodable & Sendable = 1) async -> ClientRecording.Outcome {
        await ClientReplay.outcome { _ in try await client.emit("x", data) }
    }

    // MARK: Nobody there

    @Test func `connect-refused-send: each call has an attempt of its own, and its error`() async throws {
        let recording = try recording("connect-refused-send")
        let (host, port) = try await deadEnd()
        let client = ClientProxy(.local(port, host: host), logger: .quiet)
        #expect(await send(client) == recording.outcomes["s"])
        #expect(await send(client) == recording.outcomes["again"])
        #expect(recording.outcomes["again"]?.end == .cannotConnect("ECONNREFUSED"))
        await client.drain()
    }

    @Test func `connect-refused-emit: whoever waits for the event gets the error`() async throws {
        let recording = try recording("connect-refused-emit")
        let (host, port) = try await deadEnd()
        let client = ClientProxy(.local(port, host: host), logger: .quiet)
        #expect(await emit(client) == recording.outcomes["e"])
        await client.drain()
    }

    @Test func `connect-bad-host: a name that nobody knows`() async throws {
        let recording = try recording("connect-bad-host")
        let client = ClientProxy(.local(3000, host: "no-such-host.invalid"), logger: .quiet)
        #expect(await send(client) == recording.outcomes["s"])
        await client.drain()
    }

    @Test func `status-refused: status, error and close`() async throws {
        let recording = try recording("status-refused")
        let (host, port) = try await deadEnd()
        let client = ClientProxy(.local(port, host: host), logger: .quiet)
        let (status, events) = (client.status, client.events)
        let outcome = await send(client)
        #expect(outcome == recording.outcomes["s"])
        await client.drain()
        var seen: [String] = []
        for await status in status { seen.append("status \(status)") }
        for await event in events {
            switch event {
            case .error(_, let error as IOError) where error.errnoCode == ECONNREFUSED:
                seen.append("on error ECONNREFUSED")
            case .close: seen.append("on close")
            default: seen.append("\(event)")
            }
        }
        // The call and the listeners are told at the same time; each of them in order.
        #expect(seen == recording.seen.filter { $0 != "s error" })
    }

    // MARK: Nothing sent

    @Test func `connect-idempotent: one connection`() async throws {
        let recording = try recording("connect-idempotent")
        let server = try await ScriptedServer()
        let client = ClientProxy(.local(server.port), logger: .quiet)
        async let first: Void = client.connect()
        async let second: Void = client.connect()
        _ = try await (first, second)
        try await client.connect()
        let connections = recording.steps.count { if case .clientConnects = $0 { true } else { false } }
        #expect(try await client.unwrap().count == connections)
        let connection = try await server.accept()
        await client.drain()
        #expect(await connection.receiveAll() == "")
        await server.stop()
    }

    @Test func `send-not-subscribed: not even a connection`() async throws {
        #expect(try recording("send-not-subscribed").steps.isEmpty)
        let server = try await ScriptedServer()
        let client = ClientProxy(.local(server.port), logger: .quiet)
        let events = client.events
        _ = client.send(["cmd": "x"], 1)
        await client.drain()
        #expect(await events.reduce(0) { count, _ in count + 1 } == 0)
        await server.stop()
    }

    @Test(arguments: ["send-data-null", "send-data-undefined", "emit-data-undefined"])
    func `no payload, no message`(name: String) async throws {
        let recording = try recording(name)
        #expect(recording.steps.isEmpty)
        let server = try await ScriptedServer()
        let client = ClientProxy(.local(server.port), logger: .quiet)
        let events = client.events
        let outcome =
            switch name {
            case "send-data-null": await send(client, JSONValue.null)
            case "send-data-undefined": await send(client, Int?.none)
            default: await emit(client, Int?.none)
            }
        #expect(outcome == recording.outcomes["call"])
        await client.drain()
        #expect(await events.reduce(0) { count, _ in count + 1 } == 0)
        await server.stop()
    }

    // MARK: The end of a connection

    @Test func `send-while-server-fin-in-flight: the request is sent, and lost`() async throws {
        let recording = try recording("send-while-server-fin-in-flight")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let executor = LoopTaskExecutor(eventLoop: group.next())
        let server = try await ScriptedServer()
        let client = ClientProxy(.local(server.port, timeout: nil), eventLoopGroup: group, logger: .quiet)
        async let first = send(client, 1)
        let connection = try await server.accept()
        let id = packetID(try await connection.receivePacket())
        try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(await first == recording.outcomes["1"])

        // While the client's loop stands still the FIN arrives, and the request is made: it is written before the loop looks.
        let (isHeld, hold) = AsyncStream.makeStream(of: Void.self)
        let release = DispatchSemaphore(value: 0)
        group.next().execute {
            hold.finish()
            release.wait()
        }
        for await _ in isHeld {}
        try await connection.halfClose()
        let second = Task(executorPreference: executor) { await send(client, 2) }
        release.signal()
        let packet = try await connection.receivePacket()
        let recorded = recording.steps.compactMap { if case .clientSends(let text) = $0 { text } else { nil } }
        let expected = try #require(recorded.last.flatMap { frames($0).first })
        #expect(packet == expected.replacing(packetID(expected), with: packetID(packet)))
        #expect(await second.value == recording.outcomes["2"])
        await client.drain()
        await server.stop()
        try await group.shutdownGracefully()
    }

    // MARK: TLS

    private var trusting: ClientTLSOptions {
        var options = ClientTLSOptions()
        options.ca = [.file(TestCertificates.path("ca.pem"))]
        return options
    }

    private func serverTLS(asksForCertificate: Bool = false) throws -> TLSServerContext {
        var options = ServerTLSOptions(
            certificate: .file(TestCertificates.path("ec.pem")), key: .file(TestCertificates.path("ec.key")))
        if asksForCertificate { options.clientCA = [.file(TestCertificates.path("ca.pem"))] }
        return try TLSServerContext(options.settings, tickets: TLSTicketKeys())
    }

    @Test(arguments: ["tls-ok", "tls-insecure"])
    func `over TLS the packets are the same`(name: String) async throws {
        var options = trusting
        if name == "tls-insecure" {
            options = ClientTLSOptions()
            options.isInsecure = true
        }
        try await ClientReplay.run(try recording(name), over: .tls(serverTLS(), options)) { replay in
            try await replay.play { [$0] }
        }
    }

    /// NestJS says "Connection closed" for all of them. Ours knows why, when the handshake failed on its own side.
    @Test(arguments: ["tls-mutual-missing", "tls-unknown-ca"])
    func `without trust nothing is sent`(name: String) async throws {
        let recording = try recording(name)
        #expect(recording.outcomes["s"]?.end == .connectionClosed)
        let isMutual = name == "tls-mutual-missing"
        let server = try await ScriptedServer(behind: ReplayLink.handlers(serverTLS(asksForCertificate: isMutual)))
        let options = isMutual ? trusting : ClientTLSOptions()
        let client = ClientProxy(.local(server.port, tls: options), logger: .quiet)
        let failure = await #expect(throws: UpstreamFailure.self) { try await client.send(["cmd": "x"], 1).value }
        if !isMutual {
            guard case .cannotConnect(let error)? = failure else {
                Issue.record("expected the handshake's error, not \(String(describing: failure))")
                return
            }
            #expect(error.message.contains("certificate"))
        }
        #expect(await (try server.accept()).receiveAll() == "")
        await client.drain()
        await server.stop()
    }

    @Test func `tls-client-to-plain-server: what is no TLS ends the attempt`() async throws {
        let recording = try recording("tls-client-to-plain-server")
        #expect(recording.outcomes["s"]?.end == .connectionClosed)
        let server = try await ScriptedServer()
        let client = ClientProxy(.local(server.port, tls: trusting), logger: .quiet)
        let call = Task { try await client.send(["cmd": "x"], 1).value }
        let connection = try await server.accept()
        // A handshake's record.
        #expect(await connection.receiveBytes()?.first == 0x16)
        for case .serverSends(let bytes) in recording.steps { try await connection.send(bytes) }
        let failure = await #expect(throws: UpstreamFailure.self) { try await call.value }
        #expect(failure?.wasNeverSent == true)
        await connection.receiveEnd()
        await client.drain()
        await server.stop()
    }
}
