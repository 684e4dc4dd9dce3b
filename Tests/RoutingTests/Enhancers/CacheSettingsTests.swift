import Testing

@testable import Routing

@Suite struct CacheSettingsTests {
    private func settings(_ options: String) -> CacheSettings? {
        guard case .cache(let settings) = interceptor("{ Cache: { \(options) } }") else { return nil }
        return settings
    }

    @Test func `it has defaults, and every option is read`() {
        #expect(settings("ttl: 10s") == .init(ttl: .seconds(10), maxEntries: 1000, maxBytes: 65_536, isShared: false))
        #expect(
            settings("ttl: 500ms, maxEntries: 5, maxBytes: 1MiB, shared: true")
                == .init(ttl: .milliseconds(500), maxEntries: 5, maxBytes: 1 << 20, isShared: true))
    }

    @Test(arguments: [
        ("Cache", "3:5: \"Cache\" needs options: { Cache: { ttl: 10s } }"),
        ("{ Cache: {} }", "3:14: \"Cache\" has no \"ttl\""),
        (
            "{ Cache: { ttl: 10 } }",
            "3:21: \"ttl\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"10\""
        ),
        ("{ Cache: { ttl: 1s, maxEntries: 0 } }", "3:37: \"maxEntries\" must be between 1 and 10000000, not 0"),
        (
            "{ Cache: { ttl: 1s, maxBytes: 17MiB } }", "3:35: \"maxBytes\" must be between 1B and 16MiB, not \"17MiB\""
        ),
        ("{ Cache: { ttl: 1s, shared: 1 } }", "3:33: \"shared\" must be true or false, not \"1\""),
        ("{ Cache: { ttl: 1s, key: a } }", "3:25: unknown key \"key\" in \"Cache\""),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, entry).errors == ["r.yaml:\(message)"])
    }
}
