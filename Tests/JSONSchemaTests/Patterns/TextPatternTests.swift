import MessageWire
import Testing

@testable import JSONSchema

@Suite struct TextPatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> TextPattern.Verdict {
        try TextPattern(pattern).search(text).verdict
    }

    /// Pattern, text, whether it matches.
    static let cases: [(String, String, Bool)] = [
        ("b", "abc", true), ("^b", "abc", false), ("^abc$", "abc\n", false), ("a.c", "a\nc", false),
        ("^\\d+$", "١", false), ("^\\w$", "é", false), ("\\s", "\u{FEFF}", true), ("^\\S$", "\u{2003}", false),
        ("^.$", "👍", true), ("^[^x]$", "👍", true), ("^\\u{1F44D}$", "👍", true), ("^\\uD83D\\uDC4D$", "👍", true),
        ("^\\p{L}+$", "Größe", true), ("^\\p{Script=Greek}$", "π", true), ("^\\P{Lu}$", "A", false),
        ("^[\\s\\S]$", "\n", true), ("[]", "a", false), ("^[^]$", "\n", true), ("(?<y>a)\\k<y>", "aa", true),
        ("^(a)\\1$", "aa", true), ("(?<!a)b", "ab", false), ("^(?:a|^b)$", "b", true), ("", "", true),
        ("^a{2,3}$", "aaaa", false), ("^[\\w.-]+@x$", "a-b.c@x", true), ("^\\cJ$", "\n", true),
    ]

    @Test(arguments: cases)
    func `patterns mean what ECMA-262 says`(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try matches(pattern, text) == (isMatch ? .matches : .differs))
    }

    @Test(arguments: [
        "(", ")", "[", "a**", "*", "(?>a)", "(?R)", "(*UTF)", "\\Q", "\\A", "\\z", "a{2,1}", "\\u{110000}", "(?P<n>a)",
        "\\p{Nope}", "\\2(a)", "a++", "(?#c)", "\\", "(?<n>a)(?<n>b)", "{", "\\C", "\\K",
    ])
    func `what ECMA-262 does not have is refused`(pattern: String) {
        #expect(throws: PatternFault.self) { try TextPattern(pattern) }
    }

    @Test(arguments: [
        "(a+)+$", "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x", "(?=(a+)+$)b",
    ])
    func `no text makes a pattern expensive`(pattern: String) throws {
        let compiled = try TextPattern(pattern)
        for count in [30, 1000, 100_000] {
            let text = String(repeating: "a", count: count) + "!"
            let time = ContinuousClock().measure { #expect(compiled.search(text).verdict != .matches) }
            #expect(time < .seconds(3), "\(count)")
        }
    }

    @Test func `a match that nobody can decide is a fault that says so`() throws {
        let schema = try CompiledSchema(text: #"{"properties":{"name":{"pattern":"^(a+)+\\1$"}}}"#)
        let value: JSONValue = ["name": .string(String(repeating: "a", count: 5000) + "!")]
        #expect(!schema.isValid(value))
        let fault = try #require(schema.validate(value).first)
        #expect(fault.keyword == "pattern")
        #expect(fault.instance == "/name")
        #expect(fault.message.hasPrefix("name could not be checked"))
        let negated = try CompiledSchema(text: #"{"not":{"properties":{"name":{"pattern":"^(a+)+\\1$"}}}}"#)
        #expect(!negated.isValid(value))
    }

    @Test func `many texts that are expensive each are bounded together`() throws {
        let schema = try CompiledSchema(text: #"{"items":{"pattern":"^(a+)+$"}}"#)
        let text = String(repeating: "a", count: 40)
        let value = JSONValue.array(Array(repeating: .string(text + "!"), count: 20_000))
        let time = ContinuousClock().measure { #expect(!schema.isValid(value)) }
        #expect(time < .seconds(5))
        let negated = try CompiledSchema(text: #"{"items":{"not":{"pattern":"^(a+)+\\1$"}}}"#)
        let other = ContinuousClock().measure { #expect(!negated.isValid(value)) }
        #expect(other < .seconds(5))
    }
}
