import Testing

@testable import Routing

@Suite struct TextShapeTests {
    @Test(arguments: [
        ("^[A-Z]{1,6}$", ["A", "AAPL", "ABCDEF"], ["", "a", "ABCDEFG", "A B"]),
        ("abc", ["abc", "xabcx"], ["ab", "acb"]),
        ("^a|b$", ["a", "ax", "xb"], ["xa", "bx"]), ("^(?:ab)+$", ["ab", "abab"], ["", "aba"]),
        ("^(a|b)*c?$", ["", "ab", "bac"], ["cc", "ca"]),
        ("^\\d{4}-\\d{2}$", ["2026-01"], ["2026-1", "20260-01", "٢٠٢٦-٠١"]), ("^[^a-c\\d]+$", ["xyz"], ["xaz", "x1"]),
        ("^.$", ["a", "你", "😀"], ["", "\n", "ab"]), ("^\\w+@[\\w.]+$", ["a_b@c.d"], ["@c", "ä@b"]),
        ("^a{2,}$", ["aa", "aaaa"], ["a"]),
        ("^a{3}$", ["aaa"], ["aa", "aaaa"]), ("^a{0,2}?b$", ["b", "aab"], ["aaab"]), ("\\.", ["a.b"], ["ab"]),
        ("^[\\]\\-x]$", ["]", "-", "x"], ["y"]),
        ("^[a-]$", ["a", "-"], ["b"]), ("^\\x41\\u0042$", ["AB"], ["ab"]),
        ("^\\S\\D\\W$", ["ab!"], [" b!", "a1!", "abc"]), ("", ["", "x"], []),
        ("^(|a)$", ["", "a"], ["b"]), ("^(a*)*$", ["", "aaa"], ["b"]), ("^[]$", [], ["", "a"]), ("^[^]$", ["a"], [""]),
    ])
    func `texts match as in JavaScript`(source: String, good: [String], bad: [String]) throws {
        let shape = try TextShape(source)
        for text in good { #expect(shape.matches(text), "\(source) should take \(text)") }
        for text in bad { #expect(!shape.matches(text), "\(source) should not take \(text)") }
    }

    @Test(arguments: [
        "(", ")", "a)", "[a", "*", "a**", "a{", "a{2", "a{3,2}", "a{1001}", "}", "(?=a)", "(?<n>a)", "\\", "\\1", "\\b",
        "\\k", "[z-a]", "\\xg1", "[\\D]", "(?:a{1000}){1000}",
    ])
    func `what is not supported is an error`(source: String) {
        #expect(throws: TextShapeError.self) { try TextShape(source) }
    }

    @Test func `no text holds it up`() throws {
        let shape = try TextShape("^(a+)+(a|a)*(a?){30}$")
        #expect(!shape.matches(String(repeating: "a", count: 4000) + "b"))
        #expect(!(try TextShape("a")).matches(String(repeating: "a", count: TextShape.maxText + 1)))
    }

    @Test func `deep groups are refused`() {
        #expect(throws: TextShapeError.self) { try TextShape(String(repeating: "(", count: 10_000)) }
    }
}
