import TestSupport
import Testing

/// The shape that clients get of what services answer.
@Suite struct MapResponseTests {
    /// The answer to `GET /get/1` when the service says `result`.
    private func mapped(_ maps: String, _ result: String, _ fields: String = "x-a: b") async throws -> String {
        let gateway = try await BuiltInGateway(
            use: "interceptors: [\(maps)]", answer: { _, id in value(result, id) })
        let answer = try await gateway.ask("GET /get/1", fields)
        #expect(answer["content-length"] == "\(answer.body.utf8.count)")
        await gateway.stop()
        return answer.body
    }

    private func map(_ body: String) -> String { "{ MapResponse: { body: \(body) } }" }

    @Test(arguments: [
        ("{ data: $result }", "[1]", "{\"data\":[1]}"), ("$result", "{\"a\":1}", "{\"a\":1}"),
        ("$result.a.b", "{\"a\":{\"b\":[ 1 ,2]}}", "[ 1 ,2]"), ("$result.a.1", "{\"a\":[1,2,3]}", "2"),
        ("$result.a", "{}", "null"), ("$result.a", "[]", "null"), ("$result.a", "null", "null"),
        ("{ a: $result.a, b: $result.b }", "{\"b\":null}", "{\"b\":null}"),
        ("[$result.a, $result.b, 1]", "{\"b\":2}", "[null,2,1]"),
        ("{ \"...\": $result, a: 1 }", "{\"a\":2,\"b\":3}", "{\"b\":3,\"a\":1}"),
        ("{ \"...\": [$result.x, $result.y] }", "{\"x\":{\"a\":1,\"b\":2},\"y\":{\"b\":3}}", "{\"a\":1,\"b\":3}"),
        ("{ \"...\": $result, b: 1 }", "[1,2]", "{\"b\":1}"), ("{ \"...\": $result.no, b: 1 }", "{}", "{\"b\":1}"),
        ("{ \"...\": $result, a: $result.none }", "{\"a\":2}", "{}"),
        (
            "{ a: text, b: 1.50, c: true, d: null, e: \"1\" }", "1",
            "{\"a\":\"text\",\"b\":1.50,\"c\":true,\"d\":null,\"e\":\"1\"}"
        ),
        ("{ price: $$5, \"$$ref\": $$result }", "1", "{\"price\":\"$5\",\"$ref\":\"$result\"}"),
        ("{}", "1", "{}"), ("[]", "1", "[]"), ("plain", "1", "\"plain\""),
        (
            "$result", "12345678901234567890.123456789012345678901e+400",
            "12345678901234567890.123456789012345678901e+400"
        ),
        ("{ id: $result.id }", "{\"id\":9007199254740993}", "{\"id\":9007199254740993}"),
        ("{ \"ä\": $result.é }", "{\"\\u00e9\":\"\\ud83d\\ude00\"}", "{\"ä\":\"\\ud83d\\ude00\"}"),
        ("{ \"...\": $result, é: 1 }", "{\"\\u00e9\":2}", "{\"é\":1}"),
        (
            "{ deep: { \"...\": $result, n: [{ x: $result.a }] } }", "{\"a\":1}",
            "{\"deep\":{\"a\":1,\"n\":[{\"x\":1}]}}"
        ),
    ])
    func `a value takes the template's shape`(template: String, result: String, body: String) async throws {
        #expect(try await mapped(map(template), result) == body)
    }

    @Test func `of several the innermost comes first`() async throws {
        let maps = [map("{ outer: $result }"), map("{ inner: $result.a }"), map("{ a: $result }")].joined(
            separator: ", ")
        #expect(try await mapped(maps, "1") == "{\"outer\":{\"inner\":1}}")
    }

    @Test func `scopes nest from the outside in`() async throws {
        let gateway = try await BuiltInGateway(
            "  - { id: get, match: GET /get/:id, send: { service: s, pattern: get }, use: { interceptors: [{ MapResponse: { body: { route: $result }, replace: true } }] } }",
            use: "interceptors: [\(map("{ global: $result }"))]", answer: { _, id in value("1", id) })
        #expect(try await gateway.ask("GET /get/1").body == "{\"route\":1}")
        await gateway.stop()
    }

    @Test func `a header of the route looks at the shaped value`() async throws {
        let gateway = try await BuiltInGateway(
            """
              - id: get
                match: GET /get
                send: { service: s, pattern: get }
                response: { status: 201, headers: { location: "/{$result.data.id}" } }
            """, use: "interceptors: [\(map("{ data: $result }"))]", answer: { _, id in value("{\"id\":5}", id) })
        let answer = try await gateway.ask("GET /get")
        #expect(answer.status == 201)
        #expect(answer["location"] == "/5")
        await gateway.stop()
    }

    @Test(arguments: [
        ("application/x-ndjson", "{\"n\":1}\n{\"n\":2}\n"),
        ("text/event-stream", "data: {\"n\":1}\n\ndata: {\"n\":2}\n\n"),
        ("application/json", "{\"n\":2}"),
    ])
    func `a stream is shaped value by value`(accept: String, body: String) async throws {
        let gateway = try await BuiltInGateway(use: "interceptors: [\(map("{ n: $result }"))]") { packet, id in
            Packet.part("1", to: packet) + Packet.answer("2", to: packet)
        }
        #expect(try await gateway.ask("GET /get/1", "accept: \(accept)").body == body)
        await gateway.stop()
    }

    @Test func `errors and empty answers are left alone`() async throws {
        let gateway = try await BuiltInGateway(use: "interceptors: [\(map("{ n: $result }"))]") { packet, id in
            packet.contains("\"9\"")
                ? frame("{\"isDisposed\":true,\"id\":\"\(id)\"}")
                : frame("{\"err\":{\"statusCode\":418,\"message\":\"m\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
        }
        #expect(try await gateway.ask("GET /get/9").status == 204)
        let error = try await gateway.ask("GET /get/1")
        #expect(error.status == 418)
        #expect(error.body.contains("\"message\":\"m\""))
        await gateway.stop()
    }
}
