import MartletGateway
import TestSupport
import Testing

/// Clients that ask and do not read. Each must cost a bounded amount of memory for a bounded time.
@Suite(.timeLimit(.minutes(2))) struct ResilienceStallTests {
    private let quarterMegabyte = "\"" + String(repeating: "x", count: 256 << 10) + "\""
    private let twelveMegabytes = "\"" + String(repeating: "x", count: 12 << 20) + "\""

    @Test func `a client that never reads its pipelined answers is closed in the end`() async throws {
        let service = try await Service { [self] in Packet.answer(quarterMegabyte, to: $0) }
        let gateway = try await ResilienceGateway(endpoints: [service.port], limits: "idleTimeout: 500ms")
        let requests = (0..<100).map { Ask.get("/get/\($0)") }.joined()
        let client = try SilentClient(port: gateway.port, sending: requests)
        #expect(await gateway.comes { $0.connectionsOpen == 1 })
        #expect(await gateway.comes { $0.connectionsOpen == 0 })
        client.close()
        await gateway.gateway.shutdown()
        await service.stop()
    }

    @Test func `a client that never reads its last answer is closed in the end`() async throws {
        let service = try await Service { [self] in Packet.answer(twelveMegabytes, to: $0) }
        let gateway = try await ResilienceGateway(endpoints: [service.port], limits: "idleTimeout: 500ms")
        let client = try SilentClient(
            port: gateway.port, sending: "GET /get/1 HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        #expect(await gateway.comes { $0.connectionsOpen == 1 })
        #expect(await gateway.comes { $0.connectionsOpen == 0 })
        client.close()
        await gateway.gateway.shutdown()
        await service.stop()
    }

    @Test func `the gateway stops although a client does not read its last answer`() async throws {
        let service = try await Service { [self] in Packet.answer(twelveMegabytes, to: $0) }
        let gateway = try await ResilienceGateway(endpoints: [service.port], drain: "500ms")
        let client = try SilentClient(
            port: gateway.port, sending: "GET /get/1 HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        // The answer is on its way: the service has nothing more to say.
        #expect(await gateway.comes { $0.routes.contains { $0.statuses.contains { $0 == (200, 1) } } })
        await gateway.gateway.shutdown()
        client.close()
        await service.stop()
    }

    @Test func `a stream that was slow once lives on after its client has caught up`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port], limits: "idleTimeout: 1s")
        let client = try await gateway.connect()
        try await client.send(Ask.get("/stream/1"))
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        // More than a socket takes at once.
        try await service.send(Packet.part("\"" + String(repeating: "x", count: 8 << 20) + "\"", to: packet))
        var count = 0
        while count < 8 << 20 { count += try #require(await client.receive()).utf8.count }
        // Ten heartbeats are twice the time after which the connection would count as idle.
        var beats = 0
        while beats < 10 {
            beats += try #require(await client.receive(), "the stream was cut").ranges(of: ": \n\n").count
        }
        try await service.send(Packet.answer("\"end\"", to: packet))
        #expect(await client.receive(until: "0\r\n\r\n") != nil)
        try await client.close()
        await gateway.gateway.shutdown()
    }

    @Test func `a stream behind an endless one is not gathered without bound`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let client = try await gateway.connect()
        try await client.send(Ask.get("/stream/1") + Ask.get("/stream/2"))
        let service = try await server.accept()
        let packets = await service.packets(2)
        let value = "\"" + String(repeating: "x", count: 64 << 10) + "\""
        // 64 MiB for a reader that gets nothing before the first stream ends.
        for _ in 0..<1024 {
            guard await gateway.gateway.metrics().connectionsOpen == 1 else { break }
            try await service.send(Packet.part(value, to: packets[1]))
        }
        #expect(await gateway.comes { $0.connectionsOpen == 0 && $0.upstreamInFlight == 0 })
        try? await client.close()
        await gateway.gateway.shutdown()
    }
}
