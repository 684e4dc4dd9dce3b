import Testing

@testable import Routing

@Suite struct RequestIdSettingsTests {
    private func settings(_ entry: String) -> RequestIDSettings? {
        guard case .requestID(let settings) = interceptor(entry) else { return nil }
        return settings
    }

    @Test func `it has defaults, with and without options`() {
        #expect(settings("RequestId") == .defaults)
        #expect(settings("{ RequestId: {} }") == .defaults)
        #expect(RequestIDSettings.defaults == .init(header: "x-request-id", trustsIncoming: false))
    }

    @Test func `every option is read, names in lower case`() {
        #expect(
            settings("{ RequestId: { header: X-Correlation-Id, trustIncoming: true } }")
                == .init(header: "x-correlation-id", trustsIncoming: true))
    }

    @Test(arguments: [
        ("RequestId: { header: Content-Length }", "3:28: \"Content-Length\" cannot carry a request id"),
        ("RequestId: { header: \"a b\" }", "3:28: \"a b\" cannot carry a request id"),
        ("RequestId: { header: \"\" }", "3:28: \"\" cannot carry a request id"),
        ("RequestId: { header: \":path\" }", "3:28: \":path\" cannot carry a request id"),
        ("RequestId: { header: \"a\\r\\nb\" }", "3:28: \"a\\r\\nb\" cannot carry a request id"),
        ("RequestId: { header: [a] }", "3:28: \"header\" must be a text, not a list"),
        ("RequestId: { trustIncoming: yes }", "3:35: \"trustIncoming\" must be true or false, not \"yes\""),
        (
            "RequestId: { trustIncomming: true }",
            "3:20: unknown key \"trustIncomming\" in \"RequestId\"; did you mean \"trustIncoming\"?"
        ),
        ("RequestId: true", "3:18: \"RequestId\" must be a mapping, not \"true\""),
        ("RequestID: {}", "3:5: unknown interceptor \"RequestID\"; did you mean \"RequestId\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, "{ \(entry) }").errors == ["r.yaml:\(message)"])
    }

    @Test func `it is no guard`() {
        #expect(
            enhancer(.guards, "RequestId").errors
                == ["r.yaml:3:5: \"RequestId\" is one of \"interceptors\", not of \"guards\""])
    }
}
