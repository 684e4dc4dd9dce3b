import MartletGateway
import TestSupport
import Testing

/// Clients that send much at once, little at a time, or stop in the middle.
@Suite(.timeLimit(.minutes(2))) struct ResiliencePipelineTests {
    @Test func `a hundred requests in one write are answered in order, thirty-two at a time`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let client = try await gateway.connect()
        try await client.send((0..<100).map { Ask.post("/echo", "\($0)") }.joined())
        try await client.halfClose()
        let service = try await server.accept()
        var answered = 0
        var pending: [String] = []
        var generator = SystemRandomNumberGenerator()
        while answered < 100 {
            let expected = min(32, 100 - answered)
            while pending.count < expected { pending += await service.packets(1) }
            #expect(pending.count == expected)
            // The oldest half in any order: the younger ones go on waiting, and as many new ones come.
            let batch = pending.prefix(max(1, expected / 2)).shuffled(using: &generator)
            pending.removeFirst(batch.count)
            try await service.send(batch.map { Packet.answer(Packet.payload($0), to: $0) }.joined())
            answered += batch.count
        }
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.body) == (0..<100).map(String.init))
        #expect(answers.allSatisfy { $0.status == 200 })
        await gateway.gateway.shutdown()
    }

    @Test func `a client that has closed its sending side gets every answer`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let client = try await gateway.connect()
        // Two requests and a part of a third that will never be whole.
        try await client.send(Ask.get("/get/1") + Ask.get("/get/2") + "GET /get/3 HT")
        try await client.halfClose()
        let service = try await server.accept()
        for packet in await service.packets(2) {
            try await service.send(Packet.answer(Packet.payload(packet), to: packet))
        }
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.body) == ["{\"id\":\"1\"}", "{\"id\":\"2\"}"])
        #expect(await gateway.comes { $0.connectionsOpen == 0 })
        await gateway.gateway.shutdown()
    }

    @Test func `a half-closed client waits longer than any limit on reading`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(
            endpoints: [server.port], limits: "headerTimeout: 3s, bodyTimeout: 3s, idleTimeout: 3s")
        let client = try await gateway.connect()
        try await client.send(Ask.get("/get/1") + "GET /get/3 HT")
        try await client.halfClose()
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        // Another connection that sends nothing is closed for it, twice over.
        for _ in 0..<2 { await (try await gateway.connect()).receiveEnd() }
        try await service.send(Packet.answer("1", to: packet))
        #expect(ParsedResponse.parse(await client.receiveAll()).map(\.status) == [200])
        await gateway.gateway.shutdown()
    }

    @Test(arguments: [
        ("GET /get/1 HTTP/1.1\r\nhost: t\r\nx: ", 408, "header_timeout"),
        (
            "POST /echo HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n1", 408,
            "body_timeout"
        ),
        (
            "POST /echo HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1;",
            408,
            "body_timeout"
        ),
    ])
    func `a request that trickles in is given up`(start: String, status: Int, code: String) async throws {
        let gateway = try await ResilienceGateway(
            endpoints: [9], limits: "headerTimeout: 300ms, bodyTimeout: 300ms, idleTimeout: 60s")
        let client = try await gateway.connect()
        try await client.send(start)
        // A byte whenever there was time for it, as long as the gateway has not had enough.
        let trickle = Task {
            while !Task.isCancelled {
                _ = await gateway.gateway.metrics()
                try await client.send("1")
                if await gateway.gateway.metrics().connectionsOpen == 0 { return }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        let text = await client.receiveAll()
        trickle.cancel()
        let answers = ParsedResponse.parse(text)
        #expect(answers.map(\.status) == [status])
        #expect(answers.first?.body.contains("\"code\":\"\(code)\"") == true, "\(text)")
        #expect(await gateway.comes { $0.connectionsOpen == 0 })
        await gateway.gateway.shutdown()
    }

    @Test func `a request that trickles in behind another one does not harm that one`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port], limits: "headerTimeout: 100ms")
        let client = try await gateway.connect()
        try await client.send(Ask.get("/get/1") + "GET /get/3 HT")
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        // The second one is given up; its answer has to wait for the first one's.
        #expect(await gateway.comes { $0.requestsInFlight == 2 })
        try await service.send(Packet.answer("1", to: packet))
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.status) == [200, 408])
        await gateway.gateway.shutdown()
    }

    @Test(arguments: [0, 5, 60, 400])
    func `a client that goes away in the middle leaves nothing behind`(sent: Int) async throws {
        let port = try ReservedPort()
        let server = try await ScriptedServer(port: port.number)
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let requests = (0..<50).map { Ask.post("/echo", "\($0)") }.joined()
        for isReset in [true, false] {
            for _ in 0..<5 {
                let client = try await gateway.connect()
                try await client.send(String(requests.prefix(sent)))
                if isReset { try await client.reset() } else { try await client.close() }
            }
        }
        // The service never answers. Those that sent a FIN may still want their answers; those that sent an RST do not.
        if sent < 400 {
            #expect(await gateway.comes { $0.connectionsAccepted == 10 && $0.connectionsOpen == 0 })
        } else {
            #expect(await gateway.comes { $0.connectionsAccepted == 10 && $0.connectionsOpen == 5 })
            let service = try await server.accept()
            await server.stop()
            try await service.close()
        }
        #expect(
            await gateway.comes {
                $0.connectionsOpen == 0 && $0.requestsInFlight == 0 && $0.upstreamInFlight == 0
                    && $0.upstreamQueued == 0
            })
        await gateway.gateway.shutdown()
        withExtendedLifetime(port) {}
    }
}
