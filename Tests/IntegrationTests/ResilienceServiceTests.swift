import MartletGateway
import TestSupport
import Testing

/// Services that go away, come back, misbehave: each failure has its own answer, in time, and the gateway lives on.
@Suite(.timeLimit(.minutes(2))) struct ResilienceServiceTests {
    private func code(_ answer: ParsedResponse) -> String {
        answer.body.split(separator: "\"code\":\"").dropFirst().first.map { String($0.prefix { $0 != "\"" }) } ?? ""
    }

    /// Asks until the answer is a success.
    private func askUntilSuccess(_ gateway: ResilienceGateway, _ request: String) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            let answer = try await gateway.ask(request)
            if answer.status < 300 { return true }
            #expect(answer.status == 503 && code(answer) == "upstream_unavailable", "\(answer)")
        }
        return false
    }

    @Test(arguments: [true, false])
    func `what is in flight is lost with the connection, what comes later is never sent`(isReset: Bool) async throws {
        let port = try ReservedPort()
        let server = try await ScriptedServer(port: port.number)
        let gateway = try await ResilienceGateway(endpoints: [server.port])
        let client = try await gateway.connect()
        try await client.send((0..<20).map { Ask.get("/get/\($0)") }.joined())
        let service = try await server.accept()
        _ = await service.packets(20)
        await server.stop()
        if isReset { try await service.reset() } else { try await service.close() }
        var text = ""
        while ParsedResponse.parse(text).filter(\.isComplete).count < 20 {
            text += try #require(await client.receive(), "the connection was ended")
        }
        for answer in ParsedResponse.parse(text) {
            #expect(answer.status == 502 && code(answer) == "upstream_lost", "\(answer)")
        }
        let later = try await gateway.ask(Ask.get("/get/1"))
        #expect(later.status == 503 && code(later) == "upstream_unavailable", "\(later)")
        #expect(later.fields["retry-after"] == "1")
        let event = try await gateway.ask(Ask.post("/event", "{}"))
        #expect(event.status == 503 && code(event) == "upstream_unavailable", "\(event)")

        let restarted = try await Service(port: server.port) { Packet.answer("1", to: $0) }
        #expect(try await askUntilSuccess(gateway, Ask.get("/get/1")))
        #expect(try await gateway.ask(Ask.post("/event", "{}")).status == 202)
        try await client.close()
        await gateway.gateway.shutdown()
        await restarted.stop()
        withExtendedLifetime(port) {}
    }

    @Test func `a service that is down at the start is used when it comes up`() async throws {
        let dead = try ReservedPort()
        let gateway = try await ResilienceGateway(endpoints: [dead.number])
        let first = try await gateway.ask(Ask.get("/get/1"))
        #expect(first.status == 503 && code(first) == "upstream_unavailable", "\(first)")
        let service = try await Service(port: dead.number) { Packet.answer("1", to: $0) }
        #expect(try await askUntilSuccess(gateway, Ask.get("/get/1")))
        await gateway.gateway.shutdown()
        await service.stop()
        withExtendedLifetime(dead) {}
    }

    @Test func `a dead endpoint costs nobody a failure, and is used again when it is back`() async throws {
        let dead = try ReservedPort()
        let alive = try await Service { Packet.answer("\"alive\"", to: $0) }
        // No timer of a request or connection may do by chance what the pool has to do.
        let gateway = try await ResilienceGateway(
            endpoints: [dead.number, alive.port], service: "timeout: none", limits: "idleTimeout: 51s")
        let client = try await gateway.connect()
        func ask() async throws -> String {
            try await client.send(Ask.get("/get/1"))
            return try #require(await client.receive(until: "\""))
        }
        for _ in 0..<200 { #expect(try await ask().hasSuffix("\"alive\"")) }
        let back = try await Service(port: dead.number) { Packet.answer("\"back\"", to: $0) }
        let end = ContinuousClock.now + .seconds(10)
        var isBack = false
        while !isBack && ContinuousClock.now < end { isBack = try await ask().hasSuffix("\"back\"") }
        #expect(isBack)
        // From now on they take turns.
        let turns = [try await ask(), try await ask(), try await ask(), try await ask()]
        #expect(turns.filter { $0.hasSuffix("\"back\"") }.count == 2)
        try await client.close()
        await gateway.gateway.shutdown()
        await alive.stop()
        await back.stop()
        withExtendedLifetime(dead) {}
    }

    @Test func `a service that never answers is a timeout, and its late answer goes to nobody`() async throws {
        let server = try await ScriptedServer()
        let routes = """
              - { id: quick, match: GET /quick, send: { service: s, pattern: get }, timeout: 100ms }
              - { id: get, match: GET /get/:id, send: { service: s, pattern: get }, timeout: 60s }
            """
        let gateway = try await ResilienceGateway(endpoints: [server.port], routes: routes)
        let client = try await gateway.connect()
        try await client.send(Ask.get("/quick"))
        let service = try await server.accept()
        let late = try #require(await service.packets(1).first)
        let first = try #require(ParsedResponse.parse(await client.receive(until: "}") ?? "").first)
        #expect(first.status == 504 && code(first) == "upstream_timeout", "\(first)")
        try await client.send(Ask.get("/get/2"))
        let second = try #require(await service.packets(1).first)
        // The same slot of the pending table, an earlier sequence number.
        try await service.send(
            Packet.answer("\"late\"", to: late) + Packet.answer("\"right\"", to: second)
                + Packet.answer("\"again\"", to: second))
        try await client.send(Ask.get("/get/3"))
        let third = try #require(await service.packets(1).first)
        try await service.send(Packet.answer("\"third\"", to: third))
        let answers = ParsedResponse.parse(await client.receive(until: "\"third\"") ?? "")
        #expect(answers.map(\.body) == ["\"right\"", "\"third\""])
        #expect(await gateway.comes { $0.upstreamInFlight == 0 })
        try await client.close()
        await gateway.gateway.shutdown()
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request\r\ncontent-length: 1\r\n\r\n#", 502, "bad_frame"),
        ("4#{{{{", 502, "bad_frame"),
        ("\u{0}\u{0}\u{0}#", 502, "bad_frame"),
        ("99999999#{", 502, "answer_too_large"),
        ("100#{\"response\":", 504, "upstream_timeout"),
    ])
    func `what a service sends wrongly has its own answer`(bytes: String, status: Int, expected: String) async throws {
        let server = try await ScriptedServer()
        let timeout = status == 504 ? "200ms" : "60s"
        let gateway = try await ResilienceGateway(
            endpoints: [server.port], service: "timeout: \(timeout), limits: { answer: 64KiB }")
        async let asked = gateway.ask(Ask.get("/get/1"))
        let service = try await server.accept()
        _ = await service.packets(1)
        try await service.send(bytes)
        let answer = try await asked
        #expect(answer.status == status && code(answer) == expected, "\(answer)")
        guard status == 502 else {
            await gateway.gateway.shutdown()
            return
        }
        // The connection is ended; the next request gets a new one.
        await service.receiveEnd()
        async let again = gateway.ask(Ask.get("/get/1"))
        let other = try await server.accept()
        let packet = try #require(await other.packets(1).first)
        try await other.send(Packet.answer("1", to: packet))
        #expect(try await again.status == 200)
        await gateway.gateway.shutdown()
    }

    @Test func `beyond the pool and its queue requests are refused, not kept`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(
            endpoints: [server.port],
            service: "timeout: none, pool: { max: 1, maxInFlightPerConnection: 2, queue: 3, queueTimeout: 30s }",
            limits: "idleTimeout: 51s")
        let start = ContinuousClock.now
        let client = try await gateway.connect()
        try await client.send((0..<5).map { Ask.get("/get/\($0)") }.joined())
        let service = try await server.accept()
        let held = await service.packets(2)
        #expect(await gateway.comes { $0.upstreamQueued == 3 && $0.upstreamInFlight == 2 })
        let refused = try await gateway.ask(Ask.get("/get/6"))
        #expect(refused.status == 503 && code(refused) == "upstream_overloaded", "\(refused)")
        #expect(refused.fields["retry-after"] == "1")
        // The queue moves on as answers come.
        for packet in held { try await service.send(Packet.answer("1", to: packet)) }
        for packet in await service.packets(2) { try await service.send(Packet.answer("1", to: packet)) }
        for packet in await service.packets(1) { try await service.send(Packet.answer("\"last\"", to: packet)) }
        let text = try #require(await client.receive(until: "\"last\""))
        #expect(ParsedResponse.parse(text).map(\.status) == [200, 200, 200, 200, 200])
        // Not by the next timer that happens to be due, in 30 seconds.
        #expect(ContinuousClock.now - start < .seconds(25))
        try await client.close()
        await gateway.gateway.shutdown()
    }

    @Test(arguments: ["300ms", "60s"])
    func `requests in the queue end in time, and when their client goes`(queueTimeout: String) async throws {
        let server = try await ScriptedServer()
        let gateway = try await ResilienceGateway(
            endpoints: [server.port],
            service: "timeout: none, pool: { max: 1, maxInFlightPerConnection: 1, queueTimeout: \(queueTimeout) }")
        let holder = try await gateway.connect()
        try await holder.send(Ask.get("/get/0"))
        let service = try await server.accept()
        let held = try #require(await service.packets(1).first)
        if queueTimeout == "300ms" {
            let waiting = try await gateway.ask(Ask.get("/get/1"))
            #expect(waiting.status == 503 && code(waiting) == "upstream_overloaded", "\(waiting)")
        } else {
            let gone = try await gateway.connect()
            try await gone.send(Ask.get("/get/2"))
            #expect(await gateway.comes { $0.upstreamQueued == 1 })
            try await gone.reset()
        }
        #expect(await gateway.comes { $0.upstreamQueued == 0 && $0.requestsInFlight == 1 })
        try await service.send(Packet.answer("1", to: held))
        #expect(await holder.receive(until: "\r\n\r\n1") != nil)
        try await holder.close()
        await gateway.gateway.shutdown()
    }

    @Test(arguments: [true, false])
    func `a service that ends every connection at once is not called without pause`(isReset: Bool) async throws {
        let port = try ReservedPort()
        let server = try await ScriptedServer(port: port.number)
        let gateway = try await ResilienceGateway(endpoints: [server.port], service: "timeout: 30s, pool: { min: 1 }")
        let service = Task {
            var count = 0
            while let connection = try? await server.accept() {
                if isReset { try? await connection.reset() } else { try? await connection.close() }
                count += 1
            }
            return count
        }
        for _ in 0..<100 {
            let answer = try await gateway.ask(Ask.get("/get/1"))
            #expect(answer.status == 502 || answer.status == 503, "\(answer)")
        }
        #expect(await gateway.comes { $0.upstreamInFlight == 0 && $0.requestsInFlight == 0 })
        await server.stop()
        await gateway.gateway.shutdown()
        service.cancel()
        // Without a pause every one of the requests would have opened one, and the minimum many more.
        let connections = await service.value
        #expect(0 < connections && connections < 50)
        withExtendedLifetime(port) {}
    }
}
