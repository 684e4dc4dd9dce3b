/// Why a text is not the JSON that was asked for, and where.
public struct JSONScanError: Error, Sendable, Equatable {
    /// The first thing that was wrong.
    public var reason: Reason
    /// The byte, counted from the first byte of the text, at which it was noticed.
    public var offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// Everything that can be wrong with a JSON text.
    public enum Reason: Sendable, Equatable, CaseIterable {
        case empty
        case endsEarly
        case unexpectedByte
        case trailingBytes
        case badLiteral
        case badNumber
        case badEscape
        case controlCharacter
        case badUTF8
        case byteOrderMark
        case tooDeep
        case duplicateKey
        case prototypeKey

        /// One sentence for the person who sent the text.
        public var sentence: String {
            switch self {
            case .empty: "The text holds no JSON value."
            case .endsEarly: "The JSON text ends before its value is complete."
            case .unexpectedByte: "A character stands where JSON does not allow it."
            case .trailingBytes: "Something follows the end of the JSON value."
            case .badLiteral: "A word other than true, false and null stands where a value belongs."
            case .badNumber: "A number is not written as JSON wants it."
            case .badEscape: "A backslash in a string is not followed by a known escape."
            case .controlCharacter: "A string holds a control character that is not escaped."
            case .badUTF8: "The text is not valid UTF-8."
            case .byteOrderMark: "The text starts with a byte order mark."
            case .tooDeep: "Arrays and objects are nested too deeply."
            case .duplicateKey: "An object has the same key twice."
            case .prototypeKey: "An object has a key that is not accepted here: __proto__ or constructor."
            }
        }
    }
}

extension JSONScanError: CustomStringConvertible {
    /// The reason's sentence and the offset.
    public var description: String {
        let sentence = reason.sentence
        // Behind it there is more, so it loses its full stop.
        return "\(sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence) (byte \(offset))"
    }
}
