import Logging
import MessageWire
import Microservices
import TestSupport
import Testing

/// The conversations over TLS that were recorded with NestJS's client (`tls-*`), with our service at the other end. Ours is connected
/// only after the handshake, so that `connect()` tells why it failed; NestJS's says "Connection closed" later.
@Suite(.timeLimit(.minutes(2))) struct ClientTLSTests {
    private func run(
        asksForCertificate: Bool = false, client options: ClientTLSOptions?,
        _ body: (ClientProxy) async throws -> Void
    ) async throws {
        var tls = ServerTLSOptions(
            certificate: .file(TestCertificates.path("ec.pem")), key: .file(TestCertificates.path("ec.key")))
        if asksForCertificate { tls.clientCA = [.file(TestCertificates.path("ca.pem"))] }
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0, tls: tls), eventLoopCount: 1,
            shutdownTimeout: .milliseconds(200), logger: .quiet)
        service.onMessage(["cmd": "x"]) { (number: Int, context) in number }
        try await service.start()
        let client = ClientProxy(
            .local(try #require(service.address?.port), tls: options), logger: .quiet)
        try await body(client)
        await client.drain()
        await service.shutdown()
    }

    private var trusting: ClientTLSOptions {
        var options = ClientTLSOptions()
        options.ca = [.file(TestCertificates.path("ca.pem"))]
        return options
    }

    @Test func `a trusted service answers`() async throws {
        try await run(client: trusting) { client in
            var status = client.status.makeAsyncIterator()
            let value = try await client.send(["cmd": "x"], 1).value
            #expect(value == 1)
            #expect(await status.next() == .connected)
        }
    }

    @Test func `any certificate will do when that is wanted`() async throws {
        var options = ClientTLSOptions()
        options.isInsecure = true
        try await run(client: options) { client in
            let value = try await client.send(["cmd": "x"], 1).value
            #expect(value == 1)
        }
    }

    @Test func `a service that is not trusted is told by connect, events and status`() async throws {
        try await run(client: ClientTLSOptions()) { client in
            var status = client.status.makeAsyncIterator()
            let events = client.events
            let error = await #expect(throws: ClientError.self) { try await client.connect() }
            #expect(error?.code == .cannotConnect)
            #expect(error?.message.contains("certificate") == true, "\(error?.message ?? "-")")
            #expect(await status.next() == .disconnected)
            for await case .error(_, let error) in events {
                #expect("\(error)".contains("certificate"))
                break
            }
            let failure = await #expect(throws: UpstreamFailure.self) { try await client.send(["cmd": "x"], 1).value }
            #expect(failure?.wasNeverSent == true)
        }
    }

    @Test func `a certificate that the service wants is shown, or the request fails`() async throws {
        var known = trusting
        known.certificate = .file(TestCertificates.path("client.pem"))
        known.key = .file(TestCertificates.path("client.key"))
        try await run(asksForCertificate: true, client: known) { client in
            let value = try await client.send(["cmd": "x"], 1).value
            #expect(value == 1)
        }
        // With TLS 1.3 the client hears of it only after the handshake.
        try await run(asksForCertificate: true, client: trusting) { client in
            await #expect(throws: UpstreamFailure.self) { try await client.send(["cmd": "x"], 1).value }
        }
    }

    @Test func `a service without TLS is told by connect`() async throws {
        let server = try await ScriptedServer()
        let client = ClientProxy(
            .local(server.port, tls: trusting), logger: .quiet)
        let plain = Task {
            let connection = try await server.accept()
            _ = await connection.receive()
            try await connection.send("plain text\n")
        }
        let error = await #expect(throws: ClientError.self) { try await client.connect() }
        #expect(error?.code == .cannotConnect)
        try await plain.value
    }
}
