import TestSupport
import Testing

/// What answers are called, and who has them already.
extension CacheTests {
    @Test func `who has it already gets no body`() async throws {
        let gateway = try await gateway()
        let tag = try #require(try await gateway.ask("GET /get/1")["etag"])
        let strong = String(tag.dropFirst(2))
        for field in ["*", tag, strong, "\"x\", \(tag)", "\"x\"\r\nif-none-match: \(tag)"] {
            for method in ["GET", "HEAD"] {
                let answer = try await gateway.ask("\(method) /get/1", "if-none-match: \(field)")
                #expect(answer.status == 304, "\(field)")
                #expect(answer["etag"] == tag)
                #expect(answer.body.isEmpty)
                #expect(answer["content-type"] == nil && answer["content-length"] == nil)
            }
        }
        for field in ["\"x\"", "W/\"x\"", strong + "x", ""] {
            #expect(try await gateway.ask("GET /get/1", "if-none-match: \(field)").status == 200, "\(field)")
        }
        #expect(gateway.packets.count == 1)
        // An answer straight from the service is one, too.
        let fresh = try #require(try await gateway.ask("GET /get/2", "if-none-match: *")["etag"])
        #expect(fresh != tag)
        // Only 200 has a name.
        let made = try await gateway.ask("GET /made", "if-none-match: *")
        #expect(made.status == 201)
        #expect(made["etag"] == nil)
        await gateway.stop()
    }

    @Test func `MapResponse outside or inside gives the same, and names what the client gets`() async throws {
        let map = "{ MapResponse: { body: { data: $result } } }"
        var tags: [String?] = []
        for interceptors in ["{ Cache: { ttl: 1h } }, \(map)", "\(map), { Cache: { ttl: 1h } }"] {
            let gateway = try await BuiltInGateway(routes(), use: "interceptors: [\(interceptors)]")
            for _ in 1...2 {
                let answer = try await gateway.ask("GET /get/1")
                #expect(answer.body == "{\"data\":{\"id\":\"1\"}}")
                tags.append(answer["etag"])
            }
            #expect(gateway.packets.count == 1)
            await gateway.stop()
        }
        let plain = try await gateway()
        #expect(Set(tags).count == 1)
        #expect(try await plain.ask("GET /get/1")["etag"] != tags[0])
        await plain.stop()
    }

    @Test func `a route may name its answers itself, or not at all`() async throws {
        let gateway = try await BuiltInGateway(
            """
              - id: own
                match: GET /own
                send: { service: s, pattern: own }
                response: { headers: { etag: "\\"v{$result.v}\\"" } }
              - { id: none, match: GET /none, send: { service: s, pattern: none }, use: { interceptors: [{ SetHeaders: { remove: [etag, age] } }] } }
            """, use: "interceptors: [{ Cache: { ttl: 1h } }]", answer: { _, id in value("{\"v\":3}", id) })
        #expect(try await gateway.ask("GET /own")["etag"] == "\"v3\"")
        #expect(try await gateway.ask("GET /own", "if-none-match: W/\"v3\"").status == 304)
        #expect(try await gateway.ask("GET /own", "if-none-match: \"v2\"")["etag"] == "\"v3\"")
        for _ in 1...2 {
            let answer = try await gateway.ask("GET /none", "if-none-match: *")
            #expect(answer.status == 200)
            #expect(answer["etag"] == nil && answer["age"] == nil)
        }
        #expect(gateway.packets.count == 2)
        await gateway.stop()
    }

    @Test func `304 says what the answer varies by`() async throws {
        let gateway = try await gateway(
            more: ", { Compress: { minSize: 1B } }, { Cors: { origins: [https://a.example] } }")
        let full = try await gateway.ask("GET /get/1")
        let none = try await gateway.ask("GET /get/1", "if-none-match: *", "accept-encoding: gzip")
        #expect(none.status == 304)
        #expect(Set(none[all: "vary"]) == ["origin", "accept-encoding"])
        #expect(Set(full[all: "vary"]) == Set(none[all: "vary"]))
        #expect(none["content-encoding"] == nil)
        await gateway.stop()
    }
}
