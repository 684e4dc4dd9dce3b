import Testing

@testable import Routing

@Suite struct CompressSettingsTests {
    private func settings(_ entry: String) -> CompressSettings? {
        guard case .compress(let settings) = interceptor(entry) else { return nil }
        return settings
    }

    @Test func `it has defaults, and every option is read`() {
        let defaults = CompressSettings(encodings: [.br, .gzip], minBytes: 1024, level: 5)
        #expect(settings("Compress") == defaults)
        #expect(settings("{ Compress: {} }") == defaults)
        #expect(
            settings("{ Compress: { encodings: [gzip, br], minSize: 0B, level: 9 } }")
                == .init(encodings: [.gzip, .br], minBytes: 0, level: 9))
        #expect(settings("{ Compress: { encodings: gzip } }")?.encodings == [.gzip])
    }

    @Test(arguments: [
        ("{ Compress: { encodings: [zstd] } }", "3:31: \"encodings\" are \"br\" and \"gzip\", each once"),
        ("{ Compress: { encodings: [br, br] } }", "3:35: \"encodings\" are \"br\" and \"gzip\", each once"),
        ("{ Compress: { encodings: [] } }", "3:30: \"encodings\" is empty"),
        ("{ Compress: { level: 0 } }", "3:26: \"level\" must be between 1 and 9, not 0"),
        ("{ Compress: { level: 10 } }", "3:26: \"level\" must be between 1 and 9, not 10"),
        (
            "{ Compress: { minSize: 10 } }",
            "3:28: \"minSize\" must be a size with its unit (B, KiB, MiB, GiB), such as 64KiB, not \"10\""
        ),
        ("{ Compress: { minsize: 1B } }", "3:19: unknown key \"minsize\" in \"Compress\"; did you mean \"minSize\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(enhancer(.interceptors, entry).errors == ["r.yaml:\(message)"])
    }
}
