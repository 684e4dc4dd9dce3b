/// What a backslash begins.
extension PatternTranslator {
    /// ECMA-262's white space and line ends, as the inside of a class.
    static let whitespace = "\\t\\n\\x0B\\f\\r\\x{20}\\x{A0}\\x{FEFF}\\x{2028}\\x{2029}\\p{Zs}"

    /// A character or a set of characters.
    enum ClassAtom {
        /// nil: half of a surrogate pair, which no text contains.
        case character(Unicode.Scalar?)
        /// The inside of a PCRE2 class.
        case set(String)
        /// All but the inside of a PCRE2 class.
        case complement(String)
    }

    /// Outside of a class, behind the backslash.
    ///
    /// - Returns: whether it can be repeated.
    mutating func escape() throws(PatternFault) -> Bool {
        switch peek {
        case "b", "B":
            output += next() == "b" ? "\\b" : "\\B"
            return false
        case "1", "2", "3", "4", "5", "6", "7", "8", "9":
            guard let number = number(), number <= groups.count else {
                throw PatternFault(reason: "a back-reference names a group that does not exist")
            }
            reference(number)
        case "k":
            index += 1
            guard take("<"), let number = groups.numbers[try groupName()] else {
                throw PatternFault(reason: "\"\\k\" must be followed by the name of a group in \"<\" and \">\"")
            }
            reference(number)
        default:
            switch try classEscape() {
            case .character(let scalar): if let scalar { literal(scalar) } else { output += "(?!)" }
            case .set(let set): output += "[\(set)]"
            case .complement(let set): output += "[^\(set)]"
            }
        }
        return true
    }

    private mutating func reference(_ number: Int) {
        hasBackReferences = true
        output += "\\g{\(number)}"
    }

    /// An escape that stands for characters, behind the backslash.
    mutating func classEscape() throws(PatternFault) -> ClassAtom {
        guard let scalar = next() else { throw PatternFault(reason: "it ends in a backslash") }
        switch scalar {
        case "d": return .set("0-9")
        case "D": return .complement("0-9")
        case "w": return .set("a-zA-Z0-9_")
        case "W": return .complement("a-zA-Z0-9_")
        case "s": return .set(Self.whitespace)
        case "S": return .complement(Self.whitespace)
        case "p", "P": return try property(isNegated: scalar == "P")
        default: return .character(try character(scalar))
        }
    }

    /// The one character that an escape stands for; nil for half of a surrogate pair.
    private mutating func character(_ scalar: Unicode.Scalar) throws(PatternFault) -> Unicode.Scalar? {
        switch scalar {
        case "t": return "\t"
        case "n": return "\n"
        case "v": return "\u{0B}"
        case "f": return "\u{0C}"
        case "r": return "\r"
        case "c":
            guard let letter = next(), letter.isASCII, letter.properties.isAlphabetic else {
                throw PatternFault(reason: "\"\\c\" must be followed by a letter")
            }
            return Unicode.Scalar(letter.value % 32)
        case "0":
            guard peek?.asciiDigit == nil else { throw PatternFault(reason: "\"\\0\" must not be followed by a digit") }
            return "\0"
        case "x": return Unicode.Scalar(try hexadecimal(digits: 2, after: "\\x"))
        case "u": return try unicodeEscape()
        default:
            guard scalar.isASCII, !ASCII.isAlphanumeric(UInt8(truncatingIfNeeded: scalar.value)) else {
                throw PatternFault(reason: "there is no escape \"\\\(scalar)\"")
            }
            return scalar
        }
    }

    /// `\u0061`, `\u{1F600}` or a surrogate pair, behind the `u`.
    private mutating func unicodeEscape() throws(PatternFault) -> Unicode.Scalar? {
        guard !take("{") else {
            var value: UInt32 = 0
            var count = 0
            while let digit = peek.flatMap({ Self.hexValue($0) }) {
                value = min(value * 16 + digit, 0x110000)
                count += 1
                index += 1
            }
            guard count > 0, value < 0x110000, take("}") else {
                throw PatternFault(reason: "\"\\u{\" must be followed by a code point up to 10FFFF and \"}\"")
            }
            return Unicode.Scalar(value)
        }
        let high = try hexadecimal(digits: 4, after: "\\u")
        guard (0xD800...0xDBFF).contains(high) else { return Unicode.Scalar(high) }
        let start = index
        if take("\\u"), let low = try? hexadecimal(digits: 4, after: "\\u"), (0xDC00...0xDFFF).contains(low) {
            return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        }
        index = start
        return nil
    }

    private mutating func hexadecimal(digits: Int, after escape: String) throws(PatternFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = peek.flatMap({ Self.hexValue($0) }) else {
                throw PatternFault(reason: "\"\(escape)\" must be followed by \(digits) hexadecimal digits")
            }
            value = value * 16 + digit
            index += 1
        }
        return value
    }

    private static func hexValue(_ scalar: Unicode.Scalar) -> UInt32? {
        guard scalar.isASCII else { return nil }
        return ASCII.hexValue(UInt8(truncatingIfNeeded: scalar.value)).map { UInt32($0) }
    }

    /// `\p{…}`, behind the `p`.
    private mutating func property(isNegated: Bool) throws(PatternFault) -> ClassAtom {
        var text = ""
        if take("{") {
            while let scalar = next(), scalar != "}" { text.unicodeScalars.append(scalar) }
            if let written = UnicodeProperty.written(text), scalars[min(index, scalars.count) - 1] == "}" {
                return isNegated ? .complement(written) : .set(written)
            }
        }
        throw PatternFault(reason: "\"\\p\" must be followed by a Unicode property such as {Letter} or {Script=Greek}")
    }
}
