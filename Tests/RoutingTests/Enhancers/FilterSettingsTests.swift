import Testing

@testable import Routing

@Suite struct FilterSettingsTests {
    /// What an error of a service becomes: its status.
    private func status(
        _ error: String, file: String = "", service: String = "", route: String = "", global: String = ""
    ) -> Int? {
        let text = """
            version: 1
            \(global.isEmpty ? "" : "use: { filters: [\(global)] }")
            \(file.isEmpty ? "" : "errors: { \(file) }")
            services: { s: { endpoints: ["h:1"] \(service) } }
            routes: [{ id: r, match: GET /, send: { service: s, pattern: p } \(route) }]
            """
        let result = load(text)
        #expect(result.errors == [])
        return result.file.flatMap { file in
            Array(error.utf8).withUnsafeBytes { file.table.routes[0].errors.outcome(forError: $0).status }
        }
    }

    private let taken = "{\"code\":\"TAKEN\",\"kind\":7}"

    private func use(_ filters: String) -> String { ", use: { filters: [\(filters)] }" }

    @Test func `RpcToProblem finds statuses`() {
        #expect(status(taken) == 502)
        #expect(status(taken, route: use("RpcToProblem")) == 502)
        #expect(status(taken, route: use("{ RpcToProblem: { map: { TAKEN: 409 } } }")) == 409)
        #expect(status(taken, route: use("{ RpcToProblem: { otherwise: 500 } }")) == 500)
        let other = "{\"http\":{\"a\":1},\"rpcStatus\":418,\"status\":404}"
        #expect(status(other) == 404)
        #expect(status(other, route: use("{ RpcToProblem: { statusFrom: [rpcStatus] } }")) == 418)
        #expect(status(other, route: use("{ RpcToProblem: { statusFrom: rpcStatus } }")) == 418)
        #expect(status(other, route: use("{ RpcToProblem: { statusFrom: [none] } }")) == 502)
    }

    @Test func `MapError looks at fields of the error`() {
        let map =
            "{ MapError: { 409: { when: { code: TAKEN, kind: 7 } }, 410: [{ when: { code: GONE } }, { when: { kind: 8 } }] } }"
        #expect(status(taken, route: use(map)) == 409)
        #expect(status("{\"code\":\"TAKEN\",\"kind\":\"7\"}", route: use(map)) == 502)
        #expect(status("{\"code\":\"GONE\"}", route: use(map)) == 410)
        #expect(status("{\"kind\":8}", route: use(map)) == 410)
        #expect(status("\"TAKEN\"", route: use(map)) == 502)
    }

    @Test func `the first that handles an error wins, from the route outward`() {
        func map(_ status: Int) -> String { "{ MapError: { \(status): { when: { code: TAKEN } } } }" }
        #expect(status(taken, global: map(420)) == 420)
        #expect(status(taken, service: ", use: { filters: [\(map(421).replaced)] }", global: map(420)) == 421)
        #expect(
            status(
                taken, service: ", use: { filters: [\(map(421).replaced)] }", route: use(map(422).replaced),
                global: map(420)) == 422)
        // RpcToProblem takes all: those behind it are not asked.
        #expect(status(taken, route: use("RpcToProblem"), global: map(420)) == 502)
        #expect(status(taken, route: use("\(map(422).replaced), RpcToProblem"), global: map(420)) == 422)
        #expect(status(taken, route: use("RpcToProblem, \(map(422).replaced)"), global: map(420)) == 502)
        // One that does not fit leaves it to the next.
        #expect(
            status(
                taken, route: use("{ MapError: { 422: { when: { code: OTHER } }, replace: true } }, RpcToProblem"),
                global: map(420)) == 502)
        #expect(
            status(taken, service: ", use: { filters: [{ RpcToProblem: { otherwise: 503 } }] }", global: map(420))
                == 503)
    }

    @Test func `without takes an inherited one away`() {
        let global = "{ RpcToProblem: { map: { TAKEN: 409 } } }"
        #expect(status(taken, global: global) == 409)
        #expect(status(taken, route: ", without: [RpcToProblem]", global: global) == 502)
        #expect(status(taken, service: ", without: [RpcToProblem]", global: global) == 502)
    }

    @Test func `a route's errors go before filters, the file's behind`() {
        let filter = use("{ RpcToProblem: { map: { TAKEN: 409 }, otherwise: 500, statusFrom: [b, code] } }")
        #expect(status(taken, file: "map: { TAKEN: 410 }", route: filter) == 409)
        #expect(status(taken, route: ", errors: { map: { TAKEN: 411 } }" + filter) == 411)
        // Also where a route says what holds anyhow.
        #expect(status("{}", route: ", errors: { otherwise: 502 }" + filter) == 502)
        #expect(status("{}", file: "otherwise: 501", route: filter) == 500)
        #expect(status("{}", file: "otherwise: 501", route: ", errors: { otherwise: 501 }" + filter) == 501)
        let fields = "{\"status\":404,\"b\":418}"
        #expect(status(fields, route: filter) == 418)
        #expect(status(fields, route: ", errors: { statusFrom: [statusCode, status, code] }" + filter) == 404)
        let cases = "422: { when: { code: TAKEN } }"
        #expect(
            status(
                taken, route: ", errors: { \(cases) }" + use("{ MapError: { 423: { when: { code: TAKEN } } } }")) == 422
        )
        #expect(status(taken, file: cases, route: use("{ MapError: { 423: { when: { code: TAKEN } } } }")) == 423)
        #expect(
            status(taken, file: "map: { OTHER: 410 }, otherwise: 501", route: ", errors: { map: { A: 400 } }") == 501)
    }

    @Test(arguments: [
        ("MapError", "3:5: \"MapError\" needs options: { MapError: { 409: { when: { code: EMAIL_TAKEN } } } }"),
        (
            "{ MapError: {} }",
            "3:17: \"MapError\" needs a status and when it applies: { 409: { when: { code: TAKEN } } }"
        ),
        ("{ MapError: { 409: {} } }", "3:24: error 409 has no \"when\""),
        ("{ MapError: { 399: { when: { a: 1 } } } }", "3:19: an error's status is between 400 and 599, not 399"),
        ("{ MapError: { x: { when: { a: 1 } } } }", "3:19: unknown key \"x\" in \"MapError\""),
        (
            "{ MapError: { 409: { when: a } } }",
            "3:32: \"when\" must name fields of the error and their values, not \"a\""
        ),
        ("{ RpcToProblem: { map: [a] } }", "3:28: \"map\" must be a mapping of names and statuses, not a list"),
        ("{ RpcToProblem: { map: { A: 200 } } }", "3:33: \"A\" must be between 400 and 599, not 200"),
        ("{ RpcToProblem: { otherwise: ok } }", "3:34: \"otherwise\" must be a whole number, not \"ok\""),
        ("{ RpcToProblem: { debug: true } }", "3:23: unknown key \"debug\" in \"RpcToProblem\""),
        ("RpcToProblm", "3:5: unknown filter \"RpcToProblm\"; did you mean \"RpcToProblem\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.filters, entry).errors == ["r.yaml:\(message)"])
    }
}

extension String {
    /// The entry with `replace: true` among its options.
    fileprivate var replaced: String { String(dropLast(4)) + ", replace: true } }" }
}
