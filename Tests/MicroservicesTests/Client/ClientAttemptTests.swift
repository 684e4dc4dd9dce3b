import Logging
import MessageWire
import NIOCore
import NIOPosix
import NetworkIO
import TestSupport
import Testing

@testable import MicroservicesCore

/// Attempts to connect: who makes one, what its failure says, and how it is given up.
@Suite(.timeLimit(.minutes(2))) struct ClientAttemptTests {
    /// A service that says nothing, so that a TLS handshake with it never ends.
    private func silence() async throws -> (ScriptedServer, ClientProxy) {
        let server = try await ScriptedServer()
        var tls = ClientTLSOptions()
        tls.ca = [.file(TestCertificates.path("ca.pem"))]
        return (server, ClientProxy(.local(server.port, timeout: nil, tls: tls), logger: .quiet))
    }

    @Test func `each message after a refused attempt makes one of its own, and says why it failed`() async throws {
        let host = "127.36.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let gone = try await ScriptedServer(host: host)
        await gone.stop()
        let client = ClientProxy(.local(gone.port, host: host), logger: .quiet)
        let events = client.events
        for number in 0..<4 {
            let failure = await #expect(throws: UpstreamFailure.self) {
                if number % 2 == 0 {
                    _ = try await client.send("x", 1).value
                } else {
                    try await client.emit("x", 1)
                }
            }
            guard case .cannotConnect(let error)? = failure else {
                Issue.record("expected the attempt's error, not \(String(describing: failure))")
                continue
            }
            #expect(error.message == "cannot connect to \(host):\(gone.port): Connection refused")
            #expect((error.cause as? IOError)?.errnoCode == ECONNREFUSED)
            #expect(failure?.wasNeverSent == true)
        }
        // Once somebody listens, the very next message arrives.
        let back = try await ScriptedServer(host: host, port: gone.port)
        async let value = client.send("x", 1).value
        let connection = try await back.accept()
        let id = packetID(try await connection.receivePacket())
        try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(try await value == 1)
        await client.drain()
        await back.stop()
        let attempts = await events.reduce(0) { count, event in if case .error = event { count + 1 } else { count } }
        #expect(attempts == 4)
    }

    @Test(arguments: [true, false])
    func `close and drain give up an attempt that is under way`(drains: Bool) async throws {
        let (server, client) = try await silence()
        let connecting = Task { try await client.connect() }
        let connection = try await server.accept()
        _ = await connection.receiveBytes()
        if drains { await client.drain() } else { await client.close() }
        await #expect(throws: UpstreamFailure.closing) { try await connecting.value }
        await connection.receiveEnd()
        await client.drain()
        await server.stop()
    }

    @Test func `a message that waits for the attempt fails with it`() async throws {
        let (server, client) = try await silence()
        let waiting = Task { try await client.send("x", 1).value }
        let connection = try await server.accept()
        _ = await connection.receiveBytes()
        await client.close()
        await #expect(throws: UpstreamFailure.closing) { try await waiting.value }
        await connection.receiveEnd()
        await server.stop()
    }

    @Test func `a pool that closes while a name is resolved waits for it`() async throws {
        let server = try await ScriptedServer()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = EventLoopContext(eventLoop: group.next(), index: 0)
        let configuration = ClientConfiguration.local(server.port, host: "localhost")
        await #expect(throws: UpstreamFailure.closing) {
            try await loop.eventLoop.flatSubmit {
                let pool = ConnectionPool(serviceName: "x", configuration: configuration, loop: loop, logger: .quiet)
                let promise = loop.eventLoop.makePromise(of: Void.self)
                pool.connected(or: promise)
                return pool.close().flatMap { promise.futureResult }
            }.get()
        }
        // Nothing is left that would need the loop.
        try await group.shutdownGracefully()
        await server.stop()
    }

    @Test func `an attempt that takes too long says so`() async throws {
        let server = try await ScriptedServer()
        var tls = ClientTLSOptions()
        tls.ca = [.file(TestCertificates.path("ca.pem"))]
        var limits = TCPClientLimits.defaults
        limits.connectTimeout = .milliseconds(50)
        let client = ClientProxy(
            .tcp(host: "127.0.0.1", port: server.port, timeout: nil, tls: tls, limits: limits), logger: .quiet)
        let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("x", 1).value }
        guard case .cannotConnect(let error)? = failure else {
            Issue.record("expected the attempt's error, not \(String(describing: failure))")
            return
        }
        #expect(error.message == "cannot connect to 127.0.0.1:\(server.port): no connection in time")
        await client.close()
        await server.stop()
    }
}
