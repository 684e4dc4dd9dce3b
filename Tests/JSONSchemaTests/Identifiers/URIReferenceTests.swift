import MessageWire
import Testing

@testable import JSONSchema

@Suite struct URIReferenceTests {
    /// References and what they mean in `http://a/b/c/d;p?q`. Spec: RFC 3986 §5.4
    static let cases: [(String, String)] = [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"), ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"), ("g#s", "http://a/b/c/g#s"), (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("..g", "http://a/b/c/..g"),
        ("./g/.", "http://a/b/c/g/"), ("g/../h", "http://a/b/c/h"), ("g;x=1/../y", "http://a/b/c/y"),
    ]

    @Test(arguments: cases)
    func `references are resolved`(reference: String, target: String) {
        #expect(URIReference(reference).resolved(against: URIReference("http://a/b/c/d;p?q")).text == target)
    }

    @Test func `bases may be relative`() {
        let base = URIReference("schemas/user.json")
        #expect(URIReference("order.json").resolved(against: base).text == "schemas/order.json")
        #expect(URIReference("../x.json").resolved(against: base).text == "x.json")
        #expect(URIReference("../../x.json").resolved(against: base).text == "../x.json")
        #expect(URIReference("#a").resolved(against: URIReference("")).text == "#a")
    }

    @Test func `pointers are written and read`() {
        #expect(JSONPointer.escaped("a/b~c") == "a~1b~0c")
        #expect(JSONPointer.names(of: "/a~1b~0c//0") == ["a/b~c", "", "0"])
        #expect(JSONPointer.names(of: "a") == nil)
        #expect(JSONPointer.names(of: "/~2") == nil)
        #expect(JSONPointer.step("01", in: [1, 2]) == nil)
        #expect(JSONPointer.step("1", in: [1, 2]) == 2)
        #expect(JSONPointer.percentDecoded("%25a") == "%a")
        #expect(JSONPointer.percentDecoded("%f") == nil)
    }
}
