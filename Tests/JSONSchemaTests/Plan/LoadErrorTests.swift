import JSONSchema
import MessageWire
import Testing

@Suite struct LoadErrorTests {
    /// Schema, pointer, a part of the reason.
    static let cases: [(String, String, String)] = [
        ("1", "", "a schema must be an object, true or false"),
        (#"{"properties":{"age":{"minimum":"1"}}}"#, "/properties/age/minimum", "must be a number, not a string"),
        (#"{"properties":{"a/b":{"type":"strin"}}}"#, "/properties/a~1b/type", #"did you mean "string"?"#),
        (#"{"type":[]}"#, "/type", "at least one type"),
        (#"{"required":"a"}"#, "/required", "must be an array of strings"),
        (#"{"required":["a",1]}"#, "/required/1", "an array of strings"),
        (#"{"items":[{}]}"#, "/items", "prefixItems"),
        (#"{"allOf":[]}"#, "/allOf", "at least one schema"),
        (#"{"allOf":[{},7]}"#, "/allOf/1", "a schema must be"),
        (#"{"minLength":-1}"#, "/minLength", "an integer from 0"),
        (#"{"maxItems":1.5}"#, "/maxItems", "an integer from 0"),
        (#"{"multipleOf":0}"#, "/multipleOf", "greater than 0"),
        (#"{"pattern":"("}"#, "/pattern", "is not a regular expression"),
        (#"{"patternProperties":{"[":true}}"#, "/patternProperties/[", "is not a regular expression"),
        (##"{"$ref":"#/$defs/a"}"##, "/$ref", "leads nowhere"),
        (#"{"$ref":"other.json"}"#, "/$ref", #"there is no schema "other.json""#),
        (##"{"$ref":"#a"}"##, "/$ref", "no anchor"),
        (##"{"$ref":"#"}"##, "", "never ends"),
        (##"{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"}]}}}"##, "/$defs/a", "never ends"),
        (#"{"$id":"a#b"}"#, "/$id", "fragment"),
        (#"{"$anchor":"1"}"#, "/$anchor", "an anchor is"),
        (#"{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}"#, "/$defs/b/$anchor", "already"),
        (#"{"uniqueItems":1}"#, "/uniqueItems", "true or false"),
        (#"{"properties":[]}"#, "/properties", "must be an object"),
        (#"{"$defs":{"unused":{"type":7}}}"#, "/$defs/unused/type", "a string or an array"),
    ]

    @Test(arguments: cases)
    func `what is wrong in a schema is told with its place`(schema: String, pointer: String, reason: String) throws {
        let error = try #require(throws: SchemaError.self) { try CompiledSchema(text: schema) }
        #expect(error.pointer == pointer)
        #expect(error.reason.contains(reason), "\(error)")
    }

    @Test func `a fault of another document names it`() throws {
        let other: JSONValue = ["type": "nope"]
        let error = try #require(throws: SchemaError.self) {
            try CompiledSchema(
                ["$ref": "b.json"], base: "https://x.test/a.json", others: ["https://x.test/b.json": other])
        }
        #expect(error.document == "https://x.test/b.json")
        #expect(error.pointer == "/type")
    }

    @Test func `a chain of references has an end`() throws {
        func chain(_ count: Int) -> JSONValue {
            let links = (0..<count).map { index in
                JSONValue.Member(name: "n\(index)", value: ["$ref": "#/$defs/n\(index + 1)"])
            }
            return [
                "$ref": "#/$defs/n0", "$defs": .object(links + [.init(name: "n\(count)", value: ["type": "null"])]),
            ]
        }
        #expect(try CompiledSchema(chain(150)).isValid(nil))
        #expect(throws: SchemaError.self) { try CompiledSchema(chain(3000)) }
    }

    @Test func `documents that are nested too deeply are refused`() {
        var document: JSONValue = [:]
        for _ in 0..<2000 { document = ["items": document] }
        #expect(throws: SchemaError.self) { try CompiledSchema(document) }
    }
}
