import JSONSchema
import MessageWire
import Testing

/// The keywords in short; the conformance suite has them all at length.
@Suite struct KeywordTests {
    /// Schema, values that are valid, values that are not, each as the elements of an array.
    static let cases: [(String, String, String)] = [
        (#"{"type":"integer"}"#, "[1, 1.0, -0]", #"[1.5, "1", null, true]"#),
        (#"{"enum":[1,{"a":[null]}]}"#, #"[1.0, {"a":[null]}]"#, #"[2, {"a":null}]"#),
        (#"{"prefixItems":[{"type":"string"}],"items":{"type":"null"}}"#, #"[["a", null], []]"#, #"[[1], ["a", 1]]"#),
        (#"{"contains":{"const":1},"minContains":2,"maxContains":3}"#, "[[1,1], [1,1,1,2]]", "[[1], [1,1,1,1]]"),
        (#"{"contains":{"const":1},"minContains":0}"#, "[[], [2]]", "[]"),
        (
            #"{"properties":{"a":{"const":1}},"patternProperties":{"^b":{"const":2}},"additionalProperties":false}"#,
            #"[{"a":1,"bb":2}, {}]"#, #"[{"a":2}, {"b":1}, {"c":3}]"#
        ),
        (#"{"dependentSchemas":{"a":{"required":["b"]}}}"#, #"[{"a":1,"b":1}, {"b":1}]"#, #"[{"a":1}]"#),
        (#"{"dependencies":{"a":["b"],"c":{"maxProperties":1}}}"#, #"[{"a":1,"b":1}]"#, #"[{"a":1}, {"c":1,"d":1}]"#),
        (#"{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"null"}}"#, #"["ab", null]"#, #"["a", 1]"#),
        (#"{"oneOf":[{"minimum":2},{"maximum":3}]}"#, "[1, 4]", "[2, 3]"),
        (#"{"not":{"not":{"type":"null"}}}"#, "[null]", "[1]"),
        (#"{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}"#, #"[{"a":1}]"#, #"[{"b":1}]"#),
        (
            #"{"anyOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":true}}],"unevaluatedProperties":false}"#,
            #"[{"a":1}, {"b":1}, {"a":1,"b":1}]"#, #"[{"a":2}, {"a":2,"b":1}]"#
        ),
        (#"{"allOf":[{"properties":{"a":true}},{"unevaluatedProperties":false}]}"#, "[{}]", #"[{"a":1}]"#),
        (#"{"prefixItems":[true],"contains":{"const":1},"unevaluatedItems":false}"#, "[[0,1]]", "[[0,1,2], [0]]"),
        (#"{"if":{"properties":{"a":{"const":1}}},"unevaluatedProperties":false}"#, #"[{"a":1}]"#, #"[{"a":2}]"#),
        (
            ##"{"properties":{"next":{"$ref":"#"}},"required":["v"]}"##, #"[{"v":1,"next":{"v":2}}]"#,
            #"[{"v":1,"next":{}}]"#
        ),
        (##"{"$ref":"#x","maximum":5,"$defs":{"a":{"$anchor":"x","minimum":1}}}"##, "[1, 5]", "[0, 6]"),
        (
            #"{"maxLength":1,"maximum":1,"maxItems":1,"maxProperties":1}"#, #"["a", 1, [1], {"a":1}, null]"#,
            #"["ab", 2, [1,2], {"a":1,"b":2}]"#
        ),
    ]

    @Test(arguments: cases)
    func `values are valid or not`(schema: String, valid: String, invalid: String) throws {
        let schema = try CompiledSchema(text: schema)
        for (texts, isValid) in [(valid, true), (invalid, false)] {
            guard case .array(let values) = try JSONValue.parse(texts) else { continue }
            for value in values {
                #expect(schema.isValid(value) == isValid, "\(value)")
                #expect(schema.validate(value).isEmpty == isValid, "\(value)")
            }
        }
    }

    @Test func `a dynamic reference leads to the outermost anchor`() throws {
        let tree: JSONValue = [
            "$id": "https://x.test/tree", "$dynamicAnchor": "node",
            "properties": ["children": ["items": ["$dynamicRef": "#node"]]],
        ]
        let strict = try CompiledSchema(
            [
                "$id": "https://x.test/strict", "$dynamicAnchor": "node", "$ref": "tree",
                "unevaluatedProperties": false,
            ], others: ["https://x.test/tree": tree])
        #expect(try strict.isValid(text: #"{"children":[{"children":[]}]}"#))
        #expect(try strict.messages(text: #"{"children":[{"kids":[]}]}"#) == ["children.0.kids should not exist"])
        #expect(try CompiledSchema(tree).isValid(text: #"{"children":[{"kids":[]}]}"#))
    }

    @Test func `a schema can be checked against the meta-schema`() throws {
        let schema = try CompiledSchema(["$ref": "https://json-schema.org/draft/2020-12/schema"])
        #expect(try schema.isValid(text: #"{"properties":{"a":{"minLength":2}}}"#))
        #expect(
            try schema.faults(text: #"{"properties":{"a":{"minLength":-2}}}"#).map(\.instance) == [
                "/properties/a/minLength"
            ])
    }
}
