import Testing

@testable import Routing

/// Rules 8 and 9.
@Suite struct LookupTests {
    /// `id: METHOD /path` lines as a table, in that order.
    static func table(_ lines: String...) -> RouteTable? {
        load(text(lines)).file?.table
    }

    static func text(_ lines: [String]) -> String {
        routes(
            lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                let rest = parts[1].split(separator: ";", maxSplits: 1)
                let more = rest.count > 1 ? "," + rest[1] : ""
                return
                    "  - { id: \(parts[0]), match: \"\(rest[0].drop { $0 == " " })\", send: { service: math, pattern: p }, payload: {}\(more) }\n"
            }.joined())
    }

    private func find(_ request: String, _ table: RouteTable?, host: String = "", headers: [(String, String)] = [])
        -> String
    {
        table.map { TestRequest(request, host: host, headers: headers).looked(up: $0) } ?? "no table"
    }

    @Test func `a literal segment goes before a parameter, and that before the rest`() {
        for order in [0, 1, 2] {
            var lines = ["rest: GET /users/*rest", "id: GET /users/:id", "me: GET /users/me"]
            lines.swapAt(0, order)
            let table = load(Self.text(lines)).file?.table
            #expect(find("GET /users/me", table) == "me")
            #expect(find("GET /users/m", table) == "id id=m")
            #expect(find("GET /users/me/x", table) == "rest rest=me/x")
            #expect(find("GET /users", table) == "404")
            #expect(find("GET /users/", table) == "404")
            #expect(find("GET /users/a/", table) == "rest rest=a/")
        }
    }

    @Test func `a lookup turns back from a dead end`() {
        let table = Self.table("a: GET /a/:x/c", "b: GET /:y/b/c", "c: GET /*rest", "d: GET /a/b/d")
        #expect(find("GET /a/b/c", table) == "a x=b")
        #expect(find("GET /z/b/c", table) == "b y=z")
        #expect(find("GET /a/b/d", table) == "d")
        #expect(find("GET /a/b/e", table) == "c rest=a/b/e")
        #expect(find("GET /", table) == "404")
    }

    @Test func `the method decides among routes of any path`() {
        let table = Self.table("me: GET /users/me", "create: POST /users/:id", "any: PUT|PATCH /users/:id")
        #expect(find("POST /users/me", table) == "create id=me")
        #expect(find("HEAD /users/me", table) == "me(HEAD)")
        #expect(find("DELETE /users/me", table) == "405 GET, HEAD, POST, PUT, PATCH, OPTIONS")
        #expect(find("DELETE /users/1", table) == "405 POST, PUT, PATCH, OPTIONS")
        #expect(find("OPTIONS /users/me", table) == "204 GET, HEAD, POST, PUT, PATCH, OPTIONS")
        #expect(find("OPTIONS /nobody", table) == "404")
        #expect(find("get /users/me", table).hasPrefix("405"))
        #expect(find("PROPFIND /users/me", table).hasPrefix("405"))
        #expect(find("PROPFIND /none", table) == "404")
    }

    @Test func `a route for HEAD goes before one for GET`() {
        let table = Self.table("get: GET /x", "head: HEAD /x", "options: OPTIONS /x")
        #expect(find("HEAD /x", table) == "head")
        #expect(find("GET /x", table) == "get")
        #expect(find("OPTIONS /x", table) == "options")
    }

    @Test func `a trailing slash matters unless it is ignored`() {
        let table = Self.table(
            "a: GET /a", "b: GET /b/", "c: GET /c; trailingSlash: ignore", "d: GET /d/; trailingSlash: ignore",
            "e: GET /d",
            "root: GET /")
        #expect(find("GET /a", table) == "a")
        #expect(find("GET /a/", table) == "404")
        #expect(find("GET /b", table) == "404")
        #expect(find("GET /b/", table) == "b")
        #expect(find("GET /c", table) == "c")
        #expect(find("GET /c/", table) == "c")
        #expect(find("GET /d", table) == "e")
        #expect(find("GET /d/", table) == "d")
        #expect(find("GET /", table) == "root")
        #expect(find("GET //", table) == "404")
    }

    @Test func `parameters are decoded once`() {
        let table = Self.table("id: GET /users/:id", "s: GET /caf%C3%A9/x", "r: GET /files/*path")
        #expect(find("GET /users/a%20b", table) == "id id=a b")
        #expect(find("GET /users/%252F", table) == "id id=%2F")
        #expect(find("GET /users/a+b", table) == "id id=a+b")
        #expect(find("GET /users/%E4%BD%A0", table) == "id id=你")
        #expect(find("GET /users/你", table) == "id id=你")
        #expect(find("GET /caf%c3%a9/x", table) == "s")
        #expect(find("GET /café/x", table) == "s")
        #expect(find("GET /%75sers/1", table) == "id id=1")
        #expect(find("GET /files/a%20b/c%3Bd", table) == "r path=a b/c;d")
    }

    @Test(arguments: [
        ("/a%2Fb", "encodedSlash"), ("/a%2fb", "encodedSlash"), ("/a%5Cb", "backslash"), ("/a%5cb", "backslash"),
        ("/a\\b", "backslash"), ("/a%00", "nul"), ("/a;b=1", "pathParameter"), ("/.", "dotSegment"),
        ("/..", "dotSegment"),
        ("/a/./b", "dotSegment"), ("/a/../b", "dotSegment"), ("/%2e", "dotSegment"), ("/a/%2E%2e/b", "dotSegment"),
        ("/.%2e", "dotSegment"), ("/a/..", "dotSegment"), ("/../", "dotSegment"), ("/%", "malformedEscape"),
        ("/%2", "malformedEscape"),
        ("/%zz", "malformedEscape"), ("/a%2", "malformedEscape"), ("/%FF", "notUTF8"), ("/%C0%AF", "notUTF8"),
        ("/%ED%A0%80", "notUTF8"), ("/%F4%90%80%80", "notUTF8"), ("/%E4%BD", "notUTF8"),
        ("/a\u{7F}", "controlCharacter"),
        ("/a\tb", "controlCharacter"),
        ("/a%0Ab", "controlCharacter"), ("/a%0d%0ab", "controlCharacter"), ("/%01", "controlCharacter"),
        ("/%1b[2J", "controlCharacter"), ("/%1F", "controlCharacter"), ("/%09", "controlCharacter"),
        ("/a/%7f", "controlCharacter"),
    ])
    func `paths that servers read differently are refused`(path: String, fault: String) {
        let table = Self.table("all: GET /*rest")
        #expect(find("GET \(path)", table) == "400 \(fault)")
    }

    @Test(arguments: ["/...", "/.a", "/a.", "/..a", "/%2e%2e%2e", "/a%3Bb", "/%20", "/%7E", "/%25", "/%C3%A4"])
    func `paths that only look dangerous are taken`(path: String) {
        #expect(find("GET \(path)", Self.table("all: GET /*rest")).hasPrefix("all "))
    }

    @Test(arguments: ["//", "//a", "/a//b", "/a//", "", "*", "a"])
    func `empty segments match nothing`(path: String) {
        let request = TestRequest("GET /", host: "")
        #expect(request.method.count == 3)
        #expect(
            find("GET \(path.isEmpty ? "?" : path)", Self.table("all: GET /*rest", "p: GET /:a/:b", "r: GET /"))
                == "404")
    }

    @Test func `a path of more segments than any template is no match, or the rest`() {
        let long = String(repeating: "/a", count: 500)
        #expect(find("GET \(long)", Self.table("a: GET /a/a", "p: GET /:x/:y")) == "404")
        #expect(find("GET \(long)", Self.table("a: GET /a/*rest")) == "a rest=" + long.dropFirst(3))
        let deep = String(repeating: "/:p", count: 0) + (0..<32).map { "/:p\($0)" }.joined()
        #expect(find("GET " + String(repeating: "/x", count: 32), Self.table("d: GET \(deep)")).hasPrefix("d p0=x"))
        #expect(find("GET " + String(repeating: "/x", count: 33), Self.table("d: GET \(deep)")) == "404")
    }

    @Test func `long segments with a common beginning are told apart`() {
        let lines = (0..<300).map { "r\($0): GET /resource-number-\($0)/x" }
        let table = load(Self.text(lines)).file?.table
        for number in [0, 7, 150, 299] { #expect(find("GET /resource-number-\(number)/x", table) == "r\(number)") }
        #expect(find("GET /resource-number-300/x", table) == "404")
        #expect(find("GET /resource/x", table) == "404")
    }

    @Test func `an exact host goes before a wildcard, and that before none`() {
        let table = Self.table(
            "none: GET /x", "wild: GET /x; host: \"*.example.com\"", "exact: GET /x; host: api.example.com",
            "long: GET /x; host: \"*.b.example.com\"", "v6: GET /x; host: \"[::1]\"")
        #expect(find("GET /x", table, host: "api.example.com") == "exact")
        #expect(find("GET /x", table, host: "API.Example.COM.:8443") == "exact")
        #expect(find("GET /x", table, host: "www.example.com:80") == "wild")
        #expect(find("GET /x", table, host: "a.b.example.com") == "long")
        #expect(find("GET /x", table, host: "example.com") == "none")
        #expect(find("GET /x", table, host: ".example.com") == "none")
        #expect(find("GET /x", table, host: "evilexample.com") == "none")
        #expect(find("GET /x", table, host: "[::1]:8080") == "v6")
        #expect(find("GET /x", table, host: "[::1]") == "v6")
        #expect(find("GET /x", table) == "none")
    }

    @Test func `the path goes before the host`() {
        let table = Self.table("p: GET /:id; host: api.example.com", "s: GET /x")
        #expect(find("GET /x", table, host: "api.example.com") == "s")
        #expect(find("GET /y", table, host: "api.example.com") == "p id=y")
        #expect(find("GET /y", table, host: "other") == "404")
        #expect(find("POST /y", table, host: "other") == "404")
    }

    @Test func `more conditions go before fewer`() {
        let table = Self.table(
            "none: GET /x", "one: GET /x; when: { header: { X-Api-Version: 2 } }",
            "two: GET /x; when: { header: { x-api-version: [\"2\", \"3\"] }, query: { \"f o\": [csv, \"j n\"] } }")
        #expect(find("GET /x", table) == "none")
        #expect(find("GET /x", table, headers: [("x-api-version", "2")]) == "one")
        #expect(find("GET /x?f+o=csv", table, headers: [("x-api-version", "3")]) == "two")
        #expect(find("GET /x?a=1&f%20o=j%20n", table, headers: [("x-api-version", "2")]) == "two")
        #expect(
            find("GET /x?f+o=xml&f+o=csv", table, headers: [("x-api-version", "1"), ("x-api-version", "2")]) == "two")
        #expect(find("GET /x?f+o=CSV", table, headers: [("x-api-version", "3")]) == "none")
    }

    @Test func `a failing condition makes a route invisible, to Allow too`() {
        let table = Self.table("a: GET /x; when: { header: { a: b } }", "b: POST /x")
        #expect(find("GET /x", table) == "405 POST, OPTIONS")
        #expect(find("PUT /x", table, headers: [("a", "b")]) == "405 GET, HEAD, POST, OPTIONS")
    }

    @Test func `a match can be used again`() {
        let table = Self.table("id: GET /a/:id", "two: GET /:a/:b/c")
        let match = RouteMatch()
        for _ in 0..<3 {
            TestRequest("GET /a/%41").view { view in
                #expect(table?.lookup(view, into: match) == .matched)
                #expect(table.map { match.parameter(0, of: $0.routes[match.route], in: view) } == "A")
            }
            TestRequest("GET /a/x").view { view in
                #expect(table?.lookup(view, into: match) == .matched)
                #expect(table.map { match.parameter(0, of: $0.routes[match.route], in: view) } == "x")
            }
        }
    }
}
