import Testing

@testable import Routing

@Suite struct AccessLogSettingsTests {
    private func settings(_ entry: String) -> AccessLogSettings? {
        guard case .accessLog(let settings) = interceptor(entry) else { return nil }
        return settings
    }

    @Test func `it logs everything in the gateway's form`() {
        #expect(settings("AccessLog") == .init(minStatus: 0, format: nil))
        #expect(settings("{ AccessLog: {} }") == .init(minStatus: 0, format: nil))
    }

    @Test func `every option is read`() {
        #expect(
            settings("{ AccessLog: { minStatus: 500, format: json } }") == .init(minStatus: 500, format: .json))
        #expect(settings("{ AccessLog: { format: text } }") == .init(minStatus: 0, format: .text))
    }

    @Test(arguments: [
        ("AccessLog: { minStatus: 600 }", "3:31: \"minStatus\" must be between 100 and 599, not 600"),
        ("AccessLog: { minStatus: 0 }", "3:31: \"minStatus\" must be between 100 and 599, not 0"),
        ("AccessLog: { minStatus: 4xx }", "3:31: \"minStatus\" must be a whole number, not \"4xx\""),
        (
            "AccessLog: { format: jsn }",
            "3:28: \"format\" must be one of \"text\", \"json\", not \"jsn\"; did you mean \"json\"?"
        ),
        ("AccessLog: { level: warn }", "3:20: unknown key \"level\" in \"AccessLog\""),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, "{ \(entry) }").errors == ["r.yaml:\(message)"])
    }
}
