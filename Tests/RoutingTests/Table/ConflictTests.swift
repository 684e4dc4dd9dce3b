import Testing

@testable import Routing

/// Rule 8: ties are errors, unreachable routes are warnings.
@Suite struct ConflictTests {
    private func result(_ lines: String...) -> LoadResult { load(LookupTests.text(lines)) }

    @Test func `a tie names both places`() {
        #expect(
            result("a: GET /users/:id", "b: GET|POST /users/:name").errors == [
                "r.yaml:5:5: route \"b\" ties with route \"a\" (r.yaml:4:5): both take GET /users/:name under conditions of the same rank; give one of them a \"priority\""
            ])
    }

    @Test(arguments: [
        ["a: GET /x", "b: POST /x"], ["a: GET /x", "b: GET /:x"], ["a: GET /x", "b: GET /x/"],
        ["a: GET /x; host: a", "b: GET /x; host: b"],
        ["a: GET /x; host: a", "b: GET /x"],
        ["a: GET /x; when: { header: { v: 1 } }", "b: GET /x; when: { header: { v: [2, 3] } }"],
        ["a: GET /x; when: { header: { v: 1 } }", "b: GET /x"],
        ["a: GET /x/; trailingSlash: ignore", "b: GET /x; trailingSlash: ignore"],
        ["a: GET /x; when: { query: { v: 1 } }, priority: 1", "b: GET /x; when: { header: { v: 1 } }"],
    ])
    func `what can be told apart is no tie`(lines: [String]) {
        let result = load(LookupTests.text(lines))
        #expect(result.errors.isEmpty)
        #expect(result.warnings.isEmpty)
    }

    @Test(arguments: [
        ["a: GET /x", "b: GET /x"], ["a: GET /x; host: H", "b: GET /x; host: h."],
        ["a: GET /x; when: { header: { v: 1 } }", "b: GET /x; when: { header: { w: 1 } }"],
        ["a: GET /x; when: { header: { V: [1, 2] } }", "b: GET /x; when: { header: { v: [2, 3] } }"],
        ["a: GET /x; priority: 3", "b: GET /x; priority: 3"], ["a: GET /*a", "b: GET /*b"],
    ])
    func `what cannot be told apart is a tie`(lines: [String]) {
        #expect(load(LookupTests.text(lines)).errors.count == 1)
    }

    @Test func `priority decides a tie, and the loser is unreachable`() {
        let result = result("a: GET|POST /x", "b: GET /x; priority: 1", "c: POST /y", "d: POST /y; priority: -1")
        #expect(
            result.warnings == [
                "r.yaml:7:5: warning: route \"d\" is never reached: route \"c\" (r.yaml:6:5) takes every request of it"
            ])
        #expect(result.file.map { TestRequest("GET /x").looked(up: $0.table) } == "b")
        #expect(result.file.map { TestRequest("POST /x").looked(up: $0.table) } == "a")
    }

    @Test func `a route whose rank could not be read ties with none`() {
        #expect(
            result("a: GET /x", "b: GET /x; priority: 1001").errors == [
                "r.yaml:5:91: \"priority\" must be between -1000 and 1000, not 1001"
            ])
        #expect(result("a: GET /x", "b: GET /x; host: \"a b\"").errors.count == 1)
        #expect(result("a: GET /x", "b: GET /x; when: { header: { v: [] } }").errors.count == 1)
        #expect(result("a: GET /x", "b: GET /x; when: { hedaer: { v: 1 } }").errors.count == 1)
    }

    @Test(arguments: [
        ("GET users", "\"match\": a path begins with \"/\""),
        ("GET /a//b", "\"match\": a path cannot have an empty segment (\"//\")"),
        ("GET /a/*", "\"match\": \"*\" is not a parameter: \"*\" is followed by a name of letters, digits and \"_\""),
        ("GET /:1a", "\"match\": \":1a\" is not a parameter: \":\" is followed by a name of letters, digits and \"_\""),
        ("GET /*a/b", "\"match\": \"*a\" takes all that follows, so it can only stand at the end"),
        ("GET /a*", "\"match\": \"*\" only stands at the beginning of a segment, in \"a*\""),
        ("GET /:a/:a", "\"match\": the path has two parameters named \"a\""),
        ("GET /x?y=1", "\"match\": \"?\" cannot stand in a path; conditions on the query stand under \"when\""),
        ("GET /../x", "\"match\": \"..\" can never match: requests with dot segments are refused"),
        ("GET /a%2Fb", "\"match\": \"a%2Fb\" can never match: requests with such escapes are refused"),
        ("GET /%FF", "\"match\": \"%FF\" can never match: requests with such escapes are refused"),
        ("GET /a%0A", "\"match\": \"a%0A\" can never match: requests with such escapes are refused"),
        ("GET /%7F", "\"match\": \"%7F\" can never match: requests with such escapes are refused"),
        ("GET /%4", "\"match\": \"%\" is not followed by two hex digits in \"%4\""),
        (
            "GET /:__proto__",
            "\"match\": \"__proto__\" cannot be a parameter's name: Node services would take it for a prototype"
        ),
        ("get /x", "unknown method \"get\" in \"match\"; did you mean \"GET\"?"),
        ("GET|GET /x", "method \"GET\" is named twice"),
        ("CONNECT /x", "unknown method \"CONNECT\" in \"match\""),
        ("/x", "\"match\" must be methods and a path, such as GET /users/:id, not \"/x\""),
    ])
    func `a bad match is explained`(match: String, error: String) {
        #expect(
            load(routes("  - { id: r, match: \"\(match)\", send: { service: math, pattern: p }, payload: {} }\n"))
                .errors
                == ["r.yaml:4:21: \(error)"])
    }

    @Test func `exactly one of send and emit`() {
        #expect(
            load(routes("  - { id: r, match: GET /x }\n")).errors == [
                "r.yaml:4:5: route \"r\" has neither \"send\" nor \"emit\"; it takes exactly one"
            ])
        #expect(
            load(route("GET /x", "    emit: { service: math, pattern: p }\n")).errors == [
                "r.yaml:7:5: route \"r\" has both \"send\" and \"emit\"; it takes exactly one"
            ])
        #expect(
            load(routes("  - { id: r, match: GET /x, send: { service: math } }\n")).errors == [
                "r.yaml:4:35: \"send\" of route \"r\" has no \"pattern\""
            ])
    }

    @Test func `hosts and conditions are checked`() {
        #expect(
            load(
                route(
                    "GET /x",
                    "    host: \"a.com:80\"\n    when: { header: { \"a b\": 1, c: [] }, querry: {} }\n    priority: high\n"
                )
            ).errors == [
                "r.yaml:7:11: \"a.com:80\" is not a host; write api.example.com or *.example.com, without port",
                "r.yaml:8:23: \"a b\" is not a header name", "r.yaml:8:36: the list of values is empty",
                "r.yaml:8:42: unknown key \"querry\" in \"when\"; did you mean \"query\"?",
                "r.yaml:9:15: \"priority\" must be a whole number, not \"high\"",
            ])
    }
}
