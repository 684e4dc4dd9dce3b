import TestSupport
import Testing

/// Fields that an operator puts into every answer of a route, or takes out.
@Suite struct SetHeadersTests {
    private func gateway(
        _ use: String, _ routes: String = "",
        answer: @escaping @Sendable (String, String) -> String? = { _, id in value("{\"id\":1}", id) }
    ) async throws -> BuiltInGateway {
        try await BuiltInGateway(standardRoutes + "\n" + routes, use: use, answer: answer)
    }

    private let frames = "interceptors: [{ SetHeaders: { set: { X-Frame-Options: DENY, cache-control: private } } }]"

    @Test func `every answer has them`() async throws {
        let gateway = try await gateway(
            frames + ", guards: [{ RateLimit: { limit: 6, per: 1h } }]",
            """
              - { id: stream, match: GET /stream, send: { service: s, pattern: a }, response: { stream: sse } }
            """)
        for (answer, status) in [
            (try await gateway.ask("GET /get/7"), 200), (try await gateway.ask("HEAD /get/7"), 200),
            (try await gateway.post("/sum", "["), 400), (try await gateway.post("/sum", "x", type: "text/css"), 415),
            (try await gateway.post("/event", "{}"), 202), (try await gateway.ask("GET /stream"), 200),
            (try await gateway.ask("GET /get/7"), 429), (try await gateway.post("/sum", "[]"), 429),
        ] {
            #expect(answer.status == status)
            #expect(answer["x-frame-options"] == "DENY")
            #expect(answer["cache-control"] == "private")
        }
        // No route, nothing around it.
        #expect(try await gateway.ask("GET /none")["x-frame-options"] == nil)
        await gateway.stop()
    }

    @Test func `an answer without a value has them`() async throws {
        let gateway = try await gateway(frames) { _, id in frame("{\"isDisposed\":true,\"id\":\"\(id)\"}") }
        let answer = try await gateway.ask("GET /get/7")
        #expect(answer.status == 204)
        #expect(answer["x-frame-options"] == "DENY")
        await gateway.stop()
    }

    @Test func `the route's own counts, and is taken out where the file says so`() async throws {
        let route = """
              - id: own
                match: GET /own
                send: { service: s, pattern: a }
                response: { headers: { cache-control: no-store, location: "/{$result.id}" } }
            """
        let gateway = try await gateway(frames, route)
        let answer = try await gateway.ask("GET /own")
        #expect(answer["cache-control"] == "no-store")
        #expect(answer["location"] == "/1")
        #expect(answer["x-frame-options"] == "DENY")
        await gateway.stop()
        let without = try await self.gateway(
            "interceptors: [{ SetHeaders: { remove: [Cache-Control, RateLimit-Remaining] } }], guards: [{ RateLimit: { limit: 9, per: 1h } }]",
            route)
        let removed = try await without.ask("GET /own")
        #expect(removed["cache-control"] == nil)
        #expect(removed["location"] == "/1")
        #expect(removed["ratelimit-limit"] == "9")
        #expect(removed["ratelimit-remaining"] == nil)
        await without.stop()
    }

    @Test func `a nearer scope counts more`() async throws {
        let gateway = try await gateway(
            frames,
            """
              - { id: near, match: GET /near, send: { service: s, pattern: a }, use: { interceptors: [{ SetHeaders: { set: { x-near: "1" }, remove: [x-frame-options], replace: true } }] } }
            """)
        let answer = try await gateway.ask("GET /near")
        #expect(answer["x-near"] == "1")
        #expect(answer["x-frame-options"] == nil)
        #expect(answer["cache-control"] == nil)
        await gateway.stop()
    }

    @Test func `what an answer varies by adds up`() async throws {
        let gateway = try await gateway(
            "interceptors: [{ Cors: { origins: [https://a.example] } }, { SetHeaders: { set: { Vary: accept-language } } }]"
        )
        #expect(try await gateway.ask("GET /get/7")[all: "vary"] == ["origin", "accept-language"])
        #expect(try await gateway.post("/sum", "[")[all: "vary"] == ["origin", "accept-language"])
        await gateway.stop()
    }

    @Test func `over HTTP 2 it is the same`() async throws {
        let gateway = try await gateway(frames)
        let client = try await HTTP2TestConnection.open(port: gateway.gateway.port)
        try await client.send(
            .request(1, "GET", "/get/7"), .request(3, "POST", "/sum", endsStream: false), .data(3, "["))
        for (stream, status) in [(1, 200), (3, 400)] {
            let answer = await client.answer(stream)
            #expect(answer?.status == status)
            #expect(answer?.fields["x-frame-options"] == "DENY")
        }
        await gateway.stop()
    }
}
