import MartletGateway
import TestSupport
import Testing

/// Stopping loses nothing that was begun.
@Suite(.timeLimit(.minutes(2))) struct ResilienceDrainTests {
    @Test func `pipelined requests in flight are all answered`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let client = try await gateway.connect()
        try await client.send((0..<5).map { Ask.get("/get/\($0)") }.joined())
        let service = try await server.accept()
        let packets = await service.packets(5)
        let idle = try await gateway.connect()
        try await idle.send(Ask.get("/nowhere"))
        #expect(await idle.receive(until: "\r\n\r\n") != nil)
        async let stopped: Void = gateway.gateway.shutdown()
        // That a connection without a request is ended is the sign that the stop has reached the loop; requests of before must
        // not feel it.
        await idle.receiveEnd()
        for packet in packets.reversed() { try await service.send(Packet.answer(Packet.payload(packet), to: packet)) }
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200])
        #expect(answers.map(\.body) == (0..<5).map { "{\"id\":\"\($0)\"}" })
        #expect(answers.last?.fields["connection"] == "close")
        await stopped
    }

    @Test func `a request of which a part has come is read to its end and answered`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let request = Ask.post("/echo", "{\"a\":1}")
        // One in the middle of the body, one in the middle of the head.
        let clients = [try await gateway.connect(), try await gateway.connect()]
        let cuts = [request.count - 3, 20]
        for (client, cut) in zip(clients, cuts) {
            try await client.send(Ask.get("/nowhere"))
            #expect(await client.receive(until: "\r\n\r\n") != nil)
            try await client.send(String(request.prefix(cut)))
        }
        // A loop reads what was sent before it closes: another round trip shows that the halves have been read.
        let other = try await gateway.ask(Ask.get("/nowhere"))
        #expect(other.status == 404)
        async let stopped: Void = gateway.gateway.shutdown()
        while (try? await RawConnection.connect(port: gateway.port).close()) != nil {}
        for (client, cut) in zip(clients, cuts) { try await client.send(String(request.dropFirst(cut))) }
        let service = try await server.accept()
        for packet in await service.packets(2) { try await service.send(Packet.answer("true", to: packet)) }
        for client in clients {
            // What is left of the 404's body stands before it.
            let text = await client.receiveAll()
            #expect(text.contains("HTTP/1.1 200 OK") && text.contains("connection: close"), "\(text)")
        }
        await stopped
    }

    @Test func `idle connections of every loop end at once, whatever is in flight elsewhere`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(endpoints: [server.port], loops: 4)
        var busy: [RawConnection] = []
        var idle: [RawConnection] = []
        for number in 0..<32 {
            let client = try await gateway.connect()
            try await client.send(number % 2 == 0 ? Ask.get("/get/\(number)") : Ask.get("/nowhere"))
            if number % 2 == 0 { busy.append(client) } else { idle.append(client) }
        }
        for client in idle { #expect(await client.receive(until: "\r\n\r\n") != nil) }
        #expect(await gateway.comes { $0.upstreamInFlight == 16 })
        async let stopped: Void = gateway.gateway.shutdown()
        for client in idle { await client.receiveEnd() }
        // Now the service's answers; each loop has a connection of its own.
        let services = Task {
            while let service = try? await server.accept() {
                Task {
                    var text = ""
                    while let piece = await service.receive() {
                        text += piece
                        let packets = frames(text)
                        text = String(text.dropFirst(packets.reduce(0) { $0 + frame($1).count }))
                        for packet in packets { try await service.send(Packet.answer("1", to: packet)) }
                    }
                }
            }
        }
        for client in busy { #expect(ParsedResponse.parse(await client.receiveAll()).map(\.status) == [200]) }
        await stopped
        services.cancel()
    }

    @Test func `a request sent on an idle connection just when the stop begins is answered`() async throws {
        let service = try await Service { Packet.answer("1", to: $0) }
        let gateway = try await ResilienceGateway(endpoints: [service.port])
        var clients: [RawConnection] = []
        for _ in 0..<3 {
            let client = try await gateway.connect()
            try await client.send(Ask.get("/nowhere"))
            #expect(await client.receive(until: "}") != nil)
            clients.append(client)
        }
        async let stopped: Void = gateway.gateway.shutdown()
        while (try? await RawConnection.connect(port: gateway.port).close()) != nil {}
        for client in clients { try await client.send(Ask.get("/get/1")) }
        for client in clients {
            let answers = ParsedResponse.parse(await client.receiveAll())
            #expect(answers.map(\.status) == [200])
            #expect(answers.map { $0.fields["connection"] } == ["close"])
        }
        await stopped
        await service.stop()
    }
}
