import Testing

@testable import Routing

/// Rules 2, 3 and 5.
@Suite struct PayloadTests {
    private func render(
        _ match: String, _ payload: String? = nil, _ request: String, headers: [(String, String)] = [],
        body: String? = nil,
        host: String = ""
    ) -> String {
        let result = load(route(match, payload.map { "    payload: \($0)\n" } ?? ""))
        guard result.errors.isEmpty else { return result.errors.joined(separator: "\n") }
        return TestRequest(request, host: host, headers: headers, body: body).payload(of: result.file)
    }

    // MARK: Default payloads

    @Test func `a body method without parameters sends the body untouched`() {
        let body = #" { "id" : 12345678901234567890, "n": 1.0, "e": 1e3, "s":"\u00e4\/" } "#
        #expect(
            render("POST /x", nil, "POST /x?a=1", body: body)
                == #"{ "id" : 12345678901234567890, "n": 1.0, "e": 1e3, "s":"\u00e4\/" }"#)
        #expect(render("PUT /x", nil, "PUT /x", body: "null") == "null")
        #expect(render("PATCH /x", "$body", "PATCH /x", body: "[1]") == "[1]")
        #expect(load(route("POST /x")).file?.routes.first?.payload.isBodyPassthrough == true)
        #expect(load(route("POST /x/:id")).file?.routes.first?.payload.isBodyPassthrough == false)
        #expect(load(route("GET /x")).file?.routes.first?.payload.usesBody == false)
    }

    @Test func `nothing at all is an empty object`() {
        #expect(render("POST /x", nil, "POST /x") == "{}")
        #expect(render("GET /x", nil, "GET /x") == "{}")
        #expect(render("GET /x", "$query.a", "GET /x") == "{}")
        #expect(render("POST /x/:id", nil, "POST /x/1") == #"{"id":"1"}"#)
    }

    @Test func `path parameters win over the body's members, however those are written`() {
        #expect(
            render("POST /x/:id", nil, "POST /x/7", body: #"{"a":1,"id":9,"b":[2]}"#) == #"{"a":1,"b":[2],"id":"7"}"#)
        #expect(render("POST /x/:id", nil, "POST /x/7", body: #"{"\u0069d":9}"#) == #"{"id":"7"}"#)
        #expect(render("POST /x/:id", nil, "POST /x/7", body: "{}") == #"{"id":"7"}"#)
        #expect(
            render("POST /:a/:b", nil, "POST /%22/%E4%BD%A0", body: #"{"c":"你"}"#) == #"{"c":"你","a":"\"","b":"你"}"#)
    }

    @Test(arguments: ["[1]", "1", "null", "\"x\"", "true"])
    func `a body that is no object is never spread`(body: String) {
        #expect(
            render("POST /x/:id", nil, "POST /x/7", body: body) == "400 invalid_body The body must be a JSON object.")
    }

    @Test func `a method without a body sends query and path, path wins`() {
        #expect(render("GET /x/:id", nil, "GET /x/7?a=1&id=9&b=") == #"{"a":"1","b":"","id":"7"}"#)
        #expect(render("DELETE /x/:id", nil, "DELETE /x/7?a=b+c%21", body: "{\"z\":1}") == #"{"a":"b c!","id":"7"}"#)
        #expect(render("GET /x", nil, "GET /x?&&a&b=c=d&%C3%A4=%22") == #"{"a":"","b":"c=d","ä":"\""}"#)
    }

    @Test(arguments: [
        ("a=1&a=2", "400 invalid_query query.a: The query parameter is given more than once."),
        ("a=1&%61=1", "400 invalid_query query.a: The query parameter is given more than once."),
        ("__proto__=1", "400 invalid_query The query parameter \"__proto__\" is not allowed."),
        ("constructor=1", "400 invalid_query The query parameter \"constructor\" is not allowed."),
        ("a=%", "400 invalid_query query.a: The query is not well-formed: a bad \"%\" escape or no UTF-8."),
        ("a=%FF", "400 invalid_query query.a: The query is not well-formed: a bad \"%\" escape or no UTF-8."),
        ("%zz=1", "400 invalid_query The query is not well-formed: a bad \"%\" escape or no UTF-8."),
    ])
    func `a query that cannot be an object is refused`(query: String, answer: String) {
        #expect(render("GET /x", nil, "GET /x?\(query)") == answer)
    }

    @Test func `methods with and without a body have no common default`() {
        #expect(
            load(route("GET|POST /x")).errors == [
                "r.yaml:4:5: route \"r\" matches methods with and without a body, so it has no default payload; write \"payload\""
            ])
        #expect(load(route("GET|POST /x", "    payload: { a: $query }\n")).errors.isEmpty)
    }

    @Test func `the unmerged form keeps the three apart`() {
        #expect(
            render("POST /x/:id", "{ body: $body, query: $query, path: $path }", "POST /x/7?a=1", body: "[1, 2]")
                == #"{"body":[1, 2],"query":{"a":"1"},"path":{"id":"7"}}"#)
        #expect(
            render("POST /x", "{ body: $body, query: $query, path: $path }", "POST /x") == #"{"query":{},"path":{}}"#)
    }

    // MARK: Templates

    @Test func `references of every kind`() {
        let payload =
            "{ p: $path.id, q: $query.a, h: $header.X-Tenant, c: $cookie.sid, b: $body.a.b.1, r: [$request.id, $request.ip, $request.method, $request.path, $request.time, $request.host] }"
        let answer = render(
            "POST /x/:id", payload, "POST /x/%41?a=b%20c",
            headers: [("x-tenant", "t\"1"), ("cookie", "a=b; sid=\"x%20y\"; sid=z")],
            body: #"{"a":{"b":[1,{"z" : 1}]}}"#,
            host: "Api.example.com:8080")
        #expect(
            answer
                == #"{"p":"A","q":"b c","h":"t\"1","c":"x y","b":{"z" : 1},"r":["id-1","192.0.2.7","POST","/x/%41","2026-01-31T12:00:00.000Z","Api.example.com"]}"#
        )
    }

    @Test func `what is missing is left out of an object and null in a list`() {
        #expect(
            render("POST /x", "{ a: $query.a, b: [$query.a, $body.x, $cookie.c, $header.h], c: 1 }", "POST /x")
                == #"{"b":[null,null,null,null],"c":1}"#)
        #expect(render("POST /x", "{ a: $body.a.b }", "POST /x", body: #"{"a":[1]}"#) == "{}")
    }

    @Test func `a repeated header is joined, a repeated query parameter is refused`() {
        #expect(render("GET /x", "[$header.a]", "GET /x", headers: [("a", "1"), ("a", "2")]) == #"["1, 2"]"#)
        #expect(
            render("GET /x", "[$query.a]", "GET /x?a=1&%61=2")
                == "400 invalid_query query.a: The query parameter is given more than once.")
        #expect(render("GET /x", "[$query.a]", "GET /x?a=1&b=2&b=3&%=x") == #"["1"]"#)
    }

    @Test func `a fully literal payload is known at load`() {
        let payload = "{ a: [1, two, { b: ~ }], c: {}, \"d\\\"\": [] }"
        #expect(render("GET /x", payload, "GET /x") == #"{"a":[1,"two",{"b":null}],"c":{},"d\"":[]}"#)
        let plan = load(route("GET /x", "    payload: \(payload)\n")).file?.routes.first?.payload
        #expect(
            plan?.constant.map { String(decoding: $0.bytes, as: UTF8.self) }
                == #"{"a":[1,"two",{"b":null}],"c":{},"d\"":[]}"#
        )
    }

    @Test func `a doubled dollar is a literal one, in keys too`() {
        #expect(render("GET /x", "{ $$k: $$path.x, v: \"$$\" }", "GET /x") == #"{"$k":"$path.x","v":"$"}"#)
    }

    @Test func `a client cannot change the shape`() {
        #expect(
            render("GET /x/:id", "{ id: $path.id }", "GET /x/%22,%22admin%22:true,%22x%22:%22")
                == #"{"id":"\",\"admin\":true,\"x\":\""}"#)
        #expect(render("GET /x", "{ v: $query.v }", "GET /x?v=$request.id") == #"{"v":"$request.id"}"#)
    }

    // MARK: Spread

    @Test func `named members win over what is spread, wherever they stand`() {
        #expect(
            render(
                "PATCH /u/:id", "{ \"...\": $body, id: $path.id, role: user }", "PATCH /u/7",
                body: #"{"id":1,"role":"admin","n":2}"#)
                == #"{"n":2,"id":"7","role":"user"}"#)
        #expect(
            render(
                "PATCH /u/:id", "{ id: $path.id, role: user, \"...\": $body }", "PATCH /u/7",
                body: #"{"id":1,"n":2,"\u0072ole":"x"}"#)
                == #"{"n":2,"id":"7","role":"user"}"#)
    }

    @Test func `a named member that is missing still keeps the spread one out`() {
        #expect(
            render("POST /x", "{ \"...\": $body, admin: $query.admin }", "POST /x", body: #"{"admin":true,"n":1}"#)
                == #"{"n":1}"#)
    }

    @Test func `of several spreads the later wins`() {
        #expect(
            render(
                "POST /x/:id", "{ \"...\": [$query, $body, $path], z: 1 }", "POST /x/7?a=q&b=q&id=q&z=q",
                body: #"{"b":"b","id":"b","z":"b","c":"b"}"#)
                == #"{"a":"q","b":"b","c":"b","id":"7","z":1}"#)
        #expect(
            render("POST /x", "{ \"...\": [$body, $query] }", "POST /x?a=q", body: #"{"\u0061":"b","c":1}"#)
                == #"{"c":1,"a":"q"}"#)
        #expect(render("POST /x", "{ \"...\": $body.a }", "POST /x", body: #"{"a":{"x":1},"y":2}"#) == #"{"x":1}"#)
        #expect(
            render("POST /x", "{ \"...\": $body.a }", "POST /x", body: #"{"a":[1]}"#)
                == "400 invalid_body body.a: The body must be a JSON object.")
        #expect(render("POST /x", "{ \"...\": $body.a, k: 1 }", "POST /x", body: "{}") == #"{"k":1}"#)
    }

    // MARK: Faults at load

    @Test(arguments: [
        ("$path.idd", "\"$path.idd\" does not exist: /x/:id has no such parameter; did you mean \"id\"?"),
        (
            "$auth.sub",
            "\"$auth.sub\" does not exist: no guard of this route provides \"auth\" (Jwt, Basic, ApiKey and Remote do, by their \"as\")"
        ),
        (
            "$auth",
            "\"$auth\" does not exist: no guard of this route provides \"auth\" (Jwt, Basic, ApiKey and Remote do, by their \"as\")"
        ),
        ("$header", "\"$header\" needs a name behind a dot, such as $header.name"),
        ("$cookie", "\"$cookie\" needs a name behind a dot, such as $cookie.name"),
        ("$request", "\"$request\" needs a name behind a dot, such as $request.id"),
        ("$request.idd", "\"$request.idd\" does not exist; did you mean \"id\"?"),
        ("$request.x.y", "\"$request.x.y\" does not exist"),
        ("$result.id", "\"$result\" exists only in the headers of an answer"),
        ("$5.00", "unknown reference \"$5.00\"; write \"$$5.00\" for a literal dollar"),
        ("$", "unknown reference \"$\"; write \"$$\" for a literal dollar"),
        ("$bdoy", "unknown reference \"$bdoy\"; write \"$$bdoy\" for a literal dollar; did you mean \"$body\"?"),
        ("$body.", "\"$body.\" names nothing behind its dot"),
        ("$body.a..b", "\"$body.a..b\" names nothing between two dots"),
        ("$header.a b", "\"a b\" is not a header name"),
    ])
    func `a reference that cannot exist fails with its line`(text: String, error: String) {
        #expect(load(route("GET /x/:id", "    payload: { a: \"\(text)\" }\n")).errors == ["r.yaml:7:19: \(error)"])
    }

    @Test func `forms that make no sense fail`() {
        func errors(_ payload: String) -> [String] {
            load(route("GET /x/:id", "    payload: \(payload)\n")).errors.map { String($0.dropFirst(7)) }
        }
        #expect(
            errors("{ \"...\": { a: 1 } }") == [
                "7:23: \"...\" spreads $body, $query, $path or a part of the body, not a mapping"
            ])
        #expect(errors("{ \"...\": $query.a }").first?.contains("is a single value and cannot be spread") == true)
        #expect(
            errors("{ $path.id: 1 }").first?.contains(
                "a key cannot be a reference; write \"$$path.id\" for a literal dollar") == true)
        #expect(
            errors("{ from: $path.id, pipe: [ParseInt] }").first?.contains(
                "unknown key \"pipe\" in a reference; did you mean \"pipes\"?") == true)
        #expect(
            errors("{ from: $path.id, all: true }").first?.contains("\"all\" is for $query.name and $header.name")
                == true)
        #expect(
            errors("{ from: $path.id, pipes: [ParsInt] }").first?.contains(
                "unknown pipe \"ParsInt\"; did you mean \"ParseInt\"?") == true)
        #expect(
            errors("{ from: $path.id, pipes: [ParseIntPipe] }").first?.contains(
                "unknown pipe \"ParseIntPipe\"; did you mean \"ParseInt\"?") == true)
        #expect(
            errors("{ from: $path.id, pipes: [{ Schema: x }] }").first?.contains("\"Schema\" is not supported yet")
                == true)
        #expect(
            errors("{ from: $path.id, pipes: ParseInt }").first?.contains("\"pipes\" must be a list such as [ParseInt]")
                == true)
        #expect(
            errors("{ from: $path.id, enum: [] }").first?.contains(
                "\"enum\" must be a list of values, not an empty list") == true)
        #expect(
            errors("{ from: $path.id, pattern: \"(?=a)\" }").first?.contains(
                "is not a regular expression: \"(?\" groups other than \"(?:\" are not supported") == true)
    }

    @Test func `a structure may have a member called from`() {
        #expect(render("GET /x", "{ from: $query.a, to: $query.b }", "GET /x?a=1&b=2") == #"{"from":"1","to":"2"}"#)
        #expect(render("GET /x", "{ from: here }", "GET /x") == #"{"from":"here"}"#)
        #expect(render("GET /x", "{ x: { from: $query.a } }", "GET /x?a=1") == #"{"x":"1"}"#)
    }
}
