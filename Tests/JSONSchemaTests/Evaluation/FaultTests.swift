import JSONSchema
import MessageWire
import Testing

@Suite struct FaultTests {
    /// Schema, value, message.
    static let messages: [(String, String, String)] = [
        (#"{"type":"string"}"#, "1", "value must be a string"),
        (#"{"type":["integer","null"]}"#, "1.5", "value must be an integer number or null"),
        (#"{"type":["number","integer"]}"#, "true", "value must be a number"),
        (#"{"type":"boolean"}"#, "[]", "value must be a boolean value"),
        (#"{"enum":["a","b",3]}"#, #""c""#, "value must be one of the following values: a, b, 3"),
        (#"{"const":{"a":1}}"#, "1", #"value must be equal to {"a":1}"#),
        (#"{"minimum":0}"#, "-1", "value must not be less than 0"),
        (#"{"maximum":10}"#, "10.1", "value must not be greater than 10"),
        (#"{"exclusiveMinimum":0}"#, "0", "value must be greater than 0"),
        (#"{"exclusiveMaximum":1}"#, "1.0", "value must be less than 1"),
        (#"{"multipleOf":0.01}"#, "0.005", "value must be divisible by 0.01"),
        (#"{"minLength":1}"#, #""""#, "value should not be empty"),
        (#"{"minLength":3}"#, #""ab""#, "value must be longer than or equal to 3 characters"),
        (#"{"maxLength":1}"#, #""ab""#, "value must be shorter than or equal to 1 character"),
        (#"{"pattern":"^a$"}"#, #""b""#, "value must match /^a$/ regular expression"),
        (#"{"format":"email"}"#, #""b""#, "value must be an email"),
        (#"{"format":"uuid"}"#, #""b""#, "value must be a UUID"),
        (#"{"minItems":1}"#, "[]", "value should not be empty"),
        (#"{"minItems":2}"#, "[1]", "value must contain at least 2 elements"),
        (#"{"maxItems":0}"#, "[1]", "value must contain no more than 0 elements"),
        (#"{"uniqueItems":true}"#, "[1,2,1.0]", "value must not contain the same element twice, as at 0 and 2"),
        (#"{"contains":{"const":1}}"#, "[2]", "value must contain at least 1 matching element"),
        (#"{"contains":true,"maxContains":1}"#, "[1,2]", "value must contain no more than 1 matching element"),
        (#"{"minProperties":2}"#, "{}", "value must contain at least 2 properties"),
        (#"{"maxProperties":0}"#, #"{"a":1}"#, "value must contain no more than 0 properties"),
        (#"{"required":["a"]}"#, "{}", "a is required"),
        (#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, "b is required when there is a"),
        (#"{"additionalProperties":false}"#, #"{"a":1}"#, "a should not exist"),
        (#"{"unevaluatedProperties":false}"#, #"{"a":1}"#, "a should not exist"),
        (#"{"prefixItems":[true],"items":false}"#, "[1,2]", "1 should not exist"),
        (
            #"{"propertyNames":{"maxLength":1}}"#, #"{"ab":1}"#,
            #"the property name "ab" must be shorter than or equal to 1 character"#
        ),
        ("false", "1", "value is not allowed"),
        (#"{"not":{"type":"null"}}"#, "null", "value is what it must not be"),
        (#"{"oneOf":[true,true]}"#, "1", "value must be of one kind only and is of the kinds 0 and 1"),
    ]

    @Test(arguments: messages)
    func `each keyword has its sentence`(schema: String, value: String, message: String) throws {
        #expect(try CompiledSchema(text: schema).messages(text: value) == [message])
    }

    @Test func `a fault knows the value's pointer, the keyword and its place in the schema`() throws {
        let document = try JSONValue.parse(
            #"{"properties":{"items":{"items":{"properties":{"a/b":{"type":"string"}}}}}}"#)
        let schema = try CompiledSchema(document, base: "schemas/order.json")
        #expect(
            try schema.faults(text: #"{"items":[{},{"a/b":7}]}"#) == [
                SchemaFault(
                    instance: "/items/1/a~1b", keyword: "type",
                    schema: "schemas/order.json#/properties/items/items/properties/a~1b/type",
                    message: "items.1.a/b must be a string")
            ])
    }

    @Test func `what is missing is the fault of its object and called by its own path`() throws {
        let schema = try CompiledSchema(text: #"{"properties":{"address":{"required":["zip"]}}}"#)
        let fault = try #require(try schema.faults(text: #"{"address":{}}"#).first)
        #expect(fault.instance == "/address")
        #expect(fault.message == "address.zip is required")
    }

    @Test func `all faults are told, up to the limit`() throws {
        let schema = try CompiledSchema(
            text: #"{"properties":{"a":{"minimum":3,"multipleOf":2},"b":{"type":"null"}},"required":["c"]}"#)
        let value = #"{"a":1,"b":1}"#
        #expect(
            try schema.messages(text: value) == [
                "a must not be less than 3", "a must be divisible by 2", "b must be null", "c is required",
            ])
        #expect(try schema.faults(text: value, limit: 2).count == 2)
        #expect(try schema.faults(text: value, limit: 0).count == 1)
    }

    @Test func `a wrong type is told once`() throws {
        let schema = try CompiledSchema(text: #"{"type":"string","enum":["a"],"minLength":1}"#)
        #expect(try schema.messages(text: "1") == ["value must be a string"])
    }

    @Test func `of alternatives the one that was meant tells its faults`() throws {
        let nullable = try CompiledSchema(text: #"{"anyOf":[{"type":"null"},{"type":"string","minLength":2}]}"#)
        #expect(try nullable.messages(text: #""a""#) == ["value must be longer than or equal to 2 characters"])
        #expect(try nullable.messages(text: "1") == ["value must be a string or null"])
        let tagged = try CompiledSchema(
            text: """
                {"oneOf":[{"properties":{"kind":{"const":"circle"}},"required":["kind","radius"]},
                {"properties":{"kind":{"enum":["square"]}},"required":["kind","side"]}]}
                """)
        #expect(try tagged.messages(text: #"{"kind":"square"}"#) == ["side is required"])
        #expect(try tagged.messages(text: "{}") == ["value must be of one of the 2 kinds that are allowed"])
    }

    @Test func `a schema false is the fault of the keyword that leads to it`() throws {
        let schema = try CompiledSchema(text: #"{"additionalProperties":false}"#)
        let fault = try #require(try schema.faults(text: #"{"x":1}"#).first)
        #expect(fault.keyword == "additionalProperties")
        #expect(fault.schema == "#/additionalProperties")
        #expect(fault.instance == "/x")
    }

    @Test func `names and values of a client are cut`() throws {
        let name = String(repeating: "n", count: 5000)
        let schema = try CompiledSchema(text: #"{"additionalProperties":false}"#)
        let fault = try #require(try schema.faults(text: "{\"\(name)\":1}").first)
        #expect(fault.instance.utf8.count == 257)
        #expect(fault.message.utf8.count < 300)
    }

    @Test func `of equal names the last one counts`() throws {
        let schema = try CompiledSchema(text: #"{"properties":{"a":{"type":"string"}},"maxProperties":1}"#)
        #expect(try schema.isValid(text: #"{"a":1,"a":"x"}"#))
        #expect(try schema.messages(text: #"{"a":"x","a":1}"#) == ["a must be a string"])
    }
}
