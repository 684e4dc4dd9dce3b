import Testing

@testable import Routing

@Suite struct MapResponseSettingsTests {
    @Test(arguments: [
        "$result", "{ data: $result.a.b }", "[1, $result]", "text", "{ \"...\": [$result, $result.a] }", "{}",
    ])
    func `a template is read`(template: String) {
        guard case .mapResponse = interceptor("{ MapResponse: { body: \(template) } }") else {
            return #expect(Bool(false))
        }
    }

    @Test(arguments: [
        ("MapResponse", "3:5: \"MapResponse\" needs options: { MapResponse: { body: { data: $result } } }"),
        ("{ MapResponse: {} }", "3:20: \"MapResponse\" has no \"body\""),
        (
            "{ MapResponse: { body: { a: $body } } }",
            "3:33: \"$body\" does not exist here; a response is made of $result and its parts"
        ),
        (
            "{ MapResponse: { body: $results } }",
            "3:28: \"$results\" does not exist here; a response is made of $result and its parts"
        ),
        (
            "{ MapResponse: { body: [$result.] } }",
            "3:29: \"$result.\" does not exist here; a response is made of $result and its parts"
        ),
        (
            "{ MapResponse: { body: { \"...\": 1 } } }",
            "3:37: \"...\" spreads $result or a part of it, not \"1\""
        ),
        (
            "{ MapResponse: { body: { \"...\": { a: 1 } } } }",
            "3:37: \"...\" spreads $result or a part of it, not a mapping"
        ),
        (
            "{ MapResponse: { body: { \"...\": $query } } }",
            "3:37: \"$query\" does not exist here; a response is made of $result and its parts"
        ),
        (
            "{ MapResponse: { body: { \"...\": $$result } } }",
            "3:37: \"...\" spreads $result or a part of it, not \"$$result\""
        ),
        ("{ MapResponse: { bdy: 1 } }", "3:22: unknown key \"bdy\" in \"MapResponse\"; did you mean \"body\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, entry).errors == ["r.yaml:\(message)"])
    }
}
