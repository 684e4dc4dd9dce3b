import MartletGateway
import MessageWire
import Pipeline
import TestSupport
import Testing

/// Answers that are given again without asking the service.
@Suite struct CacheTests {
    private static let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"  // "open sesame"
    private static let other = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"  // "foo"

    func routes(_ use: String = "") -> String {
        """
          - { id: get, match: GET /get/:id, send: { service: s, pattern: get } \(use) }
          - { id: lang, match: GET /lang, send: { service: s, pattern: lang }, payload: { lang: $header.accept-language } }
          - { id: made, match: GET /made, send: { service: s, pattern: made }, response: { status: 201 } }
          - { id: sum, match: POST /sum, send: { service: s, pattern: sum } }
        """
    }

    func gateway(_ options: String = "ttl: 1h", guards: String = "", more: String = "") async throws
        -> BuiltInGateway
    {
        try await BuiltInGateway(
            routes(),
            use: "interceptors: [{ Cache: { \(options) } }\(more)]\(guards.isEmpty ? "" : ", guards: [\(guards)]")")
    }

    @Test func `the second answer comes from the cache, as it was`() async throws {
        let gateway = try await gateway()
        let first = try await gateway.ask("GET /get/1?a=b")
        let second = try await gateway.ask("GET /get/1?a=b")
        let head = try await gateway.ask("HEAD /get/1?a=b")
        #expect(gateway.packets.count == 1)
        #expect(first.body == "{\"a\":\"b\",\"id\":\"1\"}")
        #expect(second.body == first.body)
        #expect(first["age"] == nil)
        #expect(second["age"].flatMap { Int($0) } != nil)
        #expect(head.body.isEmpty)
        for answer in [second, head] {
            #expect(answer.status == 200)
            #expect(answer["content-type"] == "application/json")
            #expect(answer["content-length"] == first["content-length"])
            #expect(answer["etag"] == first["etag"])
            #expect(answer["x-request-id"] != first["x-request-id"])
        }
        await gateway.stop()
    }

    @Test func `HEAD first is as good`() async throws {
        let gateway = try await gateway()
        #expect(try await gateway.ask("HEAD /get/1").body.isEmpty)
        #expect(try await gateway.ask("GET /get/1").body == "{\"id\":\"1\"}")
        #expect(gateway.packets.count == 1)
        await gateway.stop()
    }

    @Test func `another message is another answer`() async throws {
        let gateway = try await gateway()
        for line in ["GET /get/1", "GET /get/2", "GET /get/1?a=1", "GET /get/1?a=2", "GET /get/1?a=1&b=1"] {
            _ = try await gateway.ask(line)
        }
        _ = try await gateway.ask("GET /lang", "accept-language: de")
        #expect(try await gateway.ask("GET /lang", "accept-language: fr").body == "{\"lang\":\"fr\"}")
        #expect(gateway.packets.count == 7)
        _ = try await gateway.ask("GET /lang", "accept-language: de", "x-other: 1")
        #expect(gateway.packets.count == 7)
        await gateway.stop()
    }

    @Test func `only GET and HEAD are kept`() async throws {
        let gateway = try await gateway()
        for _ in 1...2 {
            let answer = try await gateway.post("/sum", "[1]", "if-none-match: *")
            #expect(answer.status == 200)
            #expect(answer["etag"] == nil)
        }
        #expect(gateway.packets.count == 2)
        await gateway.stop()
    }

    @Test func `errors, streams and empty answers are never kept`() async throws {
        let gateway = try await BuiltInGateway(
            routes(), use: "interceptors: [{ Cache: { ttl: 1h } }]",
            answer: { packet, id in
                if packet.contains("\"e\"") {
                    return frame("{\"err\":{\"status\":404},\"isDisposed\":true,\"id\":\"\(id)\"}")
                }
                if packet.contains("\"n\"") { return frame("{\"isDisposed\":true,\"id\":\"\(id)\"}") }
                return Packet.part("1", to: packet) + Packet.answer("2", to: packet)
            })
        for (path, status) in [("/get/e", 404), ("/get/n", 204), ("/get/s", 200)] {
            for _ in 1...2 {
                let answer = try await gateway.ask("GET \(path)")
                #expect(answer.status == status)
                #expect(answer["age"] == nil)
            }
        }
        #expect(gateway.packets.count == 6)
        await gateway.stop()
    }

    @Test func `what is too large, or one too many, is asked for again`() async throws {
        let small = try await gateway("ttl: 1h, maxBytes: 40B")
        for _ in 1...2 { _ = try await small.ask("GET /get/\(String(repeating: "x", count: 40))") }
        #expect(small.packets.count == 2)
        await small.stop()
        let single = try await gateway("ttl: 1h, maxEntries: 1")
        for id in [1, 1, 2, 1] { _ = try await single.ask("GET /get/\(id)") }
        #expect(single.packets.count == 3)
        await single.stop()
    }

    @Test func `guards are asked all the same`() async throws {
        let gateway = try await gateway(guards: "{ ApiKey: { keys: [{ name: a, sha256: \(Self.hash) }] } }")
        #expect(try await gateway.ask("GET /get/1", "x-api-key: open sesame").status == 200)
        #expect(try await gateway.ask("GET /get/1").status == 401)
        #expect(try await gateway.ask("GET /get/1", "x-api-key: wrong", "if-none-match: *").status == 401)
        #expect(try await gateway.ask("GET /get/1", "x-api-key: open sesame")["age"] != nil)
        #expect(gateway.packets.count == 1)
        await gateway.stop()
    }

    @Test(arguments: [(false, 2), (true, 1)])
    func `callers that guards tell apart share only when told to`(isShared: Bool, packets: Int) async throws {
        let gateway = try await gateway(
            "ttl: 1h, shared: \(isShared)",
            guards:
                "{ ApiKey: { keys: [{ name: a, sha256: \(Self.hash) }, { name: b, sha256: \(Self.other) }], as: who } }"
        )
        for key in ["open sesame", "foo", "open sesame", "foo"] {
            #expect(try await gateway.ask("GET /get/1", "x-api-key: \(key)").status == 200)
        }
        #expect(gateway.packets.count == packets)
        await gateway.stop()
    }

    @Test func `over HTTP 2 it is the same`() async throws {
        let gateway = try await gateway()
        let client = try await HTTP2TestConnection.open(port: gateway.gateway.port)
        try await client.send(.request(1, "GET", "/get/1"))
        #expect(await client.answer(1)?.body == "{\"id\":\"1\"}")
        try await client.send(
            .request(3, "GET", "/get/1"), .request(5, "GET", "/get/1", fields: [("if-none-match", "*")]),
            .request(7, "HEAD", "/get/1"))
        let hit = await client.answer(3)
        #expect(hit?.fields["age"] != nil)
        #expect(hit?.body == "{\"id\":\"1\"}")
        let none = await client.answer(5)
        #expect(none?.status == 304)
        #expect(
            none?.body == "" && none?.fields["content-length"] == nil && none?.fields["etag"] == hit?.fields["etag"])
        #expect(await client.answer(7)?.body == "")
        #expect(gateway.packets.count == 1)
        await gateway.stop()
    }

    @Test func `where a request runs in a task it is the same`() async throws {
        struct Pass: Interceptor {
            func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
                try await next.handle()
            }
        }
        var enhancers = EnhancerRegistry()
        enhancers.addInterceptor("Pass") { _ in Pass() }
        let gateway = try await BuiltInGateway(
            routes(), use: "interceptors: [Pass, { Cache: { ttl: 1h } }]", enhancers: enhancers)
        let first = try await gateway.ask("GET /get/1")
        let second = try await gateway.ask("GET /get/1")
        #expect(gateway.packets.count == 1)
        #expect(second.body == first.body)
        #expect(first["age"] == nil && second["age"] != nil)
        #expect(second["etag"] == first["etag"])
        #expect(try await gateway.ask("HEAD /get/1", "if-none-match: *").status == 304)
        await gateway.stop()
    }
}
