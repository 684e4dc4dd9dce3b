import MessageWire
import Testing

@Suite struct PatternNormalizerTests {
    private func incoming(_ json: String) -> String? {
        Array(json.utf8).withUnsafeBytes { PatternNormalizer.route(ofIncoming: $0) }
    }

    @Test(
        arguments: [
            ("sum", "sum"), (42, "42"), (1.5, "1.5"), (.number("1e21"), "1e+21"), (.number("1.0"), "1"), ([:], "{}"),
            ([], "{}"),
            (["b": 1, "a": 2], #"{"a":2,"b":1}"#), (["list": ["x"]], #"{"list":{"0":"x"}}"#),
            (
                ["z": ["y": 1, "x": [true, nil]], "a": "q\"\\\n"],
                "{\"a\":\"q\\\"\\\\\n\",\"z\":{\"x\":{\"0\":true,\"1\":null},\"y\":1}}"
            ),
            (["q\"": 1], #"{"q\"":1}"#), (["a": 1, "b": 2, "a": 3], #"{"a":3,"b":2}"#),
            (["n": .number("1e400")], #"{"n":null}"#),
            (["": 1], #"{"":1}"#), ("", ""), (["n": .number("-0")], #"{"n":0}"#),
        ] as [(JSONValue, String)])
    func `patterns are written in normal form`(pattern: JSONValue, route: String) {
        #expect(PatternNormalizer.normalize(pattern) == route)
        // Unless it reads as something else, the normal form is its own route.
        if case .object = pattern { #expect(incoming(pattern.serialized()) == route) }
    }

    @Test func `deep objects are not looked into`() {
        func nested(_ levels: Int, _ leaf: JSONValue) -> JSONValue {
            (0..<levels).reduce(leaf) { inner, _ in ["a": inner] }
        }
        let open = String(repeating: "{\"a\":", count: 6), close = String(repeating: "}", count: 6)
        #expect(PatternNormalizer.normalize(nested(6, 1)) == open + "1" + close)
        #expect(PatternNormalizer.normalize(nested(7, 1)) == open + "[MAX_DEPTH_REACHED]" + close)
        #expect(PatternNormalizer.normalize(nested(9, "x")) == open + "[MAX_DEPTH_REACHED]" + close)
        #expect(PatternNormalizer.normalize(nested(6, [])) == open + "[MAX_DEPTH_REACHED]" + close)
    }

    @Test func `wide objects are not looked into`() {
        func wide(_ count: Int) -> JSONValue {
            .object((0..<count).map { .init(name: "k\($0)", value: 0) })
        }
        #expect(PatternNormalizer.normalize(wide(20)).hasPrefix("{\"k0\":0,\"k1\":0,\"k10\":0"))
        #expect(PatternNormalizer.normalize(wide(21)) == "[TOO_MANY_KEYS]")
        #expect(PatternNormalizer.normalize(["x": wide(21)]) == "{\"x\":[TOO_MANY_KEYS]}")
        #expect(PatternNormalizer.normalize(["x": .array(Array(repeating: 1, count: 21))]) == "{\"x\":[TOO_MANY_KEYS]}")
    }

    @Test(
        arguments: [
            (#""sum""#, "sum"), (#""""#, ""), ("42", "42"), (#""42""#, "42"), (#""42.0""#, "42"), (#""1.0""#, "1"),
            (#""12345678901234567890""#, "12345678901234567000"), (#"{"b":1,"a":2}"#, #"{"a":2,"b":1}"#),
            (#""{\"b\":1,\"a\":2}""#, #"{"a":2,"b":1}"#), (#"" { \"b\" : 1 } ""#, #"{"b":1}"#),
            (#""[1]""#, #"{"0":1}"#),
            (#"["x","y"]"#, #"{"0":"x","1":"y"}"#), (#""\"abc\"""#, "abc"), (#""test""#, "test"),
            (#""null_x""#, "null_x"),
            (#""\u0061\n""#, "a\n"), (#""{bad""#, "{bad"), (#""a/b.c:*>#+$[]{}""#, "a/b.c:*>#+$[]{}"),
            (#"{"n":"1.5"}"#, #"{"n":"1.5"}"#),
            ("true", nil), ("null", nil), (#""true""#, nil), (#""null""#, nil), (#"" false ""#, nil),
            (#""안녕😀""#, "안녕😀"),
        ] as [(String, String?)])
    func `incoming patterns are read as JSON if they are JSON`(json: String, route: String?) {
        #expect(incoming(json) == route)
    }
}
