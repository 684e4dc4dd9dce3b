import MessageWire
import Testing

@testable import Routing

/// Rule 16: `tests:` are run without any service.
@Suite struct RouteFileTestsTests {
    private static let file = """
        version: 1
        services: { prices: { endpoints: ["a:1"] } }
        routes:
          - id: price
            match: GET /prices/:symbol
            host: api.example.com
            send: { service: prices, pattern: prices.watch }
            payload: { symbol: { from: $path.symbol, pattern: "^[A-Z]{1,6}$" }, n: { from: $query.n, pipes: [{ DefaultValue: 1 }] } }
          - { id: note, match: POST /notes, emit: { service: prices, pattern: { cmd: note } }, consumes: [json, text, form], limits: { body: 20B } }
        tests:

        """

    private func failures(_ tests: String) -> [[String]] {
        let result = load(Self.file + tests)
        return result.file?.runTests().map(\.failures) ?? [result.errors]
    }

    @Test func `tests that hold`() {
        #expect(
            failures(
                """
                  - { request: GET /prices/AAPL, host: api.example.com, expect: { route: price, payload: { n: 1, symbol: AAPL }, pattern: prices.watch, status: 200 } }
                  - { request: GET /prices/aapl, host: api.example.com, expect: { status: 400 } }
                  - { request: GET /prices/AAPL, expect: { status: 404 } }
                  - { request: PUT /notes, expect: { status: 405 } }
                  - { request: POST /notes, body: [1], expect: { payload: [1], pattern: { cmd: note }, status: 202 } }
                  - { request: POST /notes, text: "a=1&b=2", headers: { Content-Type: application/x-www-form-urlencoded }, expect: { payload: { b: "2", a: "1" } } }
                  - { request: POST /notes, text: hi, headers: { Content-Type: text/plain }, expect: { payload: hi } }
                  - { request: POST /notes, text: "{]", expect: { status: 400 } }
                  - { request: POST /notes, text: x, headers: { Content-Type: image/png }, expect: { status: 415 } }
                  - { request: POST /notes, body: "0123456789012345678901234567890", expect: { status: 413 } }
                  - { request: GET /a/../b, expect: { status: 400 } }

                """) == Array(repeating: [], count: 11))
    }

    @Test func `tests that do not hold say what was found`() {
        #expect(
            failures(
                """
                  - { request: GET /prices/AAPL?n=2, host: api.example.com, expect: { route: x, payload: { symbol: A }, pattern: y, status: 201 } }
                  - { request: GET /nothing, expect: { route: price, payload: {} } }

                """) == [
                    [
                        "expected route \"x\", found route \"price\"", "expected status 201, found 200",
                        "expected pattern \"y\", found \"prices.watch\"",
                        "expected payload {\"symbol\":\"A\"}, found {\"symbol\":\"AAPL\",\"n\":\"2\"}",
                    ],
                    [
                        "expected route \"price\", found status 404 (no route)",
                        "expected payload {}, found none (no route)",
                    ],
                ])
    }

    @Test func `a test that says nothing is refused`() {
        #expect(
            failures(
                "  - { request: GET /x, expect: {} }\n  - { request: x, expect: { rout: a } }\n  - { expect: { status: 200 }, bdy: 1 }\n"
            ) == [
                [
                    "r.yaml:11:32: \"expect\" names nothing: give it a route, payload, pattern or status",
                    "r.yaml:12:16: \"request\" must be a method and a path, such as GET /users/1?lang=en, not \"x\"",
                    "r.yaml:12:27: \"expect\" names nothing: give it a route, payload, pattern or status",
                    "r.yaml:12:29: unknown key \"rout\" in \"expect\"; did you mean \"route\"?",
                    "r.yaml:13:5: a test has no \"request\"",
                    "r.yaml:13:32: unknown key \"bdy\" in a test; did you mean \"body\"?",
                ]
            ])
    }

    @Test func `rows describe the table`() {
        let rows = load(Self.file).file?.rows
        #expect(rows?.map(\.id) == ["price", "note"])
        #expect(
            rows?.first?.json.serialized()
                == #"{"id":"price","methods":["GET"],"path":"/prices/:symbol","host":"api.example.com","service":"prices","verb":"send","patterns":["\"prices.watch\""],"file":"r.yaml","line":4}"#
        )
    }

    @Test func `claims stand for what guards would have found out`() {
        let hash = String(repeating: "ab", count: 32)
        let file = """
            version: 1
            use: { guards: [{ Basic: { users: [{ name: ada, sha256: \(hash) }] } }] }
            services: { s: { endpoints: ["a:1"] } }
            routes: [{ id: me, match: GET /me, send: { service: s, pattern: me }, payload: { who: $auth.sub, all: $auth } }]
            tests:

            """
        func failures(_ test: String) -> [[String]] {
            let result = load(file + test)
            return result.file?.runTests().map(\.failures) ?? [result.errors]
        }
        #expect(
            failures(
                """
                  - { request: GET /me, claims: { auth: { sub: ada } }, expect: { payload: { who: ada, all: { sub: ada } } } }
                  - { request: GET /me, expect: { payload: {} } }
                """) == [[], []])
        #expect(
            failures("  - { request: GET /me, claims: ada, expect: { status: 200 } }") == [
                ["r.yaml:6:33: \"claims\" must be a mapping such as { auth: { sub: u1 } }, not \"ada\""]
            ])
    }
}
