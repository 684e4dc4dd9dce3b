import Testing

@testable import Routing

@Suite struct CollapseSettingsTests {
    @Test(arguments: ["Collapse", "{ Collapse: {} }"])
    func `it has no options`(entry: String) {
        guard case .collapse = interceptor(entry) else { return #expect(Bool(false)) }
        #expect(
            enhancer(.interceptors, "{ Collapse: { ttl: 1s } }").errors
                == ["r.yaml:3:19: unknown key \"ttl\" in \"Collapse\""])
    }
}
