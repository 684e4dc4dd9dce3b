import JSONSchema
import MessageWire
import Testing

@Suite struct SchemaPartTests {
    private func read(_ schema: String, _ texts: String...) throws -> JSONValue? {
        let part = SchemaPart(try CompiledSchema(text: schema))
        return part.object(of: [(name: "p", values: texts)])["p"]
    }

    /// Schema of the property, text, value.
    static let cases: [(String, String, JSONValue)] = [
        (#"{"type":"integer"}"#, "42", 42), (#"{"type":"integer"}"#, "1.5", .number("1.5")),
        (#"{"type":"integer"}"#, "042", "042"), (#"{"type":"integer"}"#, " 1", " 1"), (#"{"type":"integer"}"#, "", ""),
        (#"{"type":"number"}"#, "-1.50e2", .number("-1.50e2")), (#"{"type":"number"}"#, "NaN", "NaN"),
        (#"{"type":"number"}"#, "+1", "+1"), (#"{"type":"number"}"#, "9007199254740993", .number("9007199254740993")),
        (#"{"type":"boolean"}"#, "true", true), (#"{"type":"boolean"}"#, "false", false),
        (#"{"type":"boolean"}"#, "TRUE", "TRUE"), (#"{"type":"boolean"}"#, "1", "1"),
        (#"{"type":["integer","null"]}"#, "null", nil), (#"{"type":["integer","string"]}"#, "1", "1"),
        (#"{"type":"string"}"#, "1", "1"), ("{}", "1", "1"), ("true", "true", "true"),
        (#"{"enum":[1,2]}"#, "2", 2), (#"{"const":true}"#, "true", true),
        (#"{"anyOf":[{"type":"integer"},{"type":"boolean"}]}"#, "7", 7),
        (#"{"type":"array","items":{"type":"integer"}}"#, "7", [7]),
        (#"{"type":"array"}"#, "7", ["7"]), (#"{"type":["array","string"]}"#, "7", "7"),
        (#"{"type":["array","integer"]}"#, "7", 7), (#"{"type":"object"}"#, "{}", "{}"),
    ]

    @Test(arguments: cases)
    func `a text becomes what the schema wants if it has just that form`(
        property: String, text: String, value: JSONValue
    ) throws {
        #expect(try read(#"{"properties":{"p":\#(property)}}"#, text) == value)
    }

    @Test func `several values are an array`() throws {
        let schema = #"{"properties":{"p":{"type":"array","items":{"type":"integer"}}}}"#
        #expect(try read(schema, "1", "x", "3") == [1, "x", 3])
        #expect(try read(#"{"properties":{"p":{"type":"integer"}}}"#, "1", "2") == ["1", "2"])
        #expect(try read(schema) == [])
    }

    @Test func `types are found behind references and allOf`() throws {
        let schema = """
            {"allOf":[{"$ref":"#/$defs/paging"}],"$defs":{"paging":{"properties":{"p":{"$ref":"#/$defs/count"}}},
            "count":{"allOf":[{"type":"integer"},{"minimum":1}]}}}
            """
        #expect(try read(schema, "3") == 3)
    }

    @Test func `other names are read as additionalProperties says`() throws {
        #expect(try read(#"{"additionalProperties":{"type":"integer"}}"#, "3") == 3)
        #expect(try read(#"{"additionalProperties":false}"#, "3") == "3")
        #expect(try read("{}", "3") == "3")
    }

    @Test func `faults of coerced values are told`() throws {
        let part = SchemaPart(
            try CompiledSchema(
                text: #"{"properties":{"page":{"type":"integer","minimum":1},"size":{"type":"integer"}}}"#))
        let value = part.object(of: [("page", ["0"]), ("size", ["many"])])
        #expect(
            part.schema.validate(value).map(\.message) == [
                "page must not be less than 1", "size must be an integer number",
            ])
    }
}
