import MartletGateway
import TestSupport
import Testing

/// Requests that ask for the same at the same time share one message.
///
/// What is sent in one write is read in one go: the second of two requests finds the first one on its way.
@Suite struct CollapseTests {
    private static let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"  // "open sesame"
    private static let other = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"  // "foo"

    private func gateway(_ server: ScriptedServer, guards: String = "") async throws -> TestGateway {
        try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port],
            top: "use: { interceptors: [Collapse] \(guards.isEmpty ? "" : ", guards: [\(guards)]") }")
    }

    private func get(_ path: String, _ fields: String = "", method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nhost: t\r\n\(fields)\r\n"
    }

    @Test func `two that are the same are one message`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.connect()
        try await client.send(
            get("/get/1") + get("/get/1", "x-other: 1\r\n") + get("/get/1", method: "HEAD") + get("/get/2"))
        let service = try await server.accept()
        let packets = await service.packets(2)
        #expect(packets.map(ReceivedPackets.payload) == ["{\"id\":\"1\"}", "{\"id\":\"2\"}"])
        try await service.send(packets.map { Packet.answer(ReceivedPackets.payload($0), to: $0) }.joined())
        try await client.halfClose()
        let answers = ParsedResponse.parse(await client.receiveAll(), bodiless: [2])
        #expect(answers.map(\.status) == [200, 200, 200, 200])
        #expect(answers.map(\.body) == ["{\"id\":\"1\"}", "{\"id\":\"1\"}", "", "{\"id\":\"2\"}"])
        #expect(Set(answers.compactMap { $0.fields["x-request-id"] }).count == 4)
        await gateway.stop()
    }

    @Test func `once it is answered the next one asks again`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.connect()
        try await client.send(get("/get/1"))
        let service = try await server.accept()
        for number in 1...2 {
            let packets = await service.packets(1)
            #expect(packets.count == 1)
            try await service.send(packets.map { Packet.answer("\(number)", to: $0) }.joined())
            #expect(await client.receive(until: "\r\n\r\n\(number)") != nil)
            if number == 1 { try await client.send(get("/get/1")) }
        }
        await gateway.stop()
    }

    @Test func `other callers and POST ask for themselves`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(
            server,
            guards:
                "{ ApiKey: { keys: [{ name: a, sha256: \(Self.hash) }, { name: b, sha256: \(Self.other) }], as: who } }"
        )
        let client = try await gateway.connect()
        let (a, b) = ("x-api-key: open sesame\r\n", "x-api-key: foo\r\n")
        let post = "POST /sum HTTP/1.1\r\nhost: t\r\n\(a)content-type: application/json\r\ncontent-length: 2\r\n\r\n[]"
        try await client.send(get("/get/1", a) + get("/get/1", b) + get("/get/1", a) + post + post + get("/get/1"))
        let service = try await server.accept()
        let packets = await service.packets(4)
        #expect(packets.map(ReceivedPackets.payload) == ["{\"id\":\"1\"}", "{\"id\":\"1\"}", "[]", "[]"])
        try await service.send(packets.enumerated().map { Packet.answer("\($0)", to: $1) }.joined())
        try await client.halfClose()
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 401])
        #expect(answers.prefix(5).map(\.body) == ["0", "1", "0", "2", "3"])
        await gateway.stop()
    }

    @Test func `an error is everybody's`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.connect()
        try await client.send(get("/get/1") + get("/get/1"))
        let service = try await server.accept()
        let packets = await service.packets(1)
        let id = try #require(packets.first.map(Packet.id))
        try await service.send(
            frame("{\"err\":{\"status\":409,\"message\":\"m\"},\"isDisposed\":true,\"id\":\"\(id)\"}"))
        try await client.halfClose()
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.status) == [409, 409])
        for answer in answers {
            #expect(answer.body.contains("\"instance\":\"\(answer.fields["x-request-id"] ?? "?")\""))
        }
        await gateway.stop()
    }

    @Test func `so is the end of the service`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.connect()
        try await client.send(get("/get/1") + get("/get/1"))
        let service = try await server.accept()
        #expect(await service.packets(1).count == 1)
        try await service.close()
        try await client.halfClose()
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.status) == [502, 502])
        #expect(answers.allSatisfy { $0.body.contains("upstream_lost") })
        await gateway.stop()
    }

    @Test func `nobody there is told to everybody`() async throws {
        let nobody = try ReservedPort()
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [nobody.number], service: "timeout: 30s",
            top: "use: { interceptors: [Collapse] }")
        let answers = try await gateway.exchange(get("/get/1") + get("/get/1"))
        #expect(answers.map(\.status) == [503, 503])
        await gateway.stop()
        withExtendedLifetime(nobody) {}
    }

    @Test func `a stream goes to each in its own form`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(
            .request(1, "GET", "/get/1", fields: [("accept", "application/x-ndjson")]),
            .request(3, "GET", "/get/1", fields: [("accept", "text/event-stream")]), .request(5, "GET", "/get/1"))
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        try await service.send(Packet.part("1", to: packet))
        #expect(await client.body(1, until: "1\n") != nil)
        // It has begun: who comes now asks anew.
        try await client.send(.request(7, "GET", "/get/1"))
        let another = try #require(await service.packets(1).first)
        try await service.send(Packet.answer("9", to: another) + Packet.answer("2", to: packet))
        #expect(await client.answer(1)?.body == "1\n2\n")
        #expect(await client.answer(3)?.body == "data: 1\n\ndata: 2\n\n")
        #expect(await client.answer(5)?.body == "2")
        #expect(await client.answer(7)?.body == "9")
        await gateway.stop()
    }

    @Test func `who leaves takes nothing from the others`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/get/1"), .request(3, "GET", "/get/1"), .request(5, "GET", "/get/1"))
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        try await client.send(.reset(1), .reset(5), .request(7, "GET", "/get/2"))
        let marker = try #require(await service.packets(1).first)
        #expect(ReceivedPackets.payload(marker) == "{\"id\":\"2\"}")
        try await service.send(Packet.answer("1", to: packet) + Packet.answer("2", to: marker))
        #expect(await client.answer(3)?.body == "1")
        #expect(await client.answer(7)?.body == "2")
        await gateway.stop()
    }

    @Test func `when all have left it is forgotten, and its late answer is nobody's`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/get/1"), .request(3, "GET", "/get/1"))
        let service = try await server.accept()
        let first = try #require(await service.packets(1).first)
        try await client.send(.reset(1), .reset(3), .request(5, "GET", "/get/1"))
        let second = try #require(await service.packets(1).first)
        #expect(Packet.id(first) != Packet.id(second))
        try await service.send(Packet.answer("\"late\"", to: first) + Packet.answer("\"new\"", to: second))
        #expect(await client.answer(5)?.body == "\"new\"")
        await gateway.stop()
    }

    @Test func `with Cache one answer serves those at once and those after`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port],
            top: "use: { interceptors: [{ Cache: { ttl: 1h } }, Collapse] }")
        let client = try await gateway.connect()
        try await client.send(get("/get/1") + get("/get/1"))
        let service = try await server.accept()
        let packet = try #require(await service.packets(1).first)
        try await service.send(Packet.answer("1", to: packet))
        #expect(await client.receive(until: "\r\n\r\n1") != nil)
        try await client.send(get("/get/1"))
        #expect(await client.receive(until: "age: ") != nil)
        await gateway.stop()
    }
}
