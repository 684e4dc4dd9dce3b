import MessageWire
import Routing
import Synchronization
import Testing

@testable import MartletGateway

/// Each endpoint, without a socket.
@Suite struct AdminHandlerTests {
    private let source = FakeAdminSource()

    private func handler(policy: ReadinessPolicy = .none, hasPage: Bool = true) -> AdminHandler {
        AdminHandler(
            source: source, access: AdminAccess(tokens: nil, host: "127.0.0.1"), hasPage: hasPage, policy: { policy })
    }

    private func answer(_ method: String, _ path: String, body: String = "") async -> AdminResponse {
        await handler().answer(AdminRequest(method, path, body: body))
    }

    @Test func `liveness is a word`() async {
        let answer = await answer("GET", "/livez")
        #expect(answer.status == 200)
        #expect(answer.text == "ok\n")
    }

    @Test func `a path that is none is not found`() async {
        for path in ["/nope", "/livez/", "/services/s", "/services/s/endpoints/127.0.0.1:3000", "//livez", ""] {
            let answer = await answer("GET", path)
            #expect(answer.status == 404)
            #expect(answer.code == "not_found")
            #expect(answer.contentType == "application/problem+json")
        }
    }

    @Test(arguments: [
        ("POST", "/livez", "GET, HEAD"), ("GET", "/reload", "POST"), ("DELETE", "/log-level", "GET, HEAD, PUT"),
        ("GET", "/services/s/endpoints/127.0.0.1:3000/drain", "POST"), ("PUT", "/", "GET, HEAD"),
    ])
    func `a method that a path does not take is named`(method: String, path: String, allow: String) async {
        let answer = await answer(method, path)
        #expect(answer.status == 405)
        #expect(answer.code == "method_not_allowed")
        #expect(answer.field("allow") == allow)
        #expect(source.state.withLock { $0.reloads } == 0)
    }

    @Test func `metrics are those of the gateway`() async {
        let answer = await answer("GET", "/metrics")
        #expect(answer.text == "martlet_up 1\n")
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let asked = AdminRequest("GET", "/metrics", fields: ["accept": "application/openmetrics-text"])
        #expect(await handler().answer(asked).contentType == "application/openmetrics-text")
    }

    @Test func `the configuration is JSON, or YAML for who asks`() async {
        let json = await answer("GET", "/config")
        #expect(json.json?["gateway"]?["listen"] == ["127.0.0.1:1"])
        var request = AdminRequest("GET", "/config")
        request.query["format"] = "yaml"
        let yaml = await handler().answer(request)
        #expect(yaml.contentType == "application/yaml")
        #expect(yaml.text == "gateway:\n  listen:\n    - \"127.0.0.1:1\"\n\"on\": true\n")
        let asked = await handler().answer(AdminRequest("GET", "/config", fields: ["accept": "application/yaml"]))
        #expect(asked.text == yaml.text)
    }

    @Test func `a reload tells what has changed`() async {
        let answer = await answer("POST", "/reload")
        #expect(answer.status == 200)
        #expect(answer.json == ["applied": true, "generation": 2, "hash": "abc", "changes": ["route x added"]])
    }

    @Test func `a refused reload tells every error and its place`() async {
        source.state.withLock {
            $0.reload = ReloadOutcome(
                isApplied: false, generation: 1, hash: "old", changes: [],
                errors: ["r.yaml:3:5: unknown key", "r.yaml:9:1: no service"])
        }
        let answer = await answer("POST", "/reload")
        #expect(answer.status == 422)
        #expect(answer.code == "reload_refused")
        #expect(answer.json?["errors"] == ["r.yaml:3:5: unknown key", "r.yaml:9:1: no service"])
        #expect(answer.json?["generation"] == 1)
    }

    @Test func `the log level is read and set`() async {
        #expect(await answer("GET", "/log-level").json == ["level": "notice"])
        #expect(await answer("PUT", "/log-level", body: "debug\n").json == ["level": "debug"])
        #expect(await answer("PUT", "/log-level", body: "{\"level\":\"notice\"}").json == ["level": "notice"])
        #expect(await answer("PUT", "/log-level", body: "\"DEBUG\"").json == ["level": "debug"])
        let refused = await answer("PUT", "/log-level", body: "loud")
        #expect(refused.status == 400)
        #expect(refused.code == "unknown_level")
        #expect(source.state.withLock { $0.level } == "debug")
    }

    @Test func `an endpoint is drained by service and address`() async {
        let drained = await answer("POST", "/services/s/endpoints/127.0.0.1:3000/drain")
        #expect(drained.status == 200)
        let back = await answer("POST", "/services/s/endpoints/127.0.0.1:3000/undrain")
        #expect(back.status == 200)
        #expect(source.state.withLock { $0.drained } == ["s 127.0.0.1:3000 true", "s 127.0.0.1:3000 false"])
        let unknown = await answer("POST", "/services/s/endpoints/127.0.0.1:3001/drain")
        #expect(unknown.status == 404)
        #expect(unknown.code == "no_such_endpoint")
    }

    @Test func `without the page its path is none`() async {
        #expect(await handler(hasPage: false).answer(AdminRequest("GET", "/")).status == 404)
        #expect(await answer("GET", "/").status == 200)
    }

    // MARK: Readiness

    private func service(_ name: String, _ states: String...) -> AdminStatus.Service {
        var service = AdminStatus.Service(name: name)
        service.endpoints = states.enumerated().map {
            AdminStatus.Endpoint(address: "h:\($0.offset)", state: $0.element)
        }
        return service
    }

    @Test func `without a policy the gateway is ready as soon as it serves`() async {
        source.state.withLock { $0.status.services = [service("a", "down")] }
        let answer = await handler().answer(AdminRequest("GET", "/readyz"))
        #expect(answer.status == 200)
        #expect(answer.text == "ok\n")
    }

    @Test(arguments: [GatewayPhase.starting, .leaving, .draining])
    func `a gateway that does not serve is not ready`(phase: GatewayPhase) async {
        source.state.withLock { $0.status.phase = phase }
        let answer = await handler().answer(AdminRequest("GET", "/readyz"))
        #expect(answer.status == 503)
        #expect(answer.text.hasPrefix("[-]gateway failed: "))
        // It lives all the same.
        #expect(await handler().answer(AdminRequest("GET", "/livez")).status == 200)
    }

    @Test func `a required service needs one endpoint that is up`() async {
        source.state.withLock {
            $0.status.services = [
                service("a", "down", "up"), service("b", "down", "connecting"), service("c", "drained"),
            ]
        }
        func status(_ policy: ReadinessPolicy) async -> Int {
            await handler(policy: policy).answer(AdminRequest("GET", "/readyz")).status
        }
        #expect(await status(.services(["a"])) == 200)
        #expect(await status(.services(["a", "b"])) == 503)
        #expect(await status(.services(["c"])) == 503)
        #expect(await status(.services(["gone"])) == 503)
        #expect(await status(.all) == 503)
        var request = AdminRequest("GET", "/readyz")
        request.query["verbose"] = ""
        #expect(
            await handler(policy: .services(["a", "b"])).answer(request).text == """
                [+]gateway ok: serving
                [+]service a ok: h:0 down, h:1 up
                [-]service b failed: h:0 down, h:1 connecting
                not ready

                """)
        let json = await handler(policy: .services(["b"])).answer(
            AdminRequest("GET", "/readyz", fields: ["accept": "application/json"]))
        #expect(json.status == 503)
        #expect(json.json?["ready"] == false)
        #expect(json.json?["checks"]?[1]?["name"] == "service b")
    }

    // MARK: Rates

    @Test func `rates and percentiles are those between two looks`() throws {
        var earlier = source.state.withLock { $0.status }
        var route = AdminStatus.Route(id: "get", match: "GET /x", service: "s", verb: "send")
        route.requests = 100
        route.latency.counts[3] = 100
        earlier.routes = [route]
        var now = earlier
        now.monotonic += 2_000_000_000
        now.routes[0].requests = 110
        now.routes[0].serverErrors = 5
        now.routes[0].latency.counts[0] = 10
        let json = AdminView(status: now, earlier: earlier).json["routes"]?[0]
        #expect(json?["requests"] == 110)
        #expect(json?["rate"] == 5)
        #expect(json?["serverErrorRate"] == 2.5)
        #expect(json?["latency"]?["recent"] == true)
        let recent = try #require(json?["latency"]?["p99"]?.doubleValue)
        #expect(recent <= Double(GatewayMetrics.Histogram.bounds[0]) / 1e9)
        let alone = AdminView(status: now, earlier: nil).json["routes"]?[0]
        #expect(alone?["rate"] == .null)
        #expect(alone?["latency"]?["recent"] == false)
    }

    @Test func `a route whose counters began anew has no negative rate`() {
        var earlier = source.state.withLock { $0.status }
        var route = AdminStatus.Route(id: "get", match: "GET /x", service: "s", verb: "send")
        route.requests = 100
        earlier.routes = [route]
        var now = earlier
        now.monotonic += 1_000_000_000
        now.routes[0].requests = 7
        #expect(AdminView(status: now, earlier: earlier).json["routes"]?[0]?["rate"] == 7)
    }

    @Test func `a reload that takes a route away leaves the others' rate in the total`() {
        var earlier = source.state.withLock { $0.status }
        earlier.routes = ["a", "b"].map { AdminStatus.Route(id: $0, match: "GET /", service: "s", verb: "send") }
        earlier.routes[0].requests = 1_000_000
        earlier.routes[1].requests = 10
        var now = earlier
        now.monotonic += 1_000_000_000
        now.routes.removeFirst()
        now.routes[0].requests = 13
        #expect(AdminView(status: now, earlier: earlier).json["totals"]?["rate"] == 3)
    }

    @Test func `a status of a thousand routes is less than a megabyte`() {
        var now = source.state.withLock { $0.status }
        now.routes = (0..<1000).map { index in
            var route = AdminStatus.Route(
                id: "route-number-\(index)", match: "GET /things/:id/parts/:part/\(index)", service: "things",
                verb: "send")
            route.requests = .max
            route.latency.counts = route.latency.counts.map { _ in 1_000_000 }
            route.reasons = ["upstream_unavailable": .max, "upstream_timeout": .max, "validation_failed": .max]
            return route
        }
        var earlier = now
        earlier.monotonic -= 1_000_000_000
        #expect(AdminView(status: now, earlier: earlier).json.serialized().utf8.count < 1_000_000)
    }

    @Test func `probes share an answer, and see a change of the phase at once`() async {
        source.state.withLock { $0.status.monotonic = .max }
        let handler = handler()
        for _ in 0..<3 { #expect(await handler.answer(AdminRequest("GET", "/readyz")).status == 200) }
        #expect(source.state.withLock { $0.looks } == 1)
        source.state.withLock { $0.status.phase = .leaving }
        #expect(await handler.answer(AdminRequest("GET", "/readyz")).status == 503)
        #expect(source.state.withLock { $0.looks } == 1)
    }

    @Test func `what is older than the window makes no rate`() async {
        let sampler = AdminSampler(source: source)
        func look(at seconds: Int64) async -> Double? {
            source.state.withLock { $0.status.monotonic = seconds * 1_000_000_000 }
            return await sampler.latest(.now).seconds
        }
        #expect(await look(at: 100) == nil)
        #expect(await look(at: 110) == 10)
        #expect(await look(at: 126) == nil)
    }

    @Test func `names of route files are escaped`() {
        var now = source.state.withLock { $0.status }
        now.routes = [AdminStatus.Route(id: "</script><b>\"", match: "GET /\n", service: "s", verb: "send")]
        let text = AdminView(status: now, earlier: nil).json.serialized()
        #expect(!text.contains("\n"))
        #expect((try? JSONValue.parse(text))?["routes"]?[0]?["id"] == "</script><b>\"")
    }
}

/// A small emitter is soon wrong: what it writes is read by nobody else in this project.
@Suite struct AdminYAMLTests {
    @Test func `blocks, lists in lists and texts that are no texts`() {
        let value: JSONValue = [
            "a": ["b": [], "c": [:], "d": [1, ["x", "y"], ["k": "v", "l": nil]]], "on": "yes", "t": "1",
            "p": "GET /x: #",
            "long-name_1": "plain-text_1", "": "",
        ]
        #expect(
            AdminYAML.text(value) == """
                a:
                  b: []
                  c: {}
                  d:
                    - 1
                    - - x
                      - "y"
                    - k: v
                      l: null
                "on": "yes"
                t: "1"
                p: "GET /x: #"
                long-name_1: plain-text_1
                "": ""

                """)
    }
}
