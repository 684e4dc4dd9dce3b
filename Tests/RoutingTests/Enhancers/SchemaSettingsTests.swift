import Testing

@testable import Routing

@Suite struct SchemaSettingsTests {
    private func settings(_ entry: String, files: [String: String] = [:]) -> SchemaSettings? {
        guard case .schema(let settings) = enhancer(.pipes, entry, files: files).file?.enhancers.first?.settings else {
            return nil
        }
        return settings
    }

    @Test func `it has defaults, and every option is read`() {
        let plain = settings("{ Schema: { body: { type: object } } }")
        #expect(plain?.body != nil && plain?.query == nil && plain?.path == nil)
        #expect(plain?.maxErrors == 20)
        #expect(plain?.status == 400)
        let all = settings("{ Schema: { query: { type: object }, path: { type: object }, maxErrors: 1, status: 422 } }")
        #expect(all?.body == nil && all?.query != nil && all?.path != nil)
        #expect(all?.maxErrors == 1)
        #expect(all?.status == 422)
    }

    @Test(arguments: [
        ["s/user.json": "{\"$ref\":\"address.json\"}", "s/address.json": "{\"type\":\"object\"}"],
        ["s/user.json": "{\"$ref\":\"../t/a b.json#/$defs/x\"}", "t/a b.json": "{\"$defs\":{\"x\":{}}}"],
        [
            "s/user.json": "{\"$ref\":\"a.json\"}", "s/a.json": "{\"$ref\":\"b.json\"}",
            "s/b.json": "{\"$ref\":\"a.json#/$defs/c\"}",
        ],
        ["s/user.json": "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}},\"$defs\":{\"b\":{\"$ref\":\"user.json\"}}}"],
        ["s/user.json": "true"],
    ])
    func `files and those they refer to are read`(files: [String: String]) {
        var files = files
        // A circle of references without anything between is a fault of its own.
        if files["s/a.json"] != nil { files["s/a.json"] = "{\"$ref\":\"b.json\",\"$defs\":{\"c\":{}}}" }
        let result = enhancer(.pipes, "{ Schema: { body: s/user.json } }", files: files)
        #expect(result.errors == [])
        #expect(Set(result.file?.files ?? []) == Set(files.keys).union(["r.yaml"]))
    }

    @Test func `names of files and folders may hold what URIs escape`() {
        let files = ["a b/100%#é.json": "{\"$ref\":\"#/$defs/x\",\"$defs\":{\"x\":{}}}"]
        #expect(enhancer(.pipes, "{ Schema: { body: \"a b/100%#é.json\" } }", files: files).errors == [])
        let beside = ["a b/u.json": "{\"$ref\":\"v.json\"}", "a b/v.json": "{}"]
        #expect(enhancer(.pipes, "{ Schema: { body: a b/u.json } }", files: beside).errors == [])
    }

    @Test(arguments: [
        ("Schema", "3:5: \"Schema\" needs options: { Schema: { body: schemas/user.json } }"),
        ("{ Schema: {} }", "3:15: \"Schema\" needs one of \"body\", \"query\" and \"path\""),
        ("{ Schema: { body: none.json } }", "3:23: schema \"none.json\": no such file or directory"),
        ("{ Schema: { body: [a] } }", "3:23: \"Schema\" must be a text, not a list"),
        ("{ Schema: { body: { type: objct } } }", "3:23: schema at /type: "),
        ("{ Schema: { body: { properties: { a: { pattern: \"(\" } } } } }", "3:23: schema at /properties/a/pattern: "),
        ("{ Schema: { body: bad.json } }", "3:23: schema \"bad.json\": it is not JSON: "),
        ("{ Schema: { body: far.json } }", "3:23: schema \"none.json\": no such file or directory"),
        ("{ Schema: { body: away.json } }", "3:23: schema at /$ref: "),
        ("{ Schema: { body: inside.json } }", "3:23: schema at /$ref: "),
        ("{ Schema: { body: {}, status: 500 } }", "3:35: \"status\" must be between 400 and 499, not 500"),
        ("{ Schema: { body: {}, maxErrors: 0 } }", "3:38: \"maxErrors\" must be between 1 and 1000, not 0"),
        ("{ Schema: { bdy: {} } }", "3:17: unknown key \"bdy\" in \"Schema\"; did you mean \"body\"?"),
        (
            "{ ParseInt: {} }",
            "3:5: \"ParseInt\" belongs to one value: { from: $path.id, pipes: [ParseInt] } in \"payload\""
        ),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        let files = [
            "bad.json": "{", "far.json": "{\"$ref\":\"none.json\"}",
            "away.json": "{\"$ref\":\"https://example.com/a\"}",
            "inside.json": "{\"$ref\":\"#/none\"}",
        ]
        let errors = enhancer(.pipes, entry, files: files).errors
        #expect(errors.contains { $0.hasPrefix("r.yaml:\(message)") }, "\(errors)")
    }
}
