import MessageWire
import Pipeline
import Testing

@testable import Routing

/// Rule 10.
@Suite struct PatternTests {
    private func load(_ pattern: String) -> LoadResult {
        RoutingTests.load(
            routes("  - id: r\n    match: GET /x/:op\n    send: { service: math, pattern: \(pattern) }\n"))
    }

    private func selected(_ file: RouteFile?, _ request: String, body: String = "") -> String {
        guard let file else { return "not loaded" }
        let match = RouteMatch()
        return TestRequest(request, body: body).view { view in
            guard case .matched = file.table.lookup(view, into: match) else { return "no route" }
            let route = file.routes[match.route]
            let scan = try? JSONScanner.scan(view.body, rules: .untrusted)
            do throws(PayloadError) {
                let index = try route.pattern.select(
                    view, match, path: route.path, body: scan.map { JSONBody(bytes: view.body, scan: $0) })
                return String(decoding: route.pattern.compiled[index].head, as: UTF8.self)
            } catch {
                return "\(error.status) \(error.detail)"
            }
        }
    }

    @Test(arguments: [
        ("{ cmd: sum }", #"{"pattern":{"cmd":"sum"},"data":"#), ("user.created", #"{"pattern":"user.created","data":"#),
        ("42", #"{"pattern":42,"data":"#),
        ("\"$$x\"", #"{"pattern":"$x","data":"#),
        ("{ v: 2, cmd: create, deep: { on: true } }", #"{"pattern":{"v":2,"cmd":"create","deep":{"on":true}},"data":"#),
    ])
    func `a fixed pattern is compiled at load`(pattern: String, head: String) {
        let plan = load(pattern).file?.routes.first?.pattern
        #expect(plan?.fixed.map { String(decoding: $0.head, as: UTF8.self) } == head)
    }

    @Test func `a reference with an enum chooses among compiled patterns`() {
        let file = load(
            "{ cmd: { from: $path.op, enum: [sum, mul] }, v: { from: $query.v, enum: [1, 2], pipes: [{ DefaultValue: 1 }] } }"
        ).file
        #expect(file?.routes.first?.pattern.compiled.count == 4)
        #expect(file?.routes.first?.pattern.fixed == nil)
        #expect(selected(file, "GET /x/sum") == #"{"pattern":{"cmd":"sum","v":1},"data":"#)
        #expect(selected(file, "GET /x/mul?v=2") == #"{"pattern":{"cmd":"mul","v":2},"data":"#)
        #expect(selected(file, "GET /x/s%75m?v=2") == #"{"pattern":{"cmd":"sum","v":2},"data":"#)
        #expect(selected(file, "GET /x/drop") == "400 path.op: Validation failed (enum string is expected)")
        #expect(selected(file, "GET /x/sum?v=3") == "400 query.v: Validation failed (enum string is expected)")
    }

    @Test func `a number of the body reaches the handler of a number, a text does not`() {
        let file = load("{ v: { from: $body.v, enum: [1, \"2\"] } }").file
        #expect(selected(file, "GET /x/a", body: #"{"v":1}"#) == #"{"pattern":{"v":1},"data":"#)
        #expect(selected(file, "GET /x/a", body: #"{"v":"2"}"#) == #"{"pattern":{"v":"2"},"data":"#)
        let refusal = "400 body.v: Validation failed (enum string is expected)"
        #expect(selected(file, "GET /x/a", body: #"{"v":"1"}"#) == refusal)
        #expect(selected(file, "GET /x/a", body: #"{"v":2}"#) == refusal)
    }

    @Test func `a missing value reaches no handler`() {
        let file = load("{ cmd: { from: $query.op, enum: [sum] } }").file
        #expect(selected(file, "GET /x/1") == "400 query.op: Validation failed (enum string is expected)")
    }

    @Test(arguments: [
        ("$path.op", "a reference in a pattern needs an \"enum\" beside it: { from: $path.op, enum: [...] }"),
        ("{ cmd: $path.op }", "a reference in a pattern needs an \"enum\" beside it: { from: $path.op, enum: [...] }"),
        ("{ cmd: { from: $path.op } }", "a reference in a pattern needs an \"enum\" beside it"),
        ("{ cmd: { from: $path.op, enum: [] } }", "\"enum\" must be a list of values, not an empty list"),
        ("{ cmd: { from: $path.op, enum: [a, a] } }", "the \"enum\" of a pattern lists different texts or numbers"),
        (
            "{ cmd: { from: $path.opp, enum: [a] } }",
            "\"$path.opp\" does not exist: /x/:op has no such parameter; did you mean \"op\"?"
        ),
        (
            "{ cmd: { from: $query.a, all: true, enum: [a] } }",
            "a reference in a pattern has one value, so not \"all: true\""
        ),
        ("true", "a pattern is a text, a number or a mapping, not \"true\""),
        ("~", "a pattern is a text, a number or a mapping, not nothing"),
        ("[]", "a pattern is a text, a number or a mapping, not a list"),
        ("[a]", "a pattern is a text, a number or a mapping, not a list"),
        ("{ cmd: [a, b] }", "a pattern is a text, a number or a mapping, not a list"),
    ])
    func `a pattern a client could steer is refused`(pattern: String, error: String) {
        #expect(load(pattern).errors.map { $0.split(separator: " ", maxSplits: 1)[1] } == [error[...]])
    }

    @Test func `the number of variants is bounded`() {
        let list = "[" + (0..<17).map(String.init).joined(separator: ", ") + "]"
        let pattern = "{ a: { from: $path.op, enum: \(list) }, b: { from: $query.b, enum: \(list) } }"
        #expect(load(pattern).errors == ["r.yaml:6:37: the pattern has more than 256 variants"])
    }
}
