import MartletGateway
import MessageWire
import Pipeline
import TestSupport
import Testing

/// Requests that a JSON Schema refuses never reach the service.
@Suite struct SchemaTests {
    private let user =
        "{ type: object, required: [name], properties: { name: { type: string }, age: { type: integer, minimum: 0 } }, additionalProperties: false }"

    private func gateway(
        _ schema: String, consumes: String = "", top: String = "", files: [String: String] = [:],
        enhancers: EnhancerRegistry = EnhancerRegistry(), interceptors: String = ""
    ) async throws -> BuiltInGateway {
        try await BuiltInGateway(
            """
              - { id: post, match: POST /users/:id, send: { service: s, pattern: p }, payload: $body \(consumes) }
              - { id: get, match: GET /users/:id, send: { service: s, pattern: p } }
            """, use: "pipes: [{ Schema: { \(schema) } }] \(interceptors)", top: top, files: files, enhancers: enhancers
        )
    }

    @Test func `what is valid passes untouched`() async throws {
        let gateway = try await gateway("body: \(user)")
        let body = "{ \"name\" : \"\\u00e4\",\"age\":1.0e1 }"
        #expect(try await gateway.post("/users/1", body).status == 200)
        #expect(gateway.packets.payload == body)
        await gateway.stop()
    }

    @Test func `what is not is told as Nest tells it, and with places`() async throws {
        let gateway = try await gateway("body: \(user)")
        let answer = try await gateway.post("/users/1", "{\"name\":1,\"age\":-1,\"x\":2}")
        #expect(answer.status == 400)
        #expect(answer["content-type"] == "application/problem+json")
        #expect(answer.body.contains("\"code\":\"validation_failed\""))
        let error = try JSONValue.parse(answer.body)
        guard case .array(let messages) = error["message"], case .array(let errors) = error["errors"] else {
            return #expect(Bool(false), "\(answer.body)")
        }
        #expect(messages.count == 3 && errors.count == 3)
        #expect(Set(errors.map { $0["pointer"]?.stringValue }) == ["/name", "/age", "/x"])
        #expect(Set(errors.map { $0["keyword"]?.stringValue }) == ["type", "minimum", "additionalProperties"])
        #expect(errors.map { $0["detail"] } == messages.map { $0 })
        #expect(errors.allSatisfy { $0["in"]?.stringValue == "body" })
        let missing = try JSONValue.parse(try await gateway.post("/users/1", "{}").body)
        #expect(missing["errors"]?[0]?["keyword"]?.stringValue == "required")
        #expect(gateway.packets.count == 0)
        await gateway.stop()
    }

    @Test func `in Nest's own form it is Nest's`() async throws {
        let gateway = try await gateway("body: \(user), status: 422", top: "errors: { format: nest }")
        let error = try JSONValue.parse(try await gateway.post("/users/1", "{\"name\":1,\"age\":true}").body)
        #expect(error["statusCode"] == 422)
        #expect(error["error"]?.stringValue == "Unprocessable Content")
        guard case .array(let messages) = error["message"] else { return #expect(Bool(false)) }
        #expect(messages.count == 2)
        #expect(error["errors"] == nil)
        await gateway.stop()
    }

    @Test func `the number of faults is bounded over all parts`() async throws {
        let gateway = try await gateway(
            "path: { properties: { id: { type: integer } } }, query: { properties: { a: { type: integer } } }, body: { items: { type: integer } }, maxErrors: 3"
        )
        let answer = try await gateway.post("/users/x?a=y", "[\"a\",\"b\",\"c\",\"d\"]")
        guard case .array(let errors) = try JSONValue.parse(answer.body)["errors"] else { return #expect(Bool(false)) }
        #expect(errors.map { $0["in"]?.stringValue } == ["path", "query", "body"])
        await gateway.stop()
    }

    @Test func `texts of query and path are read as what is wanted; the payload keeps them`() async throws {
        let gateway = try await gateway(
            "query: { properties: { page: { type: integer, minimum: 1 }, all: { type: boolean }, tag: { type: array, items: { type: integer } }, q: { type: string } }, additionalProperties: false }, path: { properties: { id: { type: integer } } }"
        )
        for (path, status) in [
            ("/users/1?page=2&all=true&q=3", 200), ("/users/1", 200), ("/users/x", 400), ("/users/1.5", 400),
            ("/users/1?page=0", 400),
            ("/users/1?page=x", 400), ("/users/1?page=", 400), ("/users/1?all=1", 400), ("/users/1?all=True", 400),
            ("/users/1?x=1", 400),
            ("/users/%31?page=%32", 200), ("/users/1?page=1&page=2", 400), ("/users/1?q=%zz", 400),
            ("/users/1?q=%ff", 400),
            ("/users/1?tag=x", 400), ("/users/1?page=1e0", 200), ("/users/1?page=+1", 400),
        ] {
            #expect(try await gateway.ask("GET \(path)").status == status, "\(path)")
        }
        #expect(try await gateway.ask("GET /users/1?page=2").body == "{\"page\":\"2\",\"id\":\"1\"}")
        #expect(try await gateway.ask("GET /users/1?q=%zz").body.contains("\"code\":\"invalid_query\""))
        await gateway.stop()
    }

    @Test func `a body that is missing or no JSON is refused as such`() async throws {
        let gateway = try await gateway("body: \(user)")
        let empty = try await gateway.post("/users/1", "")
        #expect(empty.status == 400)
        #expect(empty.body.contains("\"message\":[\"body must not be empty\"]"))
        #expect(try await gateway.post("/users/1", "{").body.contains("\"code\":\"malformed_json\""))
        #expect(try await gateway.post("/users/1", "{}", type: "text/plain").status == 415)
        #expect(gateway.packets.count == 0)
        await gateway.stop()
    }

    @Test func `schemas stand in files that refer to each other`() async throws {
        let files = [
            "s/user.json": "{\"type\":\"object\",\"properties\":{\"home\":{\"$ref\":\"parts/address.json#/$defs/a\"}}}",
            "s/parts/address.json": "{\"$defs\":{\"a\":{\"required\":[\"zip\"]}}}",
        ]
        let gateway = try await gateway("body: s/user.json", files: files)
        #expect(try await gateway.post("/users/1", "{\"home\":{\"zip\":1}}").status == 200)
        let error = try JSONValue.parse(try await gateway.post("/users/1", "{\"home\":{}}").body)
        #expect(error["errors"]?[0]?["pointer"]?.stringValue == "/home")
        await gateway.stop()
    }

    @Test(arguments: [false, true])
    func `a form is checked as the object it becomes`(inTask: Bool) async throws {
        struct Pass: Interceptor {
            func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
                try await next.handle()
            }
        }
        var enhancers = EnhancerRegistry()
        enhancers.addInterceptor("Pass") { _ in Pass() }
        let gateway = try await gateway(
            "body: { type: object, required: [name], properties: { name: { minLength: 2 } } }",
            consumes: ", consumes: [form, json]",
            enhancers: enhancers, interceptors: inTask ? ", interceptors: [Pass]" : "")
        let form = "application/x-www-form-urlencoded"
        #expect(try await gateway.post("/users/1", "name=ab", type: form).body == "{\"name\":\"ab\"}")
        let error = try JSONValue.parse(try await gateway.post("/users/1", "name=a", type: form).body)
        #expect(error["errors"]?[0]?["pointer"]?.stringValue == "/name")
        #expect(try await gateway.post("/users/1", "nam=ab", type: form).status == 400)
        #expect(try await gateway.post("/users/1", "{\"name\":\"ab\"}").status == 200)
        #expect(try await gateway.post("/users/1", "{\"name\":\"a\"}").status == 400)
        #expect(gateway.packets.count == 2)
        await gateway.stop()
    }

    @Test func `deep and large bodies are checked to their end`() async throws {
        let gateway = try await gateway(
            "body: { $ref: \"#/$defs/n\", $defs: { n: { anyOf: [{ type: integer }, { type: array, items: { $ref: \"#/$defs/n\" } }] } } }"
        )
        func nested(_ depth: Int, _ core: String) -> String {
            String(repeating: "[", count: depth) + core + String(repeating: "]", count: depth)
        }
        #expect(try await gateway.post("/users/1", nested(30, "1")).status == 200)
        #expect(try await gateway.post("/users/1", nested(30, "true")).status == 400)
        #expect(try await gateway.post("/users/1", nested(100_000, "1")).status == 400)
        let long = String(repeating: "1,", count: 100_000)
        #expect(try await gateway.post("/users/1", "[\(long)1]").status == 200)
        #expect(try await gateway.post("/users/1", "[\(long)true]").status == 400)
        await gateway.stop()
    }
}
