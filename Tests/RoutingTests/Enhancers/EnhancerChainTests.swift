import Testing

@testable import Routing

/// Rule 6: scopes add up in the order written; `without`, `sets`, `replace`.
@Suite struct EnhancerChainTests {
    /// An entry that can be told from others by its limit.
    private func limit(_ number: Int, _ more: String = "") -> String {
        "{ RateLimit: { limit: \(number), per: 1s\(more.isEmpty ? "" : ", " + more) } }"
    }

    private let allow = "{ IpAllow: { ranges: [10.0.0.0/8] } }"

    private func loaded(global: String = "", sets: String = "", service: String = "", route: String = "") -> LoadResult
    {
        load(
            """
            version: 1
            \(sets.isEmpty ? "" : "sets: { \(sets) }")
            \(global.isEmpty ? "" : "use: { \(global) }")
            services:
              a: { endpoints: ["h:1"]\(service.isEmpty ? "" : ", " + service) }
              b: { endpoints: ["h:2"] }
            routes:
              - { id: a, match: GET /a, send: { service: a, pattern: p }\(route.isEmpty ? "" : ", " + route) }
              - { id: b, match: GET /b, send: { service: b, pattern: p } }
            """)
    }

    /// What guards a route, in order: names, limits in brackets.
    private func chain(_ file: RouteFile?, _ id: String) -> [String] {
        guard let file, let route = file.routes.first(where: { $0.id == id }) else { return ["not loaded"] }
        return route.plan.guards.map { number in
            let entry = file.enhancers[number]
            guard case .guardian(.rateLimit(let settings)) = entry.settings else { return entry.name }
            return "\(entry.name)(\(settings.limit))"
        }
    }

    @Test func `global comes first, then service, then route`() {
        let file = loaded(
            global: "guards: [\(limit(1)), \(limit(2))]", service: "use: { guards: [\(allow)] }",
            route: "use: { guards: [{ IpDeny: { ranges: [\"::1\"] } }, { ApiKey: { keys: [\(key)] } }] }"
        ).file
        #expect(chain(file, "a") == ["RateLimit(1)", "RateLimit(2)", "IpAllow", "IpDeny", "ApiKey"])
        #expect(chain(file, "b") == ["RateLimit(1)", "RateLimit(2)"])
    }

    private let key = "{ name: k, sha256: \(String(repeating: "ab", count: 32)) }"

    @Test func `without takes inherited ones out`() {
        let file = loaded(
            global: "guards: [\(limit(1)), \(allow), \(limit(2))]", route: "without: [RateLimit]"
        ).file
        #expect(chain(file, "a") == ["IpAllow"])
        #expect(chain(file, "b") == ["RateLimit(1)", "IpAllow", "RateLimit(2)"])
        let both = loaded(
            global: "guards: [\(limit(1))]", service: "without: [RateLimit], use: { guards: [\(limit(3))] }"
        ).file
        #expect(chain(both, "a") == ["RateLimit(3)"])
    }

    @Test func `without of what is not inherited is an error`() {
        #expect(
            loaded(route: "without: [IpAlow]").errors == [
                "r.yaml:8:73: route \"a\" inherits no \"IpAlow\""
            ])
        #expect(
            loaded(global: "guards: [\(allow)]", route: "without: IpAlow").errors == [
                "r.yaml:8:72: route \"a\" inherits no \"IpAlow\"; did you mean \"IpAllow\"?"
            ])
        // Its own are not inherited.
        #expect(
            loaded(route: "without: [IpAllow], use: { guards: [\(allow)] }").errors == [
                "r.yaml:8:73: route \"a\" inherits no \"IpAllow\""
            ])
    }

    @Test func `a set stands for its entries, and is one guard wherever it is used`() {
        let file = loaded(
            global: "sets: [base]", sets: "base: { guards: [\(limit(7))] }, inside: { guards: [\(allow)] }",
            route: "use: { sets: [inside], guards: [{ IpDeny: { ranges: [\"::1\"] } }] }"
        ).file
        #expect(chain(file, "a") == ["RateLimit(7)", "IpAllow", "IpDeny"])
        #expect(file?.routes[0].plan.guards.first == file?.routes[1].plan.guards.first)
        #expect(file?.enhancers.count == 3)
    }

    @Test func `unknown and unused sets are told`() {
        #expect(
            loaded(sets: "base: { guards: [\(allow)] }", route: "use: { sets: [bse] }").errors == [
                "r.yaml:8:77: there is no set \"bse\"; did you mean \"base\"?"
            ])
        let unused = loaded(sets: "base: { guards: [\(allow)] }")
        #expect(unused.warnings == ["r.yaml:2:9: warning: nothing uses the set \"base\""])
    }

    @Test func `what is empty or named twice is an error`() {
        func messages(_ result: LoadResult) -> [String] {
            result.errors.map { $0.drop { $0 != " " }.dropFirst().description }
        }
        #expect(messages(loaded(global: "guards: []")) == ["\"guards\" is empty"])
        #expect(messages(loaded(route: "use: {}")) == ["\"use\" of route \"a\" names nothing"])
        #expect(messages(loaded(sets: "b: {}", route: "use: { sets: [b] }")) == ["there is nothing in the set \"b\""])
        let twice = loaded(sets: "b: { guards: [\(allow)] }", route: "use: { sets: [b, b] }")
        #expect(messages(twice) == ["the set \"b\" is named twice"])
    }

    @Test func `a second one of an inherited name has to replace it`() {
        let twice = loaded(global: "guards: [\(limit(1))]", route: "use: { guards: [\(limit(2))] }")
        #expect(
            twice.errors == [
                "r.yaml:8:79: \"RateLimit\" is inherited from r.yaml:3:17 already; write \"replace: true\" in its options, "
                    + "or \"without: [RateLimit]\" beside \"use\""
            ])
        let replaced = loaded(
            global: "guards: [\(limit(1)), \(allow)]", route: "use: { guards: [\(limit(2, "replace: true"))] }"
        ).file
        #expect(chain(replaced, "a") == ["IpAllow", "RateLimit(2)"])
        #expect(chain(replaced, "b") == ["RateLimit(1)", "IpAllow"])
        #expect(
            loaded(route: "use: { guards: [\(limit(2, "replace: true"))] }").errors == [
                "r.yaml:8:79: there is no inherited \"RateLimit\" to replace"
            ])
    }

    /// What stands around a route, of each kind in order: names.
    private func names(_ file: RouteFile?, _ kind: EnhancerKind) -> [String] {
        guard let file else { return ["not loaded"] }
        return file.routes[0].plan[kind].map { file.enhancers[$0].name }
    }

    @Test func `every kind adds up from the outside in, filters from the inside out`() {
        let file = loaded(
            global:
                "interceptors: [RequestId, Trace], filters: [{ MapError: { 409: { when: { code: A } } } }, RpcToProblem]",
            service: "use: { interceptors: [Compress], filters: [{ Remote: { service: b, pattern: f } }] }",
            route:
                "use: { interceptors: [{ Timeout: { after: 1s } }, Collapse], pipes: [{ Schema: { body: { type: object } } }] }"
        ).file
        #expect(names(file, .interceptors) == ["RequestId", "Trace", "Compress", "Timeout", "Collapse"])
        #expect(names(file, .pipes) == ["Schema"])
        #expect(names(file, .filters) == ["Remote", "MapError", "RpcToProblem"])
    }

    @Test func `without takes out one kind as well as another`() {
        let file = loaded(
            global: "interceptors: [RequestId, Trace], filters: [RpcToProblem]",
            route: "without: [RequestId, RpcToProblem]"
        ).file
        #expect(names(file, .interceptors) == ["Trace"])
        #expect(names(file, .filters) == [])
    }

    @Test func `names that belong elsewhere say where`() {
        #expect(
            loaded(route: "use: { pipes: [ParseInt, RateLimit], interceptors: [RequestID], guard: [] }").errors == [
                "r.yaml:8:78: \"ParseInt\" belongs to one value: { from: $path.id, pipes: [ParseInt] } in \"payload\"",
                "r.yaml:8:88: \"RateLimit\" is one of \"guards\", not of \"pipes\"",
                "r.yaml:8:115: unknown interceptor \"RequestID\"; did you mean \"RequestId\"?",
                "r.yaml:8:127: unknown key \"guard\" in \"use\" of route \"a\"; did you mean \"guards\"?",
            ])
    }

    @Test func `guards can only be written where they are meant for all`() {
        let errors = load(
            files: [
                "r.yaml": "version: 1\ninclude: [more.yaml]\nservices: { a: { endpoints: [\"h:1\"] } }\n",
                "more.yaml": "use: { guards: [] }\nsets: {}\n",
            ], path: "r.yaml"
        ).errors
        #expect(
            errors == [
                "more.yaml:1:1: \"use\" cannot stand in an included file; only \"services\" and \"routes\" can",
                "more.yaml:2:1: \"sets\" cannot stand in an included file; only \"services\" and \"routes\" can",
            ])
    }
}
