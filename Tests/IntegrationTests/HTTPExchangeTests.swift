import MartletGateway
import TestSupport
import Testing

@Suite struct HTTPExchangeTests {
    private func gateway(
        limits: String = "", _ answer: @escaping @Sendable (String, String) -> String? = { _, id in value("6", id) }
    ) async throws -> TestGateway {
        let server = try await ScriptedServer()
        _ = answering(server, answer)
        return try await TestGateway(routes: standardRoutes, servicePorts: [server.port], limits: limits)
    }

    private func post(_ body: String, extra: String = "") -> String {
        "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(extra)\r\n\(body)"
    }

    @Test func `a body becomes the packet's data and the response the answer, both byte for byte`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: standardRoutes, servicePorts: [server.port])
        let client = try await gateway.connect()
        let body = "{\"big\": 12345678901234567890,\t\"안\":\"😀\\u00e9\"}"
        try await client.send(post("  \(body)\n"))
        let connection = try await server.accept()
        let packet = frames(try #require(await connection.receive(until: "\"}")))[0]
        let id = packetID(packet)
        #expect(packet == "{\"pattern\":{\"cmd\":\"sum\"},\"data\":\(body),\"id\":\"\(id)\"}")
        try await connection.send(value("[ 1.0 , \"안\" ]", id))
        let response = ParsedResponse.parse(try #require(await client.receive(until: "]")))[0]
        #expect(response.status == 200)
        #expect(response.body == "[ 1.0 , \"안\" ]")
        #expect(response.fields["content-type"] == "application/json")
        #expect(response.fields["x-request-id"]?.count == 16)
        #expect(response.fields["date"]?.hasSuffix("GMT") == true)
        await gateway.stop()
    }

    @Test func `path parameters win over the query and stay text`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: standardRoutes, servicePorts: [server.port])
        let client = try await gateway.connect()
        try await client.send("GET /get/4%322?id=9&lang=ko HTTP/1.1\r\nHost: x\r\n\r\n")
        let connection = try await server.accept()
        let packet = frames(try #require(await connection.receive(until: "\"}")))[0]
        #expect(packet.contains("\"data\":{\"lang\":\"ko\",\"id\":\"422\"},"))
        await gateway.stop()
    }

    @Test func `a pattern with one option is reached by that option alone`() async throws {
        let server = try await ScriptedServer()
        let task = answering(server) { _, id in value("6", id) }
        let route = """
              - { id: one, match: GET /one, send: { service: s, pattern: { cmd: { from: $query.op, enum: [sum] } } } }
            """
        let gateway = try await TestGateway(routes: route, servicePorts: [server.port])
        let targets = ["/one?op=sum", "/one?op=drop", "/one"]
        let responses = try await gateway.exchange(targets.map { "GET \($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        #expect(responses.map(\.status) == [200, 400, 400])
        await gateway.stop()
        task.cancel()
    }

    @Test func `pipelined requests are answered in order, also when the service answers in reverse`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: standardRoutes, servicePorts: [server.port])
        let client = try await gateway.connect()
        try await client.send((0..<20).map { post("\($0)") }.joined())
        let connection = try await server.accept()
        var text = ""
        while frames(text).count < 20 { text += try #require(await connection.receive(), "the connection ended") }
        let answers = frames(text).reversed().map { packet in
            value(String(packet.split(separator: "\"data\":")[1].prefix { $0.isNumber }), packetID(packet))
        }
        for answer in answers { try await connection.send(answer) }
        try await client.halfClose()
        let responses = ParsedResponse.parse(await client.receiveAll())
        #expect(responses.map(\.body) == (0..<20).map(String.init))
        await gateway.stop()
    }

    @Test func `more requests than may be in flight wait their turn and are all answered`() async throws {
        let gateway = try await gateway(limits: "pipelined: 4") { packet, id in
            value(String(packet.split(separator: "\"data\":")[1].prefix { $0.isNumber }), id)
        }
        let responses = try await gateway.exchange((0..<200).map { post("\($0)") }.joined())
        #expect(responses.map(\.body) == (0..<200).map(String.init))
        await gateway.stop()
    }

    @Test func `a request may come in any pieces`() async throws {
        let gateway = try await gateway()
        let request = post("[1,2,3]")
        for cut in stride(from: 1, to: request.utf8.count, by: 7) {
            let client = try await gateway.connect()
            let bytes = Array(request.utf8)
            try await client.send(Array(bytes[..<cut]))
            try await client.send(Array(bytes[cut...]))
            try await client.halfClose()
            #expect(ParsedResponse.parse(await client.receiveAll()).map(\.body) == ["6"], "cut at \(cut)")
        }
        await gateway.stop()
    }

    @Test func `a chunked body arrives whole`() async throws {
        let gateway = try await gateway { packet, id in
            value(packet.contains("\"data\":{\"a\":[1,2,3]}") ? "true" : "false", id)
        }
        let head =
            "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        let one = head + "5\r\n{\"a\":\r\n8;x=y\r\n[1,2,3]}\r\n0\r\nTrailer: t\r\n\r\n"
        #expect(try await gateway.exchange(one + one).map(\.body) == ["true", "true"])
        let client = try await gateway.connect()
        for byte in one.utf8 { try await client.send([byte]) }
        try await client.halfClose()
        #expect(ParsedResponse.parse(await client.receiveAll()).map(\.body) == ["true"])
        await gateway.stop()
    }

    @Test func `a waiting client gets 100 Continue, and a refused one gets the refusal without it`() async throws {
        let gateway = try await gateway()
        let expect = "Expect: 100-continue\r\n"
        let client = try await gateway.connect()
        let request = post("[1]", extra: expect)
        try await client.send(String(request.dropLast(3)))
        #expect(await client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try await client.send("[1]")
        let answer = try #require(await client.receive(until: "\r\n\r\n6"))
        #expect(ParsedResponse.parse(answer).map(\.status) == [200])

        for (head, status) in [
            ("POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\(expect)\r\n", 404),
            ("PUT /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\(expect)\r\n", 405),
            ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 3\r\n\(expect)\r\n", 415),
            ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\(expect)\r\n", 413),
            ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 200-ok\r\n\r\n", 417),
        ] {
            let responses = try await gateway.exchange(head, halfClose: false)
            #expect(responses.map(\.status) == [status])
            #expect(responses[0].fields["connection"] == "close")
        }
        await gateway.stop()
    }

    @Test func `HEAD is answered from GET without a body, OPTIONS with the methods, others with 405`() async throws {
        let gateway = try await gateway()
        let client = try await gateway.connect()
        try await client.send("HEAD /get/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let head = await client.receiveAll()
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
        #expect(head.contains("content-length: 1\r\n"))
        let others = try await gateway.exchange(
            "OPTIONS /get/1 HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nDELETE /sum HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        #expect(others.map(\.status) == [204, 204, 405])
        #expect(others[0].fields["allow"] == "GET, HEAD, OPTIONS")
        #expect(others[1].fields["allow"]?.contains("POST") == true)
        #expect(others[2].fields["allow"] == "POST, OPTIONS")
        await gateway.stop()
    }

    @Test func `HTTP/1.0 ends after the answer unless asked otherwise`() async throws {
        let gateway = try await gateway()
        let client = try await gateway.connect()
        try await client.send("GET /get/1 HTTP/1.0\r\n\r\n")
        let one = ParsedResponse.parse(await client.receiveAll())
        #expect(one.map(\.body) == ["6"] && one[0].fields["connection"] == "close")
        let request = "GET /get/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        let two = try await gateway.exchange(request + request)
        #expect(two.map(\.body) == ["6", "6"] && two[0].fields["connection"] == "keep-alive")
        await gateway.stop()
    }

    @Test func `absolute targets, Connection close and bytes after the last request`() async throws {
        let gateway = try await gateway()
        let request = "GET http://elsewhere/get/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        let responses = try await gateway.exchange(request + request, halfClose: false)
        #expect(responses.map(\.body) == ["6"] && responses[0].fields["connection"] == "close")
        await gateway.stop()
    }

    @Test(arguments: [
        ("GET /get/1 HTTP/1.1\nHost: x\n\n", 400), ("GET /get/1 HTTP/1.1\r\n\r\n", 400),
        ("GET /get/1 HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400), ("GET /get/1 HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n[1]", 400),
        ("POST /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n1\r\n0\r\n\r\n", 400),
        ("GET /get/1 HTTP/1.1\r\nHost : x\r\n\r\n", 400), ("GET /get/%2e%2e/x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /get/a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{]", 400),
        ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"a\":1,\"a\":2}", 400),
        ("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"__proto__\":1}", 400),
    ])
    func `a refused request never reaches the service, and what follows is not read as another`(
        _ request: String, _ status: Int
    ) async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: standardRoutes, servicePorts: [server.port])
        let responses = try await gateway.exchange(request)
        #expect(responses.map(\.status) == [status])
        #expect(responses[0].fields["content-type"] == "application/problem+json")
        #expect(responses[0].body.contains("\"status\":\(status)"))
        let metrics = await gateway.gateway.metrics()
        #expect(metrics.upstreamInFlight == 0 && metrics.upstreamQueued == 0 && metrics.requestsInFlight == 0)
        await gateway.stop()
    }

    @Test func `a body above the limit is refused before it is read, or as soon as it is above`() async throws {
        let gateway = try await gateway(limits: "body: 1KiB, uri: 256B, headers: 512B, headerCount: 5")
        let announced = "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 1025\r\n\r\n"
        #expect(try await gateway.exchange(announced, halfClose: false).map(\.status) == [413])
        let chunks =
            "POST /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + String(repeating: "200\r\n\(String(repeating: "1", count: 512))\r\n", count: 3)
        #expect(try await gateway.exchange(chunks, halfClose: false).map(\.status) == [413])
        let long = "GET /\(String(repeating: "a", count: 300)) HTTP/1.1\r\nHost: x\r\n\r\n"
        #expect(try await gateway.exchange(long, halfClose: false).map(\.status) == [414])
        let wide = "GET /get/1 HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "a", count: 600))\r\n\r\n"
        #expect(try await gateway.exchange(wide, halfClose: false).map(\.status) == [431])
        let many = "GET /get/1 HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 5) + "\r\n"
        #expect(try await gateway.exchange(many, halfClose: false).map(\.status) == [431])
        await gateway.stop()
    }

    @Test func `slow heads and bodies end with 408, idle connections without a word`() async throws {
        let gateway = try await gateway(limits: "headerTimeout: 100ms, bodyTimeout: 100ms, idleTimeout: 2s")
        #expect(try await gateway.exchange("GET /get/1 HT", halfClose: false).map(\.status) == [408])
        let body = "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n[1"
        #expect(try await gateway.exchange(body, halfClose: false).map(\.status) == [408])
        #expect(try await gateway.exchange("", halfClose: false).isEmpty)
        let idle = try await gateway.connect()
        try await idle.send(post("[1]"))
        #expect(ParsedResponse.parse(await idle.receiveAll()).map(\.status) == [200])
        await gateway.stop()
    }

    @Test func `connections above the limit get one 503 and their end`() async throws {
        let gateway = try await gateway(limits: "connections: 2")
        let one = try await gateway.connect()
        try await one.send(post("[1]"))
        _ = await one.receive(until: "\r\n\r\n6")
        let two = try await gateway.connect()
        try await two.send(post("[1]"))
        _ = await two.receive(until: "\r\n\r\n6")
        let three = try await gateway.connect()
        let refused = ParsedResponse.parse(await three.receiveAll())
        #expect(refused.map(\.status) == [503])
        #expect(refused.first?.fields["retry-after"] == "1")
        try await one.close()
        // The place is free once the gateway has seen the end.
        try await eventually("connectionsOpen <= 1") { await gateway.gateway.metrics().connectionsOpen <= 1 }
        #expect(try await gateway.exchange(post("[1]")).map(\.status) == [200])
        await gateway.stop()
    }

    @Test func `a stalled request does not take the answer of the one before it`() async throws {
        let server = try await ScriptedServer()
        for rest in ["GET /get/2 HT", "POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[1"] {
            let gateway = try await TestGateway(
                routes: standardRoutes, servicePorts: [server.port], limits: "headerTimeout: 100ms, bodyTimeout: 100ms")
            let client = try await gateway.connect()
            try await client.send("GET /get/1 HTTP/1.1\r\nHost: x\r\n\r\n" + rest)
            let connection = try await server.accept()
            let id = packetID(try #require(await connection.receive(until: "}")))
            // Both are in: the second has been given up.
            try await eventually("requestsInFlight >= 2") { await gateway.gateway.metrics().requestsInFlight >= 2 }
            try await connection.send(value("\"first\"", id))
            let responses = ParsedResponse.parse(await client.receiveAll())
            #expect(responses.map(\.status) == [200, 408])
            #expect(responses.first?.body == "\"first\"" && responses.last?.fields["connection"] == "close")
            await gateway.stop()
        }
    }

    @Test func `a request that waits for a place is sent as soon as there is one`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port],
            service: "timeout: 30s, pool: { max: 1, maxInFlightPerConnection: 1, queueTimeout: 30s }")
        let one = try await gateway.connect()
        let two = try await gateway.connect()
        try await one.send("GET /get/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        let connection = try await server.accept()
        let first = packetID(try #require(await connection.receive(until: "}")))
        try await two.send("GET /get/2 HTTP/1.1\r\nHost: x\r\n\r\n")
        try await eventually("upstreamQueued >= 1") { await gateway.gateway.metrics().upstreamQueued >= 1 }
        try await connection.send(value("1", first))
        let second = packetID(try #require(await connection.receive(until: "}")))
        try await connection.send(value("2", second))
        #expect(try #require(await two.receive(until: "\r\n\r\n2")).hasPrefix("HTTP/1.1 200"))
        await gateway.stop()
    }

    @Test func `many small answers may together be larger than the limit for one`() async throws {
        let text = "\"" + String(repeating: "x", count: 900) + "\""
        let server = try await ScriptedServer()
        _ = answering(server) { _, id in value(text, id) + value(text, id) }
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port], service: "timeout: 30s, limits: { answer: 1KiB }")
        let responses = try await gateway.exchange((0..<32).map { post("\($0)") }.joined())
        #expect(responses.map(\.status) == Array(repeating: 200, count: 32))
        await gateway.stop()
    }
}
