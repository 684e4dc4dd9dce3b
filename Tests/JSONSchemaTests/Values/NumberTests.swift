import MessageWire
import Testing

@testable import JSONSchema

@Suite struct NumberTests {
    /// Schema, value, whether it is valid.
    static let cases: [(String, String, Bool)] = [
        (#"{"maximum":9007199254740992}"#, "9007199254740993", false),
        (#"{"const":9223372036854775807}"#, "9223372036854775807", true),
        (#"{"const":9223372036854775807}"#, "9223372036854775808", false),
        (#"{"const":18446744073709551616}"#, "18446744073709551616.0", true),
        (#"{"multipleOf":0.01}"#, "0.1", true),
        (#"{"multipleOf":0.01}"#, "19.99", true),
        (#"{"multipleOf":0.01}"#, "19.999", false),
        (#"{"multipleOf":0.3}"#, "0.9", true),
        (#"{"multipleOf":1e-8}"#, "12391239123", true),
        (#"{"multipleOf":123456789012345678901}"#, "246913578024691357802", true),
        (#"{"multipleOf":123456789012345678901}"#, "246913578024691357803", false),
        (#"{"type":"integer"}"#, "1.0", true),
        (#"{"type":"integer"}"#, "1e400", true),
        (#"{"type":"integer"}"#, "1e-400", false),
        (#"{"type":"integer"}"#, "1e1000000000", true),
        (#"{"type":"integer"}"#, "10e-1", true),
        (#"{"multipleOf":3}"#, "1e1000000000", false),
        (#"{"multipleOf":7}"#, "7e1000000000", true),
        (#"{"multipleOf":2}"#, "1e99999999999999999999999", true),
        (#"{"maximum":1e400}"#, "1e401", false),
        (#"{"maximum":1e400}"#, "1e399", true),
        (#"{"minimum":-1e1000000000}"#, "-1e999999999", true),
        (#"{"exclusiveMinimum":0}"#, "1e-1000000000", true),
        (#"{"const":0}"#, "-0.0e5", true),
        (#"{"enum":[1.50]}"#, "15e-1", true),
        (#"{"uniqueItems":true}"#, "[100,1e2]", false),
    ]

    @Test(arguments: cases)
    func `numbers are compared exactly`(schema: String, value: String, isValid: Bool) throws {
        #expect(try CompiledSchema(text: schema).isValid(text: value) == isValid)
    }

    @Test func `equal values are equal and hash alike`() {
        let same = ["1200", "1.2e3", "12e2", "1200.000", "0.0012E6", "1200e0"].map { DecimalNumber($0) }
        #expect(Set(same).count == 1)
    }

    @Test func `order is that of the values`() {
        let texts = ["-1e30", "-123456789012345678901", "-2", "-0.5", "0", "1e-30", "0.5", "1", "1.5", "1e18", "1e30"]
        let numbers = texts.map { DecimalNumber($0) }
        #expect(numbers.shuffled().sorted() == numbers)
    }

    @Test func `text that is no number gives some number`() {
        for text in ["", "-", ".", "e", "--", "1e", "1e+-", "x", "1.2.3", "é"] { _ = DecimalNumber(text) }
    }

    @Test func `a million digits are no trouble`() throws {
        let digits = String(repeating: "7", count: 1_000_000)
        let schema = try CompiledSchema(text: #"{"multipleOf":7,"minimum":0}"#)
        #expect(schema.isValid(.number(digits)))
        #expect(!schema.isValid(.number(digits + "1")))
    }

    @Test func `strings are measured in code points`() throws {
        let schema = try CompiledSchema(text: #"{"minLength":2,"maxLength":2}"#)
        #expect(try schema.isValid(text: #""👍👍""#))
        #expect(try schema.isValid(text: #""e\u0301""#))
        #expect(try !schema.isValid(text: #""é""#))
        #expect(try !schema.isValid(text: #""👍👍👍""#))
    }

    @Test func `composed and decomposed letters differ`() throws {
        #expect(try CompiledSchema(text: #"{"uniqueItems":true}"#).isValid(text: #"["\u00e9","e\u0301"]"#))
        let schema = try CompiledSchema(text: #"{"properties":{"\u00e9":{"type":"null"},"e\u0301":{"type":"string"}}}"#)
        #expect(try schema.isValid(text: #"{"\u00e9":null,"e\u0301":""}"#))
    }
}
