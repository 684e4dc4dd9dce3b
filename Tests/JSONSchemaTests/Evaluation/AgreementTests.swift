import MessageWire
import Testing

@testable import JSONSchema

/// Random values: the silent check and the report have to agree, and nothing may trap.
@Suite struct AgreementTests {
    static let schemas = [
        ##"""
        {"type":["object","array"],"properties":{"a":{"$ref":"#/$defs/n"},"b":{"type":"array","uniqueItems":true,
        "items":{"$ref":"#"}},"":{"minLength":1}},"patternProperties":{"^c+$":{"enum":[1,"c",null]}},"required":["a"],
        "unevaluatedProperties":false,"$defs":{"n":{"anyOf":[{"type":"integer","multipleOf":3},{"const":"a"},
        {"items":{"type":"null"},"type":"array"}]}}}
        """##,
        ##"""
        {"oneOf":[{"type":"object","properties":{"a":{"const":1},"b":{"$ref":"#"}}},{"type":"object","properties":
        {"a":{"enum":["a","c"]}},"required":["b"]},{"prefixItems":[{"$ref":"#"}],"contains":{"type":"null"},
        "unevaluatedItems":{"type":"number"},"type":"array"},{"type":"null"}],"maxProperties":2}
        """##,
        ##"""
        {"if":{"type":"object"},"then":{"dependentRequired":{"a":["b"]},"additionalProperties":{"$ref":"#"}},
        "else":{"not":{"type":"number","exclusiveMinimum":1}},"items":{"$ref":"#"},"maxItems":2}
        """##,
    ]

    @Test(arguments: schemas)
    func `a value has faults if and only if it is not valid`(text: String) throws {
        let schema = try CompiledSchema(text: text)
        var random = Splitmix(state: 42)
        var valid = 0
        for _ in 0..<4000 {
            let value = random.value(depth: 4)
            let isValid = schema.isValid(value)
            valid += isValid ? 1 : 0
            let faults = schema.validate(value)
            #expect(faults.isEmpty == isValid, "\(value.serialized())")
            #expect(!faults.contains { $0.keyword.isEmpty }, "\(value.serialized())")
            #expect(schema.validate(value, limit: 1).count == min(faults.count, 1))
        }
        #expect((1..<4000).contains(valid))
    }

    /// With keywords only that the quick way knows.
    static let quickSchemas = [
        ##"""
        {"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":3},"b":{"type":["string","null"],
        "maxLength":1,"minLength":1},"c":{"type":"array","items":{"$ref":"#"},"maxItems":2},"cc":{"enum":["a","c"]}},
        "additionalProperties":false,"maxProperties":3}
        """##,
        ##"""
        {"$ref":"#/$defs/v","$defs":{"v":{"type":["array","number","null"],"maximum":4,"minimum":0,
        "items":{"$ref":"#/$defs/w"},"minItems":1},"w":{"type":"object","required":["a"],
        "properties":{"a":true,"b":{"pattern":"^[ac]$"}},"additionalProperties":{"$ref":"#"}}}}
        """##,
    ]

    @Test(arguments: quickSchemas)
    func `the quick way lets pass what is valid, and nothing else`(text: String) throws {
        let schema = try CompiledSchema(text: text)
        var random = Splitmix(state: 7)
        var valid = 0
        for _ in 0..<20_000 {
            let value = random.value(depth: 3)
            let isValid = schema.isValid(value)
            valid += isValid ? 1 : 0
            let text = Array(value.serialized().utf8)
            #expect(text.withUnsafeBytes { schema.isSurelyValid($0) } == isValid, "\(value.serialized())")
        }
        #expect((10..<20_000).contains(valid))
    }

    @Test(arguments: [
        ("{\"n\":3}", true), (" { \"n\" : 3.50 , \"s\" : \"abc\" } ", true), ("{\"n\":-0}", true),
        ("{\"n\":10.0}", true), ("{\"n\":10.01}", false), ("{\"n\":-1}", false), ("{\"n\":0.999}", true),
        ("{\"n\":5,\"i\":2.0}", true), ("{\"n\":5,\"i\":2.5}", false), ("{\"n\":5,\"s\":\"abcd\"}", false),
        ("{\"s\":\"abc\"}", false), ("{\"n\":5,\"x\":1}", false), ("[]", false), ("{}", false),
        ("{\"n\":5,\"s\":\"\"}", false), ("{\"n\":5,\"free\":{\"a\":[1,{\"b\":\"]}\"}]}}", true),
    ])
    func `texts as clients write them`(text: String, isValid: Bool) throws {
        let schema = try CompiledSchema(
            text: ##"""
                {"type":"object","required":["n"],"additionalProperties":false,"properties":{"n":{"type":"number",
                "minimum":0,"maximum":10},"i":{"type":"integer"},"s":{"type":"string","minLength":1,"maxLength":3},"free":{}}}
                """##)
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes { schema.isSurelyValid($0) } == isValid)
        #expect(bytes.withUnsafeBytes { schema.isValid($0) } == isValid)
    }

    /// What it is not sure of is left to the whole check, which knows better.
    @Test(arguments: [
        ("{\"n\":1e1}", true), ("{\"n\":1e2}", false), ("{\"n\":9223372036854775808}", false),
        ("{\"\\u006e\":3}", true), ("{\"n\":3,\"s\":\"\\u0061b\"}", true), ("{\"n\":3,\"s\":\"äöü\"}", true),
        ("{\"n\":3,\"s\":\"äöüß\"}", false), ("{\"n\":0.1234567890123456789}", true),
    ])
    func `what the quick way is not sure of`(text: String, isValid: Bool) throws {
        let schema = try CompiledSchema(
            text: ##"{"required":["n"],"properties":{"n":{"minimum":0,"maximum":10},"s":{"maxLength":3}}}"##)
        let bytes = Array(text.utf8)
        #expect(!bytes.withUnsafeBytes { schema.isSurelyValid($0) })
        #expect(bytes.withUnsafeBytes { schema.isValid($0) } == isValid)
    }
}

/// A generator that gives the same values in each run.
private struct Splitmix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func value(depth: Int) -> JSONValue {
        let scalars: [JSONValue] = [nil, true, 0, 1, 3, .number("4.5"), "a", "c", ""]
        switch Int.random(in: 0..<(depth > 0 ? 4 : 2), using: &self) {
        case 2: return .array((0..<Int.random(in: 0..<4, using: &self)).map { _ in value(depth: depth - 1) })
        case 3:
            let names = ["a", "b", "c", "cc", ""].shuffled(using: &self).prefix(Int.random(in: 0..<4, using: &self))
            return .object(names.map { .init(name: $0, value: value(depth: depth - 1)) })
        default: return scalars.randomElement(using: &self) ?? nil
        }
    }
}
