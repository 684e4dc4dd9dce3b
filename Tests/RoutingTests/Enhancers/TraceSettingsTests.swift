import Testing

@testable import Routing

@Suite struct TraceSettingsTests {
    @Test(arguments: ["Trace", "{ Trace: {} }", "{ Trace: { propagate: w3c } }"])
    func `it goes by W3C's form`(entry: String) {
        guard case .trace = interceptor(entry) else { return #expect(Bool(false)) }
    }

    @Test(arguments: [
        ("Trace: { propagate: b3 }", "3:27: \"propagate\" must be \"w3c\", not \"b3\""),
        ("Trace: { propagat: w3c }", "3:16: unknown key \"propagat\" in \"Trace\"; did you mean \"propagate\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, "{ \(entry) }").errors == ["r.yaml:\(message)"])
    }
}
