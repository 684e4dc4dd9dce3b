import TestSupport
import Testing

/// Whose id a request has, and who gets to know it.
@Suite struct RequestIdTests {
    private let trusting = "interceptors: [{ RequestId: { trustIncoming: true } }]"

    @Test func `a trusted id is in the answer and the packet`() async throws {
        let gateway = try await BuiltInGateway(
            standardRoutes
                + "\n  - { id: own, match: GET /own, send: { service: s, pattern: own }, payload: $request.id }",
            use: trusting)
        for id in [
            "a", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "Root=1-67891233-abcdef", "a/b:c~d+e._-",
            String(repeating: "x", count: 64),
        ] {
            let answer = try await gateway.ask("GET /get/7", "X-Request-ID: \(id)")
            #expect(answer.status == 200)
            #expect(answer["x-request-id"] == id)
            #expect(gateway.packets.metadata == "{\"x-request-id\":\"\(id)\"}")
            #expect(try await gateway.ask("GET /own", "x-request-id: \(id)").body == "\"\(id)\"")
        }
        let posted = try await gateway.post("/sum", "[1]", "x-request-id: abc")
        #expect(posted["x-request-id"] == "abc")
        #expect(gateway.packets.metadata == "{\"x-request-id\":\"abc\"}")
        let event = try await gateway.post("/event", "{}", "x-request-id: abc")
        #expect(event.status == 202)
        #expect(event["x-request-id"] == "abc")
        await gateway.stop()
    }

    @Test(arguments: [
        "x-request-id:", "x-request-id: a b", "x-request-id: a\"b", "x-request-id: a,b", "x-request-id: é",
        "x-request-id: {}", "x-request-id: \(String(repeating: "x", count: 65))",
        "x-request-id: abc\r\nx-request-id: abc", "x-request-id: abc\r\nx-request-id: a b",
        "x-request-id: a%0d%0ab", "x-request-id: a\tb", "x-request-id: a\\u000d",
    ])
    func `what is no id gets one of ours`(line: String) async throws {
        let gateway = try await BuiltInGateway(use: trusting)
        let answer = try await gateway.ask("GET /get/7", line)
        let id = try #require(answer["x-request-id"])
        #expect(id.utf8.count == 16 && id.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        #expect(gateway.packets.metadata == "{\"x-request-id\":\"\(id)\"}")
        await gateway.stop()
    }

    @Test(arguments: [
        "x-request-id: a\rb", "x-request-id: a\r\n b", "x-request-id: a\nset-cookie: b\n", "x-request-id: a\u{0}",
    ])
    func `an id that would bring in other lines ends the request`(line: String) async throws {
        let gateway = try await BuiltInGateway(use: trusting)
        let answer = try await gateway.ask("GET /get/7", line)
        #expect([200, 400].contains(answer.status))
        #expect(answer["set-cookie"] == nil)
        #expect(answer["x-request-id"]?.utf8.count == 16 || answer["x-request-id"] == "a")
        await gateway.stop()
    }

    @Test func `without trust a client's id counts for nothing`() async throws {
        let gateway = try await BuiltInGateway(use: "interceptors: [RequestId]")
        let answer = try await gateway.ask("GET /get/7", "x-request-id: abc")
        let id = try #require(answer["x-request-id"])
        #expect(id != "abc" && id.utf8.count == 16)
        #expect(gateway.packets.metadata == "{\"x-request-id\":\"\(id)\"}")
        await gateway.stop()
    }

    @Test func `without the interceptor packets say nothing`() async throws {
        let gateway = try await BuiltInGateway()
        #expect(try await gateway.ask("GET /get/7", "x-request-id: abc")["x-request-id"] != "abc")
        #expect(gateway.packets.metadata == nil)
        await gateway.stop()
    }

    @Test func `another header brings the id in, and takes it out beside ours`() async throws {
        let gateway = try await BuiltInGateway(
            use: "interceptors: [{ RequestId: { header: X-Correlation-Id, trustIncoming: true } }]")
        let answer = try await gateway.ask("GET /get/7", "x-correlation-id: abc", "x-request-id: other")
        #expect(answer["x-correlation-id"] == "abc")
        #expect(answer["x-request-id"] == "abc")
        #expect(gateway.packets.metadata == "{\"x-request-id\":\"abc\"}")
        let ours = try await gateway.ask("GET /get/7", "x-request-id: other")
        #expect(ours["x-correlation-id"] == ours["x-request-id"])
        #expect(ours["x-correlation-id"] != "other")
        let error = try await gateway.post("/sum", "[", "x-correlation-id: abc")
        #expect(error.status == 400)
        #expect(error["x-correlation-id"] == "abc")
        await gateway.stop()
    }

    @Test func `a field of the route's own is not doubled`() async throws {
        let gateway = try await BuiltInGateway(
            """
              - { id: own, match: GET /own, send: { service: s, pattern: a }, response: { headers: { x-correlation-id: mine } } }
            """, use: "interceptors: [{ RequestId: { header: x-correlation-id } }]")
        #expect(try await gateway.ask("GET /own")["x-correlation-id"] == "mine")
        await gateway.stop()
    }

    @Test func `errors name it`() async throws {
        let gateway = try await BuiltInGateway(
            use: "\(trusting), guards: [{ IpDeny: { ranges: [192.0.2.1] } }]",
            answer: { _, id in
                frame("{\"err\":{\"statusCode\":409,\"message\":\"m\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
            })
        let service = try await gateway.ask("GET /get/7", "x-request-id: abc")
        #expect(service.status == 409)
        #expect(service["x-request-id"] == "abc")
        #expect(service.body.contains("\"instance\":\"abc\""))
        let body = try await gateway.post("/sum", "[", "x-request-id: abc")
        #expect(body.status == 400)
        #expect(body.body.contains("\"instance\":\"abc\""))
        await gateway.stop()
    }

    @Test func `a guard's refusal names it, with a body on its way or without`() async throws {
        let gateway = try await BuiltInGateway(
            use: "\(trusting), guards: [{ IpDeny: { ranges: [127.0.0.1] } }]")
        for answer in [
            try await gateway.ask("GET /get/7", "x-request-id: abc"),
            try await gateway.post("/sum", "[]", "x-request-id: abc"),
        ] {
            #expect(answer.status == 403)
            #expect(answer["x-request-id"] == "abc")
            #expect(answer.body.contains("\"instance\":\"abc\""))
        }
        #expect(gateway.packets.count == 0)
        await gateway.stop()
    }

    @Test func `the access line names it`() async throws {
        let lines = try AccessLines()
        let gateway = try await BuiltInGateway(use: trusting, accessLog: lines.writer)
        _ = try await gateway.ask("GET /get/7", "x-request-id: abc")
        _ = try await gateway.ask("GET /get/7", "x-request-id: a b")
        await gateway.stop()
        let written = lines.read()
        #expect(written.count == 2)
        #expect(written.first?.hasSuffix(" id=abc") == true)
        #expect(written.last?.hasSuffix(" id=a b") == false)
    }

    @Test func `over HTTP 2 it may be as long`() async throws {
        let gateway = try await BuiltInGateway(use: trusting)
        let client = try await HTTP2TestConnection.open(port: gateway.gateway.port)
        let long = String(repeating: "0123456789abcdef", count: 4)
        try await client.send(
            .request(1, "GET", "/get/7", fields: [("x-request-id", long)]),
            .request(3, "GET", "/get/7", fields: [("x-request-id", long + "0")]),
            .request(5, "POST", "/sum", fields: [("x-request-id", long)], endsStream: false), .data(5, "["),
            .request(7, "GET", "/get/7", fields: [("x-request-id", "a"), ("x-request-id", "b")]))
        #expect(await client.answer(1)?.fields["x-request-id"] == long)
        #expect(await client.answer(3)?.fields["x-request-id"]?.utf8.count == 16)
        let error = await client.answer(5)
        #expect(error?.status == 400)
        #expect(error?.fields["x-request-id"] == long)
        #expect(error?.body.contains("\"instance\":\"\(long)\"") == true)
        #expect(await client.answer(7)?.fields["x-request-id"]?.utf8.count == 16)
        await gateway.stop()
    }
}
