/// Reads the text in front of a frame's `#` as NestJS does, with JavaScript's `parseInt(text, 10)`.
///
/// White space first (CR LF and a byte order mark count as such), then a sign, then digits; what follows the digits does
/// not matter. So `+50`, `0050`, `50abc` and `5e1` (which is 5) are lengths.
///
/// Spec: ECMA-262 §19.2.5 (parseInt)
enum FrameLengthText {
    /// The number of UTF-16 code units that the text announces; negative ones count as 0, huge ones as `Int.max`.
    ///
    /// Nil if there is no number.
    static func read(_ text: UnsafeRawBufferPointer) -> Int? {
        var index = skipWhitespace(text)
        var isNegative = false
        if index < text.count, text[index] == 0x2D || text[index] == 0x2B {
            isNegative = text[index] == 0x2D
            index += 1
        }
        guard index < text.count, text[index] &- 0x30 < 10 else { return nil }
        var value = 0
        while index < text.count, text[index] &- 0x30 < 10 {
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = tens.addingReportingOverflow(Int(text[index] &- 0x30))
            value = isTooLarge || isOver ? Int.max : sum
            index += 1
        }
        return isNegative ? 0 : value
    }

    /// The index of the first character that JavaScript does not trim.
    private static func skipWhitespace(_ text: UnsafeRawBufferPointer) -> Int {
        var index = 0
        while index < text.count {
            switch text[index] {
            case 0x09...0x0D, 0x20: index += 1
            case 0xC2 where text.count - index >= 2 && text[index + 1] == 0xA0: index += 2
            case 0xE1...0xEF where text.count - index >= 3 && isSpace(text[index], text[index + 1], text[index + 2]):
                index += 3
            default: return index
            }
        }
        return index
    }

    /// The white space characters that are three bytes long: U+1680, U+2000...200A, U+2028, U+2029, U+202F, U+205F,
    /// U+3000, U+FEFF.
    private static func isSpace(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second, third) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80), (0xEF, 0xBB, 0xBF):
            true
        default: false
        }
    }
}
