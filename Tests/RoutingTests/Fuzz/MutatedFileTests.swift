import Testing

@testable import Routing

/// Thousands of damaged route files: each is a file or a list of diagnostics, never a trap.
@Suite struct MutatedFileTests {
    private static let words = [
        "\n", "  ", "- ", ": ", "{", "}", "[", "]", "\"", "'", "\t", "&a ", "*a", "? ", "<<: *a\n", "!!int ", "|\n",
        ">-\n", "#", "${A}", "${", "$${",
        "$path.", "$body", "...", "1s", "none", "id: x\n", "%", "\u{FEFF}", "\u{2028}", "ä", "---\n", "{ a: 1, a: 2 }",
        "\\", "match: GET /x\n",
    ]

    @Test(arguments: ["features.yaml", "demo.yaml"])
    func `a damaged file never traps`(seed: String) {
        let text = Examples.read(path: Examples.root + "/Tests/Fuzz/seeds/RouteFile/" + seed)
        #expect(load(String(decoding: text, as: UTF8.self)).errors == [])
        var mutator = Mutator(seed: UInt64(text.count))
        var loaded = 0
        for _ in 0..<700 {
            var files = TextFiles([:])
            files.files["r.yaml"] = mutator.mutate(text, words: Self.words)
            do throws(RouteFileError) {
                let file = try RouteFile.load("r.yaml", from: files) { $0 == "A" ? "v:1" : nil }
                _ = file.runTests()
                _ = file.rows
                loaded += 1
            } catch {
                #expect(!error.errors.isEmpty)
                #expect(
                    error.errors.allSatisfy { $0.place.file == "r.yaml" && $0.place.line >= 1 && $0.place.column >= 1 })
            }
        }
        #expect(loaded > 5)
    }

    @Test func `noise never traps`() {
        var mutator = Mutator(seed: 7)
        for _ in 0..<1000 {
            var files = TextFiles([:])
            files.files["r.yaml"] = mutator.mutate(mutator.mutate([], words: Self.words), words: Self.words)
            #expect(throws: RouteFileError.self) { try RouteFile.load("r.yaml", from: files) { _ in nil } }
        }
    }

    @Test func `a file cut at any place never traps`() {
        let text = Examples.read(path: Examples.root + "/Tests/Fuzz/seeds/RouteFile/features.yaml")
        for length in stride(from: 0, to: text.count, by: 3) {
            var files = TextFiles([:])
            files.files["r.yaml"] = Array(text[..<length])
            _ = try? RouteFile.load("r.yaml", from: files) { _ in nil }
        }
    }
}
