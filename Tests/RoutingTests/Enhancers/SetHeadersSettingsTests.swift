import Testing

@testable import Routing

@Suite struct SetHeadersSettingsTests {
    @Test func `fields are set and removed, names in lower case`() {
        guard
            case .setHeaders(let settings) = interceptor(
                "{ SetHeaders: { set: { X-A: 1, x-b: \"a, b\", x-c: \"\" }, remove: [Server, x-d] } }")
        else { return #expect(Bool(false)) }
        #expect(
            settings.set == [
                .init(name: "x-a", value: "1"), .init(name: "x-b", value: "a, b"), .init(name: "x-c", value: ""),
            ])
        #expect(settings.remove == ["server", "x-d"])
    }

    @Test(arguments: [
        "connection", "Content-Length", "content-type", "date", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "X-Request-Id",
    ])
    func `the gateway's own are refused`(name: String) {
        #expect(
            enhancer(.interceptors, "{ SetHeaders: { set: { \(name): a } } }").errors
                == ["r.yaml:3:28: header \"\(name)\" is the gateway's own and cannot be set"])
        #expect(
            enhancer(.interceptors, "{ SetHeaders: { remove: [\(name)] } }").errors
                == ["r.yaml:3:30: header \"\(name)\" is the gateway's own and cannot be set"])
    }

    @Test(arguments: [
        ("SetHeaders", "3:5: \"SetHeaders\" needs options: { SetHeaders: { set: { x-frame-options: DENY } } }"),
        ("{ SetHeaders: {} }", "3:19: \"SetHeaders\" needs \"set\" or \"remove\""),
        ("{ SetHeaders: { set: [a] } }", "3:26: \"set\" must be a mapping of names and values, not a list"),
        ("{ SetHeaders: { set: { \"a b\": c } } }", "3:28: \"a b\" is not a header name"),
        ("{ SetHeaders: { set: { \":status\": c } } }", "3:28: \":status\" is not a header name"),
        ("{ SetHeaders: { set: { a: [b] } } }", "3:31: \"a\" must be a text, not a list"),
        (
            "{ SetHeaders: { set: { a: \"b\\r\\nc: d\" } } }",
            "3:31: the value of a header is one line of ASCII, without blanks at its ends"
        ),
        (
            "{ SetHeaders: { set: { a: \" b\" } } }",
            "3:31: the value of a header is one line of ASCII, without blanks at its ends"
        ),
        (
            "{ SetHeaders: { set: { a: é } } }",
            "3:31: the value of a header is one line of ASCII, without blanks at its ends"
        ),
        ("{ SetHeaders: { set: { x-a: 1, X-A: 2 } } }", "3:36: header \"X-A\" is set twice"),
        ("{ SetHeaders: { set: { x-a: 1 }, remove: X-A } }", "3:46: header \"X-A\" is both set and removed"),
        ("{ SetHeaders: { add: { a: b } } }", "3:21: unknown key \"add\" in \"SetHeaders\""),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        let errors = enhancer(.interceptors, entry).errors
        #expect(errors.contains("r.yaml:\(message)"), "\(errors)")
    }
}
