import MessageWire
import Testing

@testable import JSONSchema

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

    @Test(arguments: [
        ("limit=10", true), ("limit=10&sort=up", true), ("sort=up&limit=1&", true), ("limit=0", false),
        ("limit=100", true),
        ("limit=101", false), ("limit=007", false), ("limit=.5", false), ("limit=1.", false), ("limit=1.5", false),
        ("limit=-1", false), ("limit=", false), ("limit", false), ("limit=1e3", false), ("limit=1x", false),
        ("limit=1&limit=2", false), ("limit=1&other=1", false), ("sort=up", false), ("limit=1&sort=left", false),
        ("limit=1&any=x=y\"\\", true), ("limit=1&name=ab", true), ("limit=1&name=a", false), ("limit=1&flag=2", false),
    ])
    func `a query as it came is told valid only if it is`(query: String, isValid: Bool) throws {
        let part = SchemaPart(
            try CompiledSchema(
                text: ##"""
                    {"type":"object","required":["limit"],"additionalProperties":false,"properties":{"limit":{"type":"integer",
                    "minimum":1,"maximum":100},"sort":{"enum":["up","down"]},"any":{},"name":{"type":["string","number"],
                    "minLength":2},"flag":{"type":"boolean"}}}
                    """##))
        let members = query.split(separator: "&").map { pair -> (String, [String]) in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (parts[0], [parts.count > 1 ? parts[1] : ""])
        }
        #expect(Array(query.utf8).withUnsafeBytes { part.isSurelyValid(query: $0) } == isValid)
        // Names that are there twice were not put together above.
        guard query != "limit=1&limit=2" else { return }
        #expect(part.schema.validate(part.object(of: members)).isEmpty == isValid)
    }

    @Test(arguments: ["limit=%31", "l%69mit=1", "limit=1+", "limit=0.5", "limit=1e1", "limit=true", "limit=-0"])
    func `what a query needs decoding for is left to the slow way`(query: String) throws {
        let part = SchemaPart(try CompiledSchema(text: #"{"properties":{"limit":{"type":["number","boolean"]}}}"#))
        #expect(!Array(query.utf8).withUnsafeBytes { part.isSurelyValid(query: $0) })
    }
}
