import Foundation
import MessageWire
import Testing

/// The public collection of JSON texts: `y_` must be taken, `n_` refused, `i_` is for every reader to decide.
@Suite(.enabled(if: Fixtures.hasShared, "needs the shared test data: set MARTLET_SHARED"))
struct JSONConformanceTests {
    let folder = Fixtures.shared.appendingPathComponent("conformance/json")

    @Test func `every text that must be accepted is accepted`() throws {
        let files = try Fixtures.files(in: folder, prefix: "y_")
        #expect(files.count > 90)
        for file in files {
            let bytes = try Fixtures.bytes(file)
            #expect(throws: Never.self, "\(file.lastPathComponent)") { _ = try scan(bytes) }
            #expect(throws: Never.self, "\(file.lastPathComponent)") {
                _ = try bytes.withUnsafeBytes { (text) throws(JSONScanError) in try JSONValue.parse(text) }
            }
        }
    }

    @Test func `every text that must be refused is refused`() throws {
        let files = try Fixtures.files(in: folder, prefix: "n_")
        #expect(files.count > 180)
        for file in files {
            let bytes = try Fixtures.bytes(file)
            #expect(throws: JSONScanError.self, "\(file.lastPathComponent)") { _ = try scan(bytes) }
        }
    }

    /// Nil: taken. The reasons stand in `docs/wire-protocol.md`.
    static let decisions: [String: JSONScanError.Reason?] = [
        // Numbers: any size is a number; what a reader makes of it is the reader's matter.
        "i_number_double_huge_neg_exp": .none,
        "i_number_huge_exp": .none,
        "i_number_neg_int_huge_exp": .none,
        "i_number_pos_double_huge_exp": .none,
        "i_number_real_neg_overflow": .none,
        "i_number_real_pos_overflow": .none,
        "i_number_real_underflow": .none,
        "i_number_too_big_neg_int": .none,
        "i_number_too_big_pos_int": .none,
        "i_number_very_big_negative_int": .none,
        // Escaped lone surrogates: JavaScript writes them.
        "i_object_key_lone_2nd_surrogate": .none,
        "i_string_1st_surrogate_but_2nd_missing": .none,
        "i_string_1st_valid_surrogate_2nd_invalid": .none,
        "i_string_incomplete_surrogate_and_escape_valid": .none,
        "i_string_incomplete_surrogate_pair": .none,
        "i_string_incomplete_surrogates_escape_valid": .none,
        "i_string_invalid_lonely_surrogate": .none,
        "i_string_invalid_surrogate": .none,
        "i_string_inverted_surrogates_U+1D11E": .none,
        "i_string_lone_second_surrogate": .none,
        // Bytes that are no UTF-8.
        "i_string_UTF-8_invalid_sequence": .badUTF8,
        "i_string_UTF8_surrogate_U+D800": .badUTF8,
        "i_string_invalid_utf-8": .badUTF8,
        "i_string_iso_latin_1": .badUTF8,
        "i_string_lone_utf8_continuation_byte": .badUTF8,
        "i_string_not_in_unicode_range": .badUTF8,
        "i_string_overlong_sequence_2_bytes": .badUTF8,
        "i_string_overlong_sequence_6_bytes": .badUTF8,
        "i_string_overlong_sequence_6_bytes_null": .badUTF8,
        "i_string_truncated-utf-8": .badUTF8,
        // Other encodings and the byte order mark.
        "i_string_UTF-16LE_with_BOM": .unexpectedByte,
        "i_string_utf16BE_no_BOM": .unexpectedByte,
        "i_string_utf16LE_no_BOM": .unexpectedByte,
        "i_structure_UTF-8_BOM_empty_object": .byteOrderMark,
        // 500 levels are within the deepest nesting of 512.
        "i_structure_500_nested_arrays": .none,
    ]

    @Test func `texts that are free to decide are decided`() throws {
        let files = try Fixtures.files(in: folder, prefix: "i_")
        #expect(files.count == Self.decisions.count)
        for file in files {
            let name = file.deletingPathExtension().lastPathComponent
            let decision = try #require(Self.decisions[name], "\(name) is not decided")
            let bytes = try Fixtures.bytes(file)
            do throws(JSONScanError) {
                _ = try scan(bytes)
                #expect(decision == nil, "\(name)")
            } catch {
                #expect(error.reason == decision, "\(name)")
            }
        }
    }

    @Test func `500 nested arrays are too many for a body of a stranger`() throws {
        let bytes = try Fixtures.bytes(folder.appendingPathComponent("i_structure_500_nested_arrays.json"))
        #expect(throws: JSONScanError(.tooDeep, at: 64)) { _ = try scan(bytes, rules: .untrusted) }
    }
}
