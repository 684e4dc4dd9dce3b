import JSONSchema
import MessageWire
import Testing

@Suite struct WarningTests {
    /// Schema, warning.
    static let cases: [(String, String)] = [
        (#"{"requird":["a"]}"#, ##"#/requird: unknown keyword "requird"; did you mean "required"?"##),
        (
            #"{"properties":{"a":{"nullable":true}}}"#,
            ##"#/properties/a/nullable: "nullable" has no effect: use "type" with "null" in its list"##
        ),
        (#"{"then":{}}"#, ##"#/then: "then" has no effect without "if""##),
        (#"{"minContains":1}"#, ##"#/minContains: "minContains" has no effect without "contains""##),
        (#"{"format":"emial"}"#, ##"#/format: unknown format "emial"; did you mean "email"?"##),
        (
            #"{"$schema":"http://json-schema.org/draft-07/schema#"}"#,
            "#/$schema: the meta-schema \"http://json-schema.org/draft-07/schema\" is not known; "
                + "the schema is read as draft 2020-12"
        ),
    ]

    @Test(arguments: cases)
    func `what has no effect is told`(schema: String, warning: String) throws {
        #expect(try CompiledSchema(text: schema).warnings == [warning])
    }

    @Test(arguments: [
        #"{"title":"a","x-internal":1,"contentEncoding":"base64","contentMediaType":"application/json","default":1}"#,
        #"{"type":"integer","format":"int64","readOnly":true,"examples":[1],"deprecated":true}"#,
        #"{"if":{},"then":{},"contains":{},"minContains":0}"#,
    ])
    func `common schemas have no warnings`(schema: String) throws {
        #expect(try CompiledSchema(text: schema).warnings.isEmpty)
    }

    @Test func `contents are not checked`() throws {
        let schema = try CompiledSchema(
            text: #"{"contentEncoding":"base64","contentMediaType":"application/json","contentSchema":{"type":"null"}}"#
        )
        #expect(try schema.isValid(text: #""%""#))
    }

    @Test func `formats are checked only if that is wanted`() throws {
        #expect(try !CompiledSchema(text: #"{"format":"date"}"#).isValid(text: #""x""#))
        #expect(try CompiledSchema(text: #"{"format":"date"}"#, assertsFormats: false).isValid(text: #""x""#))
    }
}
