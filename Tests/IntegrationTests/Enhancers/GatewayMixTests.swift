import MartletGateway
import TestSupport
import Testing

/// Built-in enhancers between those of one's own: everything stays in the order written.
@Suite(.timeLimit(.minutes(1)))
struct GatewayMixTests {
    // The SHA-256 of "open sesame".
    private static let key =
        "{ ApiKey: { keys: [{ name: a, sha256: 41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb }] } }"

    private func gateway(
        _ use: String, top: String = "", without: String = "",
        answer: @escaping @Sendable (String, String) -> String? = { value("{\"a\":1}", $1) }
    ) async throws -> EnhancedGateway {
        let recorder = Recorder()
        return try await EnhancedGateway(
            routes: """
                  - { id: post, match: POST /post, send: { service: s, pattern: p }, use: { \(use) }\(without) }
                  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { \(use) }\(without) }
                  - { id: form, match: POST /form, send: { service: s, pattern: f }, consumes: [form], use: { \(use) }\(without) }
                """, top: top, recorder: recorder, answer: answer
        ) { $0.addNoting(recorder) }
    }

    @Test func `a built-in guard in front of one's own`() async throws {
        let rig = try await gateway("guards: [Note]", top: "use: { guards: [\(Self.key)] }")
        #expect(try await rig.ask(EnhancerRequest.post("/post"))?.status == 401)
        #expect(rig.recorder.notes == [])
        #expect(try await rig.ask(EnhancerRequest.post("/post", "x-api-key: open sesame\r\n"))?.status == 200)
        #expect(rig.recorder.notes == ["guard", "packet {}"])
        await rig.stop()
    }

    @Test func `a built-in guard behind one's own`() async throws {
        let deny = "{ IpDeny: { ranges: [127.0.0.1] } }"
        let rig = try await gateway("guards: [{ Note: { name: first } }, \(deny), { Note: { name: second } }]")
        #expect(try await rig.ask(EnhancerRequest.post("/post"))?.status == 403)
        #expect(rig.recorder.notes == ["first"])
        await rig.stop()
    }

    @Test func `what a built-in guard says of the answer stays, behind one's own too`() async throws {
        let limit = "{ RateLimit: { limit: 1, per: 1h } }"
        let rig = try await gateway("guards: [Note, \(limit)]")
        #expect(try await rig.ask(EnhancerRequest.get("/get"))?.fields["ratelimit-remaining"] == "0")
        let refused = try await rig.ask(EnhancerRequest.get("/get"))
        #expect(refused?.status == 429)
        #expect(refused?.fields["retry-after"] != nil)
        #expect(rig.packets == 1)
        await rig.stop()
    }

    @Test func `a schema in front of a pipe, and behind it`() async throws {
        let schema = "{ Schema: { body: number.json } }"
        let before = try await gateway("pipes: [\(schema), See]")
        #expect(try await before.ask(EnhancerRequest.post("/post", body: #"{"n":1}"#))?.status == 400)
        #expect(before.recorder.notes == [])
        #expect(try await before.ask(EnhancerRequest.post("/post", body: #"{"n":"1"}"#))?.status == 200)
        #expect(before.recorder.notes == [#"pipe {"n":"1"}"#, #"packet {"n":"1"}"#])
        await before.stop()
        let behind = try await gateway("pipes: [See, \(schema)]")
        let refused = try await behind.ask(EnhancerRequest.post("/post", body: #"{"n":1}"#))
        #expect(refused?.status == 400)
        #expect(refused?.body.contains("validation_failed") == true)
        #expect(behind.recorder.notes == [#"pipe {"n":1}"#])
        await behind.stop()
    }

    @Test func `a schema sees a form as an inline one does`() async throws {
        let schema = "pipes: [{ Schema: { body: number.json } }]"
        let form = "POST /form HTTP/1.1\r\nhost: t\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        for use in [schema, "guards: [Note], " + schema] {
            let rig = try await gateway(use)
            #expect(try await rig.ask(form + "content-length: 3\r\n\r\nn=1")?.status == 200, "\(use)")
            #expect(try await rig.ask(form + "content-length: 3\r\n\r\nm=1")?.status == 400, "\(use)")
            await rig.stop()
        }
    }

    @Test func `a template outside and inside one's own interceptor`() async throws {
        let template = "{ MapResponse: { body: { data: $result } } }"
        for (use, expected) in [
            ("\(template), Look", #"{"data":{"seen":{"a":1}}}"#), ("Look, \(template)", #"{"seen":{"data":{"a":1}}}"#),
        ] {
            let rig = try await EnhancedGateway(
                routes:
                    "  - { id: get, match: GET /get, send: { service: s, pattern: g }, use: { interceptors: [\(use)] } }",
                answer: { value("{\"a\":1}", $1) }
            ) { enhancers in
                enhancers.addInterceptor("Look") { _ in
                    AnyInterceptor { _, next in try await next.handle().map { ["seen": $0] } }
                }
            }
            #expect(try await rig.ask(EnhancerRequest.get("/get"))?.body == expected)
            await rig.stop()
        }
    }

    @Test func `a cache between two interceptors`() async throws {
        let rig = try await gateway(
            "interceptors: [{ Around: { name: outer } }, { Cache: { ttl: 1h } }, { Around: { name: inner } }]")
        let first = try await rig.ask(EnhancerRequest.get("/get"))
        #expect(first?.body == "{\"a\":1}")
        #expect(first?.fields["age"] == nil)
        let second = try await rig.ask(EnhancerRequest.get("/get"))
        #expect(second?.body == "{\"a\":1}")
        #expect(second?.fields["age"] != nil)
        #expect(second?.fields["etag"] == first?.fields["etag"])
        #expect(
            rig.recorder.notes == [
                "outer before", "inner before", "packet {}", "inner after", "outer after",
                // The service's answer is kept, not what enhancers make of it.
                "outer before", "inner before", "inner after", "outer after",
            ])
        let tag = try #require(first?.fields["etag"])
        #expect(try await rig.ask(EnhancerRequest.get("/get", "if-none-match: \(tag)\r\n"))?.status == 304)
        #expect(rig.packets == 1)
        await rig.stop()
    }

    @Test func `what is inherited can be left out or replaced`() async throws {
        let top = "use: { guards: [Note, { Note: { name: second } }], interceptors: [Around] }"
        let without = try await gateway("pipes: [See]", top: top, without: ", without: [Note, Around]")
        #expect(try await without.ask(EnhancerRequest.get("/get"))?.status == 200)
        #expect(without.recorder.notes == ["pipe {}", "packet {}"])
        await without.stop()
        let replaced = try await gateway("guards: [{ Note: { name: mine, replace: true } }]", top: top)
        #expect(try await replaced.ask(EnhancerRequest.get("/get"))?.status == 200)
        #expect(replaced.recorder.notes == ["mine", "around before", "packet {}", "around after"])
        await replaced.stop()
    }
}
