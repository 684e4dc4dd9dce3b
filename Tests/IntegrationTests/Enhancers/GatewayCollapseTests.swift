import MartletGateway
import TestSupport
import Testing

/// `Collapse` beside an interceptor of one's own: one packet for requests that ask for the same.
@Suite(.timeLimit(.minutes(1)))
struct GatewayCollapseTests {
    /// A gateway on one loop; the service answers through `service`.
    private func gateway(_ server: ScriptedServer, _ recorder: Recorder) async throws -> TestGateway {
        var enhancers = EnhancerRegistry()
        enhancers.addNoting(recorder)
        return try await TestGateway(
            routes: """
                  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { interceptors: [Around, Collapse] } }
                """, servicePorts: [server.port], enhancers: enhancers)
    }

    /// Connects, sends a request, and returns when it has come to the `Collapse` entry.
    private func ask(_ gateway: TestGateway, _ recorder: Recorder, number: Int) async throws -> RawConnection {
        let client = try await gateway.connect()
        try await client.send(EnhancerRequest.get("/get"))
        await recorder.wait(for: "around before", count: number)
        return client
    }

    @Test func `one packet for three`() async throws {
        let (server, recorder) = (try await ScriptedServer(), Recorder())
        let gateway = try await gateway(server, recorder)
        var clients: [RawConnection] = []
        for number in 1...3 { clients.append(try await ask(gateway, recorder, number: number)) }
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        try await service.send(Packet.answer("7", to: packet))
        for client in clients {
            #expect(await client.receive(until: "\r\n\r\n7")?.hasPrefix("HTTP/1.1 200") == true)
            try await client.close()
        }
        #expect(await gateway.gateway.metrics().upstreamInFlight == 0)
        await gateway.stop()
    }

    @Test func `when the first leaves, the next asks for all`() async throws {
        let (server, recorder) = (try await ScriptedServer(), Recorder())
        let gateway = try await gateway(server, recorder)
        let first = try await ask(gateway, recorder, number: 1)
        let service = try await server.accept()
        _ = await service.packets(1)
        var clients: [RawConnection] = []
        for number in 2...4 { clients.append(try await ask(gateway, recorder, number: number)) }
        try await first.reset()
        let packets = await service.packets(1)
        #expect(packets.count == 1)
        try await service.send(Packet.answer("8", to: try #require(packets.first)))
        for client in clients {
            #expect(await client.receive(until: "\r\n\r\n8")?.hasPrefix("HTTP/1.1 200") == true)
            try await client.close()
        }
        await gateway.stop()
    }

    @Test func `one that waits may leave at once`() async throws {
        let (server, recorder) = (try await ScriptedServer(), Recorder())
        var enhancers = EnhancerRegistry()
        enhancers.addInterceptor("Ended") { _ in
            AnyInterceptor { _, next in
                recorder.note("begun")
                defer { recorder.note("ended") }
                return try await next.handle()
            }
        }
        let gateway = try await TestGateway(
            routes: """
                  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { interceptors: [Ended, Collapse] } }
                """, servicePorts: [server.port], enhancers: enhancers)
        let first = try await gateway.connect()
        try await first.send(EnhancerRequest.get("/get"))
        await recorder.wait(for: "begun")
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        let second = try await gateway.connect()
        try await second.send(EnhancerRequest.get("/get"))
        await recorder.wait(for: "begun", count: 2)
        try await second.reset()
        // Its task is over though the answer is not there.
        await recorder.wait(for: "ended")
        try await service.send(Packet.answer("9", to: packet))
        #expect(await first.receive(until: "\r\n\r\n9") != nil)
        try await first.close()
        await gateway.stop()
    }
}
