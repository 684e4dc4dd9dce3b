import JSONSchema
import MessageWire
import Testing

@Suite struct ExternalReferenceTests {
    private func references(_ text: String, base: String = "https://x.test/schemas/a.json") throws -> [String] {
        CompiledSchema.externalReferences(of: try JSONValue.parse(text), base: base)
    }

    @Test func `references that leave the document are listed once, sorted, without fragments`() throws {
        let text = """
            {"properties":{"b":{"$ref":"b.json#/$defs/x"},"c":{"$ref":"../c.json"},"b2":{"$ref":"b.json"},
            "own":{"$ref":"#/$defs/own"},"full":{"$ref":"a.json#/$defs/own"}},
            "items":{"$dynamicRef":"https://y.test/d#node"},"$defs":{"own":{}}}
            """
        #expect(
            try references(text) == ["https://x.test/c.json", "https://x.test/schemas/b.json", "https://y.test/d"])
    }

    @Test func `names inside the document and the meta-schema do not leave it`() throws {
        let text = """
            {"$defs":{"a":{"$id":"https://z.test/inner","$anchor":"x"}},"allOf":[{"$ref":"https://z.test/inner#x"},
            {"$ref":"https://json-schema.org/draft/2020-12/schema"}],"const":{"$ref":"not-a-reference.json"}}
            """
        #expect(try references(text).isEmpty)
    }

    @Test func `a base of its own counts, and places that only a reference makes schemas`() throws {
        let text = ##"{"$id":"https://z.test/deep/a","$ref":"#/components/b","components":{"b":{"$ref":"c"}}}"##
        #expect(try references(text) == ["https://z.test/deep/c"])
    }

    @Test func `what is listed can be given to the compiler`() throws {
        let document = try JSONValue.parse(#"{"properties":{"b":{"$ref":"b.json"}}}"#)
        let base = "https://x.test/a.json"
        let names = CompiledSchema.externalReferences(of: document, base: base)
        let others = Dictionary(uniqueKeysWithValues: names.map { ($0, ["type": "null"] as JSONValue) })
        let schema = try CompiledSchema(document, base: base, others: others)
        #expect(try schema.messages(text: #"{"b":1}"#) == ["b must be null"])
    }
}
