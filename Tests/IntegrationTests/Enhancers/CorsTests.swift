import TestSupport
import Testing

/// What browsers are told of answers that pages of other origins ask for.
@Suite struct CorsTests {
    private let named =
        "Cors: { origins: [https://app.example.com, \"https://*.shop.example\"], credentials: true, exposedHeaders: [X-Total] }"

    private func gateway(_ cors: String, more: String = "") async throws -> BuiltInGateway {
        try await BuiltInGateway(
            """
            \(standardRoutes)
              - { id: put, match: PUT|PATCH /get/:id, send: { service: s, pattern: put }, limits: { body: 4B } }
              - { id: open, match: GET /open, send: { service: s, pattern: open }, without: [Cors] }
              - { id: stream, match: GET /stream, send: { service: s, pattern: open }, response: { stream: ndjson } }
            """, use: "interceptors: [{ \(cors) }]\(more)")
    }

    private func expectFields(_ answer: FullAnswer, _ origin: String?, _ status: Int) {
        #expect(answer.status == status)
        #expect(answer["access-control-allow-origin"] == origin)
        #expect(answer["access-control-allow-credentials"] == (origin == nil ? nil : "true"))
        #expect(answer["access-control-expose-headers"] == (origin == nil ? nil : "x-total"))
        #expect(answer[all: "vary"] == ["origin"])
    }

    @Test(arguments: [
        ("https://app.example.com", true), ("HTTPS://App.Example.COM", true), ("https://a.shop.example", true),
        ("https://a.b.shop.example", true), ("https://shop.example", false), ("https://.shop.example", false),
        ("https://evilshop.example", false), ("http://app.example.com", false), ("https://app.example.com:8443", false),
        ("https://app.example.com.evil.example", false), ("https://a.shop.example.evil", false), ("null", false),
        ("https://a.shop.example:444", false), ("https://evil.example/a.shop.example", false),
        ("https://evil.example:1.shop.example", false), ("https://u@.shop.example", false),
        ("https://evil.example?.shop.example", false), ("https://evil.example#.shop.example", false), ("*", false),
        ("https://*.shop.example", false), ("", false),
    ])
    func `an origin is let in by its name`(origin: String, isAllowed: Bool) async throws {
        let gateway = try await gateway(named)
        expectFields(try await gateway.ask("GET /get/7", "origin: \(origin)"), isAllowed ? origin : nil, 200)
        await gateway.stop()
    }

    @Test func `a request without origin, or with two, gets no permission`() async throws {
        let gateway = try await gateway(named)
        expectFields(try await gateway.ask("GET /get/7"), nil, 200)
        let two = "origin: https://app.example.com\r\norigin: https://app.example.com"
        expectFields(try await gateway.ask("GET /get/7", two), nil, 200)
        #expect(try await gateway.ask("GET /open", "origin: https://app.example.com")[all: "vary"].isEmpty)
        await gateway.stop()
    }

    @Test func `any origin means any, and answers do not depend on it`() async throws {
        let gateway = try await gateway("Cors: { origins: \"*\" }")
        for origin in ["https://a.example", "null"] {
            let answer = try await gateway.ask("GET /get/7", "origin: \(origin)")
            #expect(answer["access-control-allow-origin"] == "*")
            #expect(answer["access-control-allow-credentials"] == nil)
            #expect(answer[all: "vary"].isEmpty)
        }
        #expect(try await gateway.ask("GET /get/7")["access-control-allow-origin"] == nil)
        await gateway.stop()
    }

    @Test func `errors, refusals, streams and empty answers carry the fields too`() async throws {
        let gateway = try await gateway(named, more: ", guards: [{ RateLimit: { limit: 7, per: 1h } }]")
        let origin = "origin: https://app.example.com"
        expectFields(try await gateway.post("/sum", "[", origin), "https://app.example.com", 400)
        expectFields(try await gateway.post("/sum", "a=1", type: "text/plain", origin), "https://app.example.com", 415)
        expectFields(try await gateway.post("/event", "{}", origin), "https://app.example.com", 202)
        expectFields(try await gateway.ask("GET /stream", origin), "https://app.example.com", 200)
        expectFields(try await gateway.ask("HEAD /get/7", origin), "https://app.example.com", 200)
        // Admitted, then too large.
        let long = "PUT /get/7 HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\n\(origin)\r\n"
        let announced = try #require(try await gateway.gateway.exchange(long + "content-length: 5\r\n\r\n[111]").first)
        #expect(announced.status == 413)
        #expect(announced.fields["access-control-allow-origin"] == "https://app.example.com")
        let chunked = try #require(
            try await gateway.gateway.exchange(long + "transfer-encoding: chunked\r\n\r\n5\r\n[111]\r\n0\r\n\r\n").first
        )
        #expect(chunked.status == 413)
        #expect(chunked.fields["access-control-allow-origin"] == "https://app.example.com")
        expectFields(try await gateway.ask("GET /get/7", origin), "https://app.example.com", 429)
        await gateway.stop()
    }

    @Test func `a preflight is answered without guards and without the service`() async throws {
        let gateway = try await gateway(named, more: ", guards: [{ IpDeny: { ranges: [127.0.0.1] } }]")
        let answer = try await gateway.ask(
            "OPTIONS /get/7", "origin: https://app.example.com", "access-control-request-method: PUT",
            "access-control-request-headers: x-a, content-type")
        #expect(answer.status == 204)
        #expect(answer["access-control-allow-origin"] == "https://app.example.com")
        #expect(answer["access-control-allow-credentials"] == "true")
        #expect(answer["access-control-allow-methods"] == "GET, HEAD, PUT, PATCH, OPTIONS")
        #expect(answer["access-control-allow-headers"] == "x-a, content-type")
        #expect(answer["access-control-max-age"] == "600")
        #expect(answer["access-control-expose-headers"] == nil)
        #expect(answer[all: "vary"] == ["origin, access-control-request-method, access-control-request-headers"])
        #expect(gateway.packets.count == 0)
        await gateway.stop()
    }

    @Test func `what the file names goes before what is asked for`() async throws {
        let gateway = try await gateway(
            "Cors: { origins: [\"http://[::1]:3000\"], methods: [GET, PUT], headers: [X-A, x-b], maxAge: 1h }")
        let answer = try await gateway.ask(
            "OPTIONS /get/7", "origin: http://[::1]:3000", "access-control-request-method: PUT",
            "access-control-request-headers: x-evil")
        #expect(answer["access-control-allow-origin"] == "http://[::1]:3000")
        #expect(answer["access-control-allow-methods"] == "GET, PUT")
        #expect(answer["access-control-allow-headers"] == "x-a, x-b")
        #expect(answer["access-control-max-age"] == "3600")
        await gateway.stop()
    }

    @Test func `a preflight gets no permission where there is none`() async throws {
        let gateway = try await gateway(named)
        for (path, origin, method, status) in [
            ("/get/7", "https://evil.example", "PUT", 204), ("/get/7", "null", "PUT", 204),
            ("/get/7", "https://app.example.com", "DELETE", 204), ("/get/7", "https://app.example.com", "get", 204),
            ("/open", "https://app.example.com", "GET", 204), ("/none", "https://app.example.com", "GET", 404),
        ] {
            let answer = try await gateway.ask(
                "OPTIONS \(path)", "origin: \(origin)", "access-control-request-method: \(method)")
            #expect(answer.status == status, "\(path) \(method)")
            #expect(!answer.lines.contains { $0.name.hasPrefix("access-control-") }, "\(path) \(method)")
        }
        await gateway.stop()
    }

    @Test func `headers that cannot stand in an answer are not given back`() async throws {
        let gateway = try await gateway(named)
        let long = String(repeating: "x", count: 1025)
        for asked in [long, "a\u{1}b"] {
            let answer = try await gateway.ask(
                "OPTIONS /get/7", "origin: https://app.example.com", "access-control-request-method: GET",
                "access-control-request-headers: \(asked)")
            #expect(answer["access-control-allow-headers"] == nil)
        }
        await gateway.stop()
    }

    @Test func `any other OPTIONS is as without it`() async throws {
        let gateway = try await gateway(named)
        for answer in [
            try await gateway.ask("OPTIONS /get/7"),
            try await gateway.ask("OPTIONS /get/7", "access-control-request-method: PUT"),
            try await gateway.ask("OPTIONS /get/7", "origin: https://app.example.com"),
            try await gateway.ask("OPTIONS *"),
        ] {
            #expect(answer.status == 204)
            #expect(answer["allow"]?.contains("GET, HEAD") == true)
            #expect(!answer.lines.contains { $0.name.hasPrefix("access-control-") })
        }
        await gateway.stop()
    }

    @Test func `over HTTP 2 it is the same`() async throws {
        let gateway = try await gateway(named)
        let client = try await HTTP2TestConnection.open(port: gateway.gateway.port)
        let origin = ("origin", "https://app.example.com")
        try await client.send(
            .request(1, "GET", "/get/7", fields: [origin]),
            .request(3, "OPTIONS", "/get/7", fields: [origin, ("access-control-request-method", "PATCH")]),
            .request(5, "PUT", "/get/7", fields: [origin, ("content-type", "application/json")], endsStream: false),
            .data(5, "[111]"),
            .request(
                7, "PUT", "/get/7", fields: [origin, ("content-type", "application/json"), ("content-length", "5")],
                endsStream: false), .data(7, "[111]"))
        for (stream, status) in [(1, 200), (3, 204), (5, 413), (7, 413)] {
            let answer = await client.answer(stream)
            #expect(answer?.status == status)
            #expect(answer?.fields["access-control-allow-origin"] == "https://app.example.com", "\(stream)")
        }
        await gateway.stop()
    }
}
