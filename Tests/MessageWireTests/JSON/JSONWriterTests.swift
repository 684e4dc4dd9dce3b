import MessageWire
import NIOCore
import Testing

@Suite struct JSONWriterTests {
    /// What a writer wrote, checked for its own count.
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(buffer: ByteBuffer())
        body(&writer)
        let text = String(buffer: writer.buffer)
        #expect(writer.utf16Count == text.utf16.count, "\(text)")
        return text
    }

    @Test func `strings are escaped as JavaScript escapes them`() {
        let all = (0..<0x30).map { String(UnicodeScalar(UInt8($0))) }.joined() + "/\\\u{7F}\u{80}\u{2028}\u{2029}안😀"
        let controls = (0..<0x20).map { code in
            (8...13).contains(code)
                ? ["\\b", "\\t", "\\n", "\\u000b", "\\f", "\\r"][code - 8]
                : "\\u00" + (code < 16 ? "0" : "") + String(code, radix: 16)
        }
        let expected =
            "\"" + controls.joined() + ##" !\"#$%&'()*+,-./"##
            + "/\\\\\u{7F}\u{80}\u{2028}\u{2029}안😀\""
        #expect(written { $0.string(all) } == expected)
        #expect(written { $0.string("") } == "\"\"")
    }

    @Test(
        arguments: [
            ([0x80], 1), ([0xFF, 0xFE], 2), ([0xE2, 0x82], 1), ([0xE2, 0x28], 1), ([0xF0, 0x9F, 0x98], 1),
            ([0xED, 0xA0, 0x80], 3), ([0xC0, 0x80], 2), ([0xF4, 0x90, 0x80, 0x80], 4), ([0xE0, 0x80], 2),
            ([0xF0, 0x9F, 0x22], 1), ([0x41, 0xC3], 1),
        ] as [([UInt8], Int)])
    func `bad UTF-8 becomes replacement characters`(bytes: [UInt8], replacements: Int) {
        let text = written { writer in bytes.withUnsafeBytes { writer.string($0) } }
        #expect(text.count(where: { $0 == "\u{FFFD}" }) == replacements)
        #expect(refusal(text) == nil)
        #expect(text == JSONValue.string(String(decoding: bytes, as: UTF8.self)).serialized())
    }

    @Test(arguments: [
        (1.0, "1"), (-0.0, "0"), (0.1, "0.1"), (1.5, "1.5"), (1e21, "1e+21"), (1e20, "100000000000000000000"),
        (123456789012345683968, "123456789012345680000"), (1.2345e30, "1.2345e+30"), (1e-6, "0.000001"),
        (1e-7, "1e-7"), (1.5e-7, "1.5e-7"), (0.00001234, "0.00001234"), (.leastNonzeroMagnitude, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (-12.75, "-12.75"), (9007199254740992, "9007199254740992"),
        (12345678901234567168, "12345678901234567000"), (.infinity, "null"), (.nan, "null"), (100, "100"),
        (-1e-10, "-1e-10"), (4.35, "4.35"), (1e16, "10000000000000000"), (123456.789e3, "123456789"),
    ])
    func `doubles get JavaScript's text`(value: Double, text: String) {
        #expect(written { $0.number(value) } == text)
    }

    @Test func `integers keep every digit`() {
        for value in [0, 1, -1, 9, 10, 12345, -99, Int.max, Int.min] {
            #expect(written { $0.integer(value) } == String(value))
        }
    }

    @Test func `a whole value is written without blanks`() throws {
        let text = #" { "a" : [ 1.0 , true,null ,false ] , "b\u00e9" : { } , "b" : "x\/\ud800" } "#
        let value = try JSONValue.parse(text)
        let expected = "{\"a\":[1.0,true,null,false],\"bé\":{},\"b\":\"x/\u{FFFD}\"}"
        #expect(value.serialized() == expected)
        #expect(written { $0.value(value) } == expected)
        #expect(written { $0.value([]) } == "[]")
    }

    @Test func `parts are counted together`() {
        let text = written { writer in
            writer.ascii("{\"a\":")
            Array("\"안\"".utf8).withUnsafeBytes { writer.raw($0, utf16Count: 3) }
            writer.ascii(",\"b\":")
            writer.bool(true)
            writer.ascii(",\"c\":")
            writer.null()
            writer.ascii("}")
        }
        #expect(text == #"{"a":"안","b":true,"c":null}"#)
    }

    @Test func `long strings are written whole, whatever lies where they are divided`() {
        let pieces: [[UInt8]] = [
            [0x61], [0x22], [0x01], [0xC3, 0xA9], [0xEC, 0x95, 0x88], [0xF0, 0x9F, 0x98, 0x80], [0xFF], [0xF0, 0x9F],
        ]
        for piece in pieces {
            for length in [1019, 1020, 1021, 1022, 1023, 1024, 1025, 2047, 2048, 3000] {
                for tail in [[], [0x62], piece + piece, [UInt8](repeating: 0x1F, count: 1500)] {
                    let bytes = [UInt8](repeating: 0x78, count: length) + piece + tail
                    let text = written { writer in bytes.withUnsafeBytes { writer.string($0) } }
                    #expect((try? JSONValue.parse(text)) == .string(String(decoding: bytes, as: UTF8.self)))
                }
            }
        }
    }
}
