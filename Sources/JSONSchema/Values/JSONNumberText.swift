/// The grammar of JSON's numbers.
///
/// Spec: RFC 8259 §6
enum JSONNumberText {
    /// Whether all of the text is one number.
    static func isNumber(_ text: String) -> Bool {
        let bytes = text.utf8.span
        var index = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        let start = index
        guard digits(bytes, &index), index == start + 1 || bytes[start] != UInt8(ascii: "0") else { return false }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard digits(bytes, &index) else { return false }
        }
        if index < bytes.count, ASCII.isOne(of: "eE", bytes[index]) {
            index += 1
            if index < bytes.count, ASCII.isOne(of: "+-", bytes[index]) { index += 1 }
            guard digits(bytes, &index) else { return false }
        }
        return index == bytes.count
    }

    /// Moves over one or more digits.
    private static func digits(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
        return index > start
    }
}
