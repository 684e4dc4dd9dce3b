import JSONSchema
import MessageWire
import Testing

@Suite struct EvaluationLimitTests {
    @Test func `alternatives within alternatives do not take exponential time`() throws {
        let branch = ##"{"type":"object","properties":{"a":{"$ref":"#"}}}"##
        let schema = try CompiledSchema(text: #"{"anyOf":[\#(branch),\#(branch),{"const":1}]}"#)
        let text = String(repeating: #"{"a":"#, count: 60) + "2" + String(repeating: "}", count: 60)
        let value = try JSONValue.parse(text)
        let time = ContinuousClock().measure { #expect(!schema.isValid(value)) }
        #expect(time < .seconds(10))
        let last = try #require(try schema.faults(text: text).last)
        #expect(last.message.hasSuffix("could not be checked: that would take too long"))
    }

    @Test func `what could not be checked is refused even where it must not match`() throws {
        let branch = ##"{"type":"object","properties":{"a":{"$ref":"#/$defs/tree"}}}"##
        let schema = try CompiledSchema(
            text: ##"{"not":{"$ref":"#/$defs/tree"},"$defs":{"tree":{"anyOf":[\##(branch),\##(branch),{"const":1}]}}}"##
        )
        let text = String(repeating: #"{"a":"#, count: 60) + "2" + String(repeating: "}", count: 60)
        #expect(try !schema.isValid(text: text))
        #expect(try schema.faults(text: text).count == 1)
    }

    private func nested(_ depth: Int, around inner: String) throws -> JSONValue {
        try JSONValue.parse(String(repeating: #"{"a":"#, count: depth) + inner + String(repeating: "}", count: depth))
    }

    @Test func `nested values are checked with several schemas at each level`() throws {
        let schema = try CompiledSchema(
            text: ##"""
                {"$ref":"#/$defs/node","$defs":{"node":{"type":"object","allOf":[{"anyOf":[{"properties":
                {"a":{"$ref":"#"}}}]}]}}}
                """##)
        #expect(schema.isValid(try nested(63, around: "{}")))
        #expect(schema.validate(try nested(63, around: "1")).map(\.keyword) == ["type"])
        #expect(
            schema.validate(try nested(500, around: "{}")).last?.message.hasSuffix("it is nested too deeply") == true)
    }

    @Test func `the deepest value that the parser takes is checked`() throws {
        let schema = try CompiledSchema(text: ##"{"additionalProperties":{"$dynamicRef":"#n"},"$dynamicAnchor":"n"}"##)
        #expect(schema.isValid(try nested(250, around: "{}")))
        #expect(try CompiledSchema(text: #"{"uniqueItems":true,"type":"object"}"#).isValid(nested(511, around: "{}")))
    }

    @Test func `a deeper value is refused`() throws {
        var value: JSONValue = []
        for _ in 0..<2000 { value = [value] }
        let schema = try CompiledSchema(text: ##"{"items":{"$ref":"#"}}"##)
        #expect(!schema.isValid(value))
        #expect(schema.validate(value).map(\.message) == ["value could not be checked: it is nested too deeply"])
    }

    @Test func `a dynamic reference in a circle ends`() throws {
        let schema = try CompiledSchema(
            text: """
                {"$id":"urn:outer","$ref":"urn:inner","$defs":{"a":{"$dynamicAnchor":"x","$ref":"urn:inner"},
                "i":{"$id":"urn:inner","$dynamicRef":"#x","$defs":{"d":{"$dynamicAnchor":"x"}}}}}
                """)
        #expect(try !schema.isValid(text: "1"))
    }

    @Test func `large arrays and objects take linear time`() throws {
        let numbers = JSONValue.array((0..<50_000).map { .number(String($0)) })
        let names = JSONValue.object((0..<20_000).map { .init(name: "n\($0)", value: 1) })
        let values = (0..<2000).map { "\"v\($0)\"" }.joined(separator: ",")
        let unique = try CompiledSchema(text: #"{"uniqueItems":true,"contains":{"const":-1},"minContains":0}"#)
        let patterns = try CompiledSchema(
            text: #"{"patternProperties":{"^n":{"type":"integer"},"x$":false},"unevaluatedProperties":false}"#)
        let choices = try CompiledSchema(text: #"{"items":{"enum":[\#(values)]}}"#)
        let chosen = JSONValue.array(Array(repeating: "v1999", count: 20_000))
        let time = ContinuousClock().measure {
            #expect(unique.isValid(numbers))
            #expect(patterns.isValid(names))
            #expect(choices.isValid(chosen))
        }
        #expect(time < .seconds(10))
    }
}
