import Testing

@testable import Routing

@Suite struct TimeoutSettingsTests {
    @Test(arguments: [("250ms", Duration.milliseconds(250)), ("1.5s", .milliseconds(1500)), ("2m", .seconds(120))])
    func `the time is read`(text: String, time: Duration) {
        guard case .timeout(time) = interceptor("{ Timeout: { after: \(text) } }") else {
            return #expect(Bool(false))
        }
    }

    @Test(arguments: [
        ("Timeout", "3:5: \"Timeout\" needs options: { Timeout: { after: 2s } }"),
        ("{ Timeout: {} }", "3:16: \"Timeout\" has no \"after\""),
        (
            "{ Timeout: { after: 2 } }",
            "3:25: \"after\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"2\""
        ),
        (
            "{ Timeout: { after: 0s } }",
            "3:25: \"after\" must be more than nothing and at most 30 days, not \"0s\""
        ),
        ("{ Timeout: { aftr: 2s } }", "3:18: unknown key \"aftr\" in \"Timeout\"; did you mean \"after\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, entry).errors == ["r.yaml:\(message)"])
    }
}
