import Foundation
import MessageWire
import Testing

@Suite struct JSONValueTests {
    @Test func `literals keep the order of members`() {
        let value: JSONValue = ["b": 1, "a": [true, nil, "x", 1.5, 2.0, -3], "b": 2]
        #expect(value.serialized() == #"{"b":1,"a":[true,null,"x",1.5,2,-3],"b":2}"#)
        #expect(value["b"] == 2)
        #expect(value["a"]?[2]?.stringValue == "x")
        #expect(value["a"]?[6] == nil)
        #expect(value["c"] == nil)
        #expect(value[0] == nil)
        #expect(value.kind == .object)
    }

    @Test func `numbers are read when asked`() throws {
        #expect(try JSONValue.parse("1e2").intValue == 100)
        #expect(try JSONValue.parse("1.5").intValue == nil)
        #expect(try JSONValue.parse("9223372036854775807").intValue == Int.max)
        #expect(try JSONValue.parse("9223372036854775808").intValue == nil)
        #expect(try JSONValue.parse("1e400").doubleValue == .infinity)
        #expect(try JSONValue.parse("1e-999").doubleValue == 0)
        #expect(try JSONValue.parse("\"1\"").doubleValue == nil)
        #expect(try JSONValue.parse("false").boolValue == false)
    }

    @Test func `composed and decomposed letters are different`() throws {
        let value = try JSONValue.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
        #expect(value.javaScriptNormalized == value)
    }

    @Test func `a bad text is an error with its place`() {
        #expect(throws: JSONScanError(.unexpectedByte, at: 3)) { _ = try JSONValue.parse("[1,]") }
        #expect(JSONScanError(.tooDeep, at: 7).description == "Arrays and objects are nested too deeply (byte 7)")
    }

    @Test(arguments: [
        ("12345678901234567890", "12345678901234567000"), ("1.0", "1"), ("1e3", "1000"), ("-0", "0"), ("1e400", "null"),
        ("-1e400", "null"), ("1e21", "1e+21"), ("1E-7", "1e-7"), ("9007199254740993", "9007199254740992"),
        (
            #"{"b":1,"10":2,"9":3,"a":4,"b":5,"-1":6,"01":7,"4294967294":8,"4294967295":9,"0":{"y":1.0,"1":0}}"#,
            #"{"0":{"1":0,"y":1},"9":3,"10":2,"4294967294":8,"b":5,"a":4,"-1":6,"01":7,"4294967295":9}"#
        ),
        (#"[1.50,[ ],{}]"#, "[1.5,[],{}]"),
    ])
    func `JavaScript would write the value so`(text: String, normalized: String) throws {
        #expect(try JSONValue.parse(text).javaScriptNormalized.serialized() == normalized)
    }

    @Test func `deep trees are built and taken down`() throws {
        let text = String(repeating: "[{\"a\":", count: 256) + "1" + String(repeating: "}]", count: 256)
        #expect(try JSONValue.parse(text).serialized() == text)
    }

    /// `numbers.json` holds pairs of a text and what node 20 writes after it has read it.
    @Test func `numbers are reread as node rereads them`() throws {
        let file = Fixtures.own.appendingPathComponent("message-wire/numbers.json")
        let pairs = try JSONValue.parse(String(decoding: try Fixtures.bytes(file), as: UTF8.self)).elements
        #expect(pairs.count > 800)
        for pair in pairs {
            let text = try #require(pair[0]?.stringValue)
            #expect(JSONValue.number(text).javaScriptNormalized.serialized() == pair[1]?.stringValue, "\(text)")
        }
    }
}
