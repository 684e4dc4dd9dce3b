/// Checks JSON text and finds values in it without building a tree.
///
/// A body or an answer is scanned once when it arrives; from then on everybody works with byte ranges of it.
package enum JSONScanner {
    /// Checks that `text` is exactly one JSON value (white space around it allowed) and measures it, in one pass.
    ///
    /// - Parameters:
    ///   - text: the bytes; offsets in the result count from its start.
    ///   - rules: what is asked beyond the grammar.
    /// - Returns: kind, place and UTF-16 length of the value.
    /// - Throws: the first thing that is wrong.
    ///
    /// Spec: RFC 8259
    package static func scan(_ text: UnsafeRawBufferPointer, rules: JSONRules) throws(JSONScanError) -> JSONScan {
        guard rules.refusesDuplicateKeys || rules.refusesPrototypeKeys else {
            var keys = AnyKeys()
            return try scan(text, rules: rules, keys: &keys)
        }
        return try ObjectKeys.withScratch { (scratch) throws(JSONScanError) -> JSONScan in
            var keys = ObjectKeys(rules: rules, end: text.count, scratch: scratch)
            return try scan(text, rules: rules, keys: &keys)
        }
    }

    private static func scan<Keys: JSONKeyPolicy & ~Copyable>(
        _ text: UnsafeRawBufferPointer, rules: JSONRules, keys: inout Keys
    ) throws(JSONScanError) -> JSONScan {
        guard let base = text.baseAddress else { throw JSONScanError(.empty, at: 0) }
        var cursor = JSONCursor(base, 0..<text.count)
        cursor.skipWhitespace()
        let start = cursor.position
        guard start < text.count else { throw JSONScanError(.empty, at: start) }
        let kind = try cursor.value(maxDepth: min(rules.maxDepth, JSONRules.deepestNesting), keys: &keys)
        let value = start..<cursor.position
        cursor.skipWhitespace()
        guard cursor.position == text.count else { throw JSONScanError(.trailingBytes, at: cursor.position) }
        return JSONScan(kind: kind, value: value, utf16Count: value.count - cursor.surplus)
    }

    /// The kind of a text that was checked before, told from its first byte.
    ///
    /// - Parameter text: checked JSON text, white space around it allowed. Anything else gives some kind.
    /// - Returns: the kind.
    package static func kind(of text: UnsafeRawBufferPointer) -> JSONKind {
        let start = JSONText.skipWhitespace(text, from: 0)
        guard start < text.count else { return .null }
        return switch text[start] {
        case 0x7B: .object
        case 0x5B: .array
        case 0x22: .string
        case 0x74, 0x66: .bool
        case 0x6E: .null
        default: .number
        }
    }
}
