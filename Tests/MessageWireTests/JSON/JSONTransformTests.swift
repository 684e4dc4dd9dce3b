import Foundation
import MessageWire
import Testing

/// Texts that JSON libraries read differently: what becomes of them here. The reasons stand in `docs/wire-protocol.md`.
@Suite(.enabled(if: Fixtures.hasShared, "needs the shared test data: set MARTLET_SHARED"))
struct JSONTransformTests {
    /// What a JavaScript reader would write after it has read the text, and whether a stranger may send it. Nil: refused.
    static let readings: [String: (javaScript: String?, fromStrangers: Bool)] = [
        "number_-9223372036854775808": ("[-9223372036854776000]", true),
        "number_-9223372036854775809": ("[-9223372036854776000]", true),
        "number_1.0": ("[1]", true),
        "number_1.000000000000000005": ("[1]", true),
        "number_1000000000000000": ("[1000000000000000]", true),
        "number_10000000000000000999": ("[10000000000000000000]", true),
        "number_1e-999": ("[0]", true),
        "number_1e6": ("[1000000]", true),
        "number_9223372036854775807": ("[9223372036854776000]", true),
        "number_9223372036854775808": ("[9223372036854776000]", true),
        // The same letter composed and decomposed: two keys.
        "object_key_nfc_nfd": ("{\"\u{E9}\":\"NFC\",\"e\u{301}\":\"NFD\"}", true),
        "object_key_nfd_nfc": ("{\"e\u{301}\":\"NFD\",\"\u{E9}\":\"NFC\"}", true),
        "object_same_key_different_values": ("{\"a\":2}", false),
        "object_same_key_same_value": ("{\"a\":1}", false),
        "object_same_key_unclear_values": ("{\"a\":0}", false),
        // Escaped lone surrogates pass; a Swift string shows them as U+FFFD. As bytes they are refused.
        "string_1_escaped_invalid_codepoint": ("[\"\u{FFFD}\"]", true),
        "string_1_invalid_codepoint": (nil, false),
        "string_2_escaped_invalid_codepoints": ("[\"\u{FFFD}\u{FFFD}\"]", true),
        "string_2_invalid_codepoints": (nil, false),
        "string_3_escaped_invalid_codepoints": ("[\"\u{FFFD}\u{FFFD}\u{FFFD}\"]", true),
        "string_3_invalid_codepoints": (nil, false),
        "string_with_escaped_NULL": ("[\"A\\u0000B\"]", true),
    ]

    @Test func `every text is read as decided`() throws {
        let files = try Fixtures.files(in: Fixtures.shared.appendingPathComponent("conformance/json-transform"))
        #expect(files.count == Self.readings.count)
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent
            let reading = try #require(Self.readings[name], "\(name) is not decided")
            let bytes = try Fixtures.bytes(file)
            let value = bytes.withUnsafeBytes { try? JSONValue.parse($0) }
            let written = value?.javaScriptNormalized.serialized()
            #expect(
                written.map { Array($0.utf8) } == reading.javaScript.map { Array($0.utf8) }, "\(name): \(written ?? "")"
            )
            #expect(((try? scan(bytes, rules: .untrusted)) != nil) == reading.fromStrangers, "\(name)")
        }
    }
}
