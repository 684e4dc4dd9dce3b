import JSONSchema
import MessageWire
import Testing

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
