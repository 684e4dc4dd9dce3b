import MartletGateway
import TestSupport
import Testing

/// HTTP/2 over real sockets: the same routes and answers as over HTTP/1.1.
@Suite(.serialized) struct HTTP2ExchangeTests {
    private static let routes =
        standardRoutes + """

              - { id: echo, match: POST /echo, send: { service: s, pattern: echo }, limits: { body: 4KiB } }
              - { id: upload, match: POST /upload, send: { service: s, pattern: echo }, limits: { body: 1MiB } }
              - { id: big, match: GET /big, send: { service: s, pattern: big } }
              - { id: huge, match: GET /huge, send: { service: s, pattern: huge } }
              - { id: who, match: GET /who, send: { service: s, pattern: who }, payload: { cookie: $header.cookie, host: $request.host } }
              - { id: flow, match: GET /flow, send: { service: s, pattern: flow }, response: { stream: sse }, timeout: none }
            """

    /// A gateway and its service; every packet is answered by its pattern.
    private func start(
        listen: String = "\"127.0.0.1:0\"", limits: String = "", http2: String = "",
        _ answer: @escaping @Sendable (_ packet: String, _ id: String) -> String? = HTTP2ExchangeTests.answer
    ) async throws -> (TestGateway, Task<Void, any Error>) {
        let server = try await ScriptedServer()
        let task = answering(server, answer)
        let gateway = try await TestGateway(
            routes: Self.routes, servicePorts: [server.port], listen: listen, limits: limits, http2: http2)
        return (gateway, task)
    }

    private static func answer(_ packet: String, _ id: String) -> String? {
        if packet.contains("\"big\"") { return value("\"" + String(repeating: "x", count: 300_000) + "\"", id) }
        if packet.contains("\"huge\"") { return value("\"" + String(repeating: "x", count: 3_000_000) + "\"", id) }
        if packet.contains("\"flow\"") {
            return frame("{\"response\":1,\"id\":\"\(id)\"}") + frame("{\"response\":2,\"id\":\"\(id)\"}")
                + frame("{\"isDisposed\":true,\"id\":\"\(id)\"}")
        }
        return value(Packet.payload(packet), id)
    }

    @Test(arguments: ["\"127.0.0.1:0\"", "{ address: \"127.0.0.1:0\", protocols: [h2c] }"])
    func `requests side by side are answered`(listen: String) async throws {
        let (gateway, task) = try await start(listen: listen)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(
            .request(1, "GET", "/get/7"), .request(3, "POST", "/sum", endsStream: false),
            .data(3, "[1,", endsStream: false),
            .request(5, "GET", "/nope"), .data(3, "2]"), .request(7, "DELETE", "/sum"), .request(9, "HEAD", "/get/8"))
        #expect(await client.answer(1)?.body == "{\"id\":\"7\"}")
        #expect(await client.answer(3)?.body == "[1,2]")
        #expect(await client.answer(5)?.status == 404)
        let refused = await client.answer(7)
        #expect(refused?.status == 405)
        #expect(refused?.fields["allow"] == "POST, OPTIONS")
        let head = await client.answer(9)
        #expect(head?.fields["content-length"] == "10")
        #expect(head?.body == "")
        await gateway.stop()
        task.cancel()
    }

    @Test func `answers that come in one read leave as each client's window allows`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: Self.routes, servicePorts: [server.port])
        let narrow = try await HTTP2TestConnection.open(port: gateway.port, settings: [(4, 5)])
        let wide = try await HTTP2TestConnection.open(port: gateway.port)
        let numbers = Array(0..<8)
        for client in [narrow, wide] {
            try await client.send(numbers.map { .request(1 + 2 * $0, "GET", "/get/\($0)") })
        }
        let connection = try await server.accept()
        let packets = await connection.packets(16)
        let answers = packets.map { value(Packet.payload($0), packetID($0)) }
        try await connection.send(answers.joined())
        for number in numbers {
            #expect(await wide.answer(1 + 2 * number)?.body == "{\"id\":\"\(number)\"}")
            #expect(await narrow.body(1 + 2 * number, until: "{\"id\"") == "{\"id\"")
        }
        for number in numbers.reversed() { try await narrow.send(.windowUpdate(1 + 2 * number, 100)) }
        for number in numbers { #expect(await narrow.answer(1 + 2 * number)?.body == "{\"id\":\"\(number)\"}") }
        await gateway.stop()
        await server.stop()
    }

    @Test func `a port for both versions goes on speaking HTTP 1`() async throws {
        let (gateway, task) = try await start()
        let answers = try await gateway.exchange(Ask.get("/get/1") + Ask.get("/get/2"))
        #expect(answers.map(\.body) == ["{\"id\":\"1\"}", "{\"id\":\"2\"}"])
        await gateway.stop()
        task.cancel()
    }

    @Test func `the preface may come byte by byte`() async throws {
        let (gateway, task) = try await start()
        let raw = try await gateway.connect()
        for byte in HTTP2TestFrame.start + HTTP2TestFrame.request(1, "GET", "/get/7").bytes {
            try await raw.send([byte])
        }
        let client = HTTP2TestConnection(raw)
        #expect(await client.answer(1)?.body == "{\"id\":\"7\"}")
        await gateway.stop()
        task.cancel()
    }

    @Test(arguments: ["INVALID CONNECTION PREFACE\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"])
    func `an invalid preface closes the connection`(preface: String) async throws {
        let (gateway, task) = try await start()
        let raw = try await gateway.connect()
        try await raw.send(preface)
        #expect(await !raw.receiveAll().contains("HTTP/1.1"))
        await gateway.stop()
        task.cancel()
    }

    @Test func `a listener without h2c refuses the preface as before`() async throws {
        let (gateway, task) = try await start(listen: "{ address: \"127.0.0.1:0\", protocols: [http1] }")
        let answers = try await gateway.exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(answers.map(\.status) == [505])
        await gateway.stop()
        task.cancel()
    }

    @Test func `Upgrade h2c is ignored`() async throws {
        let (gateway, task) = try await start()
        let answers = try await gateway.exchange(
            "GET /get/1 HTTP/1.1\r\nhost: t\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
                + "http2-settings: AAMAAABkAAQAAP__\r\n\r\n")
        #expect(answers.map(\.status) == [200])
        await gateway.stop()
        task.cancel()
    }

    @Test func `what is too large is refused before it is read`() async throws {
        let (gateway, task) = try await start(limits: "uri: 100B, headers: 1KiB")
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(
            .request(1, "POST", "/echo", fields: [("content-length", "5000")], endsStream: false),
            .request(3, "GET", "/get/" + String(repeating: "a", count: 100)),
            .request(5, "GET", "/get/1", fields: [("x", String(repeating: "a", count: 2000))]),
            .request(7, "POST", "/echo", fields: [("content-type", "text/html")], endsStream: false),
            .request(9, "POST", "/echo", fields: [("expect", "x")], endsStream: false))
        for (stream, status, code) in [
            (1, 413, "body_too_large"), (3, 414, "request_line_too_long"), (5, 431, "headers_too_large"),
            (7, 415, "unsupported_media_type"), (9, 417, "expectation_failed"),
        ] {
            let answer = await client.answer(stream)
            #expect(answer?.status == status)
            #expect(answer?.body.contains("\"code\":\"\(code)\"") == true)
        }
        // A body that was not announced is cut off where it becomes too large.
        try await client.send(.request(11, "POST", "/echo", endsStream: false))
        try await client.send(.data(11, "\"" + String(repeating: "a", count: 5000), endsStream: false))
        #expect(await client.answer(11)?.status == 413)
        #expect(await client.answer(11)?.body.isEmpty == false)
        await gateway.stop()
        task.cancel()
    }

    @Test func `cookies in pieces reach the service in one`() async throws {
        let (gateway, task) = try await start()
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/who", fields: [("cookie", "a=1"), ("cookie", "b=2")]))
        #expect(await client.answer(1)?.body == "{\"cookie\":\"a=1; b=2\",\"host\":\"localhost\"}")
        await gateway.stop()
        task.cancel()
    }

    @Test func `values of a stream come as they are`() async throws {
        let (gateway, task) = try await start()
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/flow"))
        let answer = await client.answer(1)
        #expect(answer?.body == "data: 1\n\ndata: 2\n\n")
        #expect(answer?.fields["content-type"] == "text/event-stream")
        await gateway.stop()
        task.cancel()
    }

    @Test func `a stream whose window is shut does not stop the others`() async throws {
        let (gateway, task) = try await start()
        // Nobody may send more than 1000 bytes on a stream, but on all together.
        let client = try await HTTP2TestConnection.open(port: gateway.port, settings: [(4, 1000)])
        try await client.send(.request(1, "GET", "/big"))
        #expect(await client.body(1, until: "xxx") != nil)
        for id in stride(from: 3, to: 103, by: 2) {
            try await client.send(.request(id, "GET", "/get/\(id)"))
            #expect(await client.answer(id)?.body == "{\"id\":\"\(id)\"}")
        }
        try await client.send(.windowUpdate(1, 1 << 20), .windowUpdate(0, 1 << 20))
        #expect(await client.answer(1)?.body.utf8.count == 300_002)
        await gateway.stop()
        task.cancel()
    }

    @Test func `an answer of megabytes that nobody reads stops no other`() async throws {
        let (gateway, task) = try await start()
        let client = try await HTTP2TestConnection.open(port: gateway.port, settings: [(4, 100_000)])
        try await client.send(.windowUpdate(0, 1 << 30), .request(1, "GET", "/huge"))
        #expect(await client.body(1, until: "xxx") != nil)
        try await client.send(.request(3, "GET", "/get/3"))
        #expect(await client.answer(3)?.body == "{\"id\":\"3\"}")
        try await client.send(.windowUpdate(1, 1 << 30))
        #expect(await client.answer(1)?.body.utf8.count == 3_000_002)
        await gateway.stop()
        task.cancel()
    }

    @Test func `a long answer leaves in turn with a short one`() async throws {
        let (gateway, task) = try await start()
        // The short one is asked for while the connection's window is shut, so both are ready when it opens.
        let client = try await HTTP2TestConnection.open(port: gateway.port, settings: [(4, 1 << 30)])
        try await client.send(.request(1, "GET", "/huge"))
        #expect(await client.body(1, until: "xxx") != nil)
        try await client.send(.request(3, "GET", "/get/3"))
        #expect(await client.head(3) != nil)
        try await client.send(.windowUpdate(0, 100_000))
        #expect(await client.answer(3)?.body == "{\"id\":\"3\"}")
        try await client.close()
        await gateway.stop()
        task.cancel()
    }

    @Test func `a client that ends its direction reads all its answers`() async throws {
        let (gateway, task) = try await start()
        let raw = try await gateway.connect()
        let client = try await HTTP2TestConnection.open(on: raw, settings: [(4, 1 << 30)])
        let ids = Array(stride(from: 1, to: 17, by: 2))
        try await client.send([.windowUpdate(0, 1 << 30)] + ids.map { .request($0, "GET", "/huge") })
        try await raw.halfClose()
        for id in ids { #expect(await client.answer(id)?.body.utf8.count == 3_000_002) }
        await client.receiveEnd()
        await gateway.stop()
        task.cancel()
    }

    @Test func `bodies of many requests come in together`() async throws {
        let (gateway, task) = try await start()
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        let ids = Array(stride(from: 1, to: 101, by: 2))
        try await client.send(ids.map { .request($0, "POST", "/echo", endsStream: false) })
        for id in ids { try await client.send(.data(id, "[\(id),", endsStream: false)) }
        for id in ids.reversed() { try await client.send(.data(id, "\(id)]")) }
        for id in ids { #expect(await client.answer(id)?.body == "[\(id),\(id)]") }
        await gateway.stop()
        task.cancel()
    }

    @Test func `when the oldest upload ends, however small it was, the next one may go on`() async throws {
        let (gateway, task) = try await start()
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        let piece = String(repeating: "x", count: 60_000)
        func more(_ id: Int) -> [HTTP2TestFrame] {
            (0..<4).map { _ in .data(id, String(piece.prefix(15_000)), endsStream: false) }
        }
        // Together more than is held of bodies that are not whole, so that only the oldest is let go on.
        let ids = Array(stride(from: 3, to: 153, by: 2))
        try await client.send(.request(1, "POST", "/upload", endsStream: false))
        for id in ids { try await client.send([.request(id, "POST", "/upload", endsStream: false)] + more(id)) }
        #expect(await client.other { $0.kind == .windowUpdate && $0.stream == 3 } != nil)
        try await client.send(more(3) + [.ping()])
        #expect(await client.other { $0.kind == .ping } != nil)
        try await client.send(.data(1, ""), .ping("answer-1"))
        var isOpened = false
        for text in ["answer-1", "answer-2"] {
            let found = await client.other { frame in
                if frame.kind == .windowUpdate, frame.stream == 3 { isOpened = true }
                return frame.kind == .ping && frame.payload == Array(text.utf8)
            }
            #expect(found != nil)
            // An answer to a PING may overtake what was said before it; the next one does not.
            try await client.send(.ping("answer-2"))
        }
        #expect(isOpened)
        await gateway.stop()
        task.cancel()
    }

    @Test func `a client that resets a request is forgotten at once`() async throws {
        let (gateway, task) = try await start { packet, id in packet.contains("\"cmd\"") ? nil : value("1", id) }
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/get/1"))
        try await eventually("the request is at the service") { await gateway.gateway.metrics().upstreamInFlight == 1 }
        try await client.send(.reset(1), .ping())
        #expect(await client.other { $0.kind == .ping } != nil)
        let metrics = await gateway.gateway.metrics()
        #expect(metrics.upstreamInFlight == 0)
        #expect(metrics.requestsInFlight == 0)
        #expect(metrics.requestsAbandoned == 1)
        await gateway.stop()
        task.cancel()
    }

    @Test func `a client that asks to go on before its body is told to`() async throws {
        let (gateway, task) = try await start()
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(
            .request(1, "POST", "/echo", fields: [("expect", "100-continue")], endsStream: false), .ping())
        #expect(await client.other { $0.kind == .ping } != nil)
        try await client.send(.data(1, "[1]"))
        #expect(await client.answer(1)?.body == "[1]")
        await gateway.stop()
        task.cancel()
    }

    // MARK: The end

    @Test func `a gateway that stops says so and answers what it has`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: Self.routes, servicePorts: [server.port])
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/get/1"))
        let service = try await server.accept()
        let first = try #require(await service.packets(1).first)
        async let stopped: Void = gateway.stop()
        #expect(await client.other { $0.kind == .goAway }?.lastStream == 0x7FFF_FFFF)
        // What was sent before the client heard of it is still taken.
        try await client.send(.request(3, "GET", "/get/3"))
        let second = try #require(await service.packets(1).first)
        let ping = try #require(await client.other { $0.kind == .ping && $0.flags == 0 })
        try await client.send(HTTP2TestFrame(type: 6, flags: 1, payload: ping.payload))
        #expect(await client.other { $0.kind == .goAway }?.lastStream == 3)
        try await service.send(Packet.answer("\"one\"", to: first) + Packet.answer("\"three\"", to: second))
        #expect(await client.answer(1)?.body == "\"one\"")
        #expect(await client.answer(3)?.body == "\"three\"")
        await client.receiveEnd()
        await stopped
    }

    @Test func `a connection that had its number of requests is replaced without losing one`() async throws {
        let (gateway, task) = try await start(limits: "requestsPerConnection: 3")
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        for id in [1, 3, 5] { try await client.send(.request(id, "GET", "/get/\(id)")) }
        #expect(await client.other { $0.kind == .goAway } != nil)
        try await client.send(.request(7, "GET", "/get/7"))
        #expect(await client.answer(7)?.body == "{\"id\":\"7\"}")
        let ping = try #require(await client.other { $0.kind == .ping })
        try await client.send(HTTP2TestFrame(type: 6, flags: 1, payload: ping.payload))
        #expect(await client.other { $0.kind == .goAway }?.lastStream == 7)
        await client.receiveEnd()
        let answers = try await gateway.exchange(String(repeating: Ask.get("/get/1"), count: 4))
        #expect(answers.map { $0.fields["connection"] } == [nil, nil, "close"])
        await gateway.stop()
        task.cancel()
    }
}
