import Testing

@testable import Routing

@Suite struct CorsSettingsTests {
    private func settings(_ options: String) -> CORSSettings? {
        guard case .cors(let settings) = interceptor("{ Cors: { \(options) } }") else { return nil }
        return settings
    }

    @Test func `it has defaults`() {
        #expect(
            settings("origins: https://App.Example.com")
                == CORSSettings(
                    origins: ["https://app.example.com"], allowsAnyOrigin: false, methods: nil, headers: nil,
                    exposedHeaders: [], allowsCredentials: false, maxAge: .seconds(600)))
        #expect(settings("origins: [\"*\"]")?.allowsAnyOrigin == true)
    }

    @Test func `every option is read`() {
        let all = settings(
            "origins: [https://a.example], methods: [GET, PUT], headers: [X-A], exposedHeaders: [X-B], credentials: true, maxAge: 1h"
        )
        #expect(all?.methods == ["GET", "PUT"])
        #expect(all?.headers == ["x-a"])
        #expect(all?.exposedHeaders == ["x-b"])
        #expect(all?.allowsCredentials == true)
        #expect(all?.maxAge == .seconds(3600))
        #expect(settings("origins: \"*\", headers: []")?.headers == [])
    }

    @Test(arguments: [
        "https://a.example", "http://localhost:3000", "https://*.a.example", "https://*.a.example:8443",
        "http://[::1]:3000",
        "http://192.0.2.1", "capacitor://localhost", "https://xn--bcher-kva.example", "chrome-extension://abcdef",
        "http://a.example:443", "https://a_b.example",
    ])
    func `what browsers send is an origin`(origin: String) {
        #expect(settings("origins: [\"\(origin)\"]")?.origins == [origin])
    }

    @Test(arguments: [
        "https://a.example/", "https://a.example/x", "a.example", "//a.example", "https:a.example", "https://",
        "https://*", "https://*example.com", "https://a.*.example", "https://*.*.example", "https://*.", "null",
        "https://a.example:0", "https://a.example:65536", "https://a.example:08", "https://a.example:", "https://a:b:c",
        "https://u@a.example", "https://a..example", "https://.a.example", "https://[::1", "https://[a]", "ht tp://a",
        "1http://a", "https://bücher.example", "https://a.example?b", "",
    ])
    func `what they never send is none`(origin: String) {
        #expect(
            enhancer(.interceptors, "{ Cors: { origins: [\"\(origin)\"] } }").errors == [
                "r.yaml:3:25: \"\(origin)\" is not an origin; write https://app.example.com, without path, or \"*\""
            ])
    }

    @Test(arguments: [
        ("{ Cors: {} }", "3:13: \"Cors\" has no \"origins\""),
        ("Cors", "3:5: \"Cors\" needs options: { Cors: { origins: [https://app.example.com] } }"),
        ("{ Cors: { origins: [] } }", "3:24: \"origins\" is empty"),
        (
            "{ Cors: { origins: [https://a.example:443] } }",
            "3:25: \"https://a.example:443\" is what browsers send without \":443\"; leave that out"
        ),
        (
            "{ Cors: { origins: [\"*\"], credentials: true } }",
            "3:13: \"credentials\" with origin \"*\" would let every page act for its visitor; name origins"
        ),
        (
            "{ Cors: { origins: https://a.example, credentials: true, headers: [\"*\"] } }",
            "3:13: with \"credentials\" the header \"*\" is only a name to browsers; name headers"
        ),
        (
            "{ Cors: { origins: https://a.example, methods: [get] } }",
            "3:53: unknown method \"get\" in \"methods\"; did you mean \"GET\"?"
        ),
        ("{ Cors: { origins: https://a.example, headers: [a b] } }", "3:53: \"a b\" is not a header name"),
        (
            "{ Cors: { origins: https://a.example, maxAge: 600 } }",
            "3:51: \"maxAge\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"600\""
        ),
        (
            "{ Cors: { origin: https://a.example } }",
            "3:15: unknown key \"origin\" in \"Cors\"; did you mean \"origins\"?"
        ),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, entry).errors == ["r.yaml:\(message)"])
    }
}
