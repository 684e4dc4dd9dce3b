/// The classes of bytes that the formats and identifiers are made of.
enum ASCII {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6 }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        guard isHexDigit(byte) else { return nil }
        return isDigit(byte) ? byte - UInt8(ascii: "0") : (byte | 0x20) - UInt8(ascii: "a") + 10
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    /// Spec: RFC 3986 §3.1
    static func isSchemeByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || isOne(of: "+-.", byte) }

    /// Spec: RFC 3986 §2.3
    static func isUnreserved(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || isOne(of: "-._~", byte) }

    /// Spec: RFC 3986 §2.2
    static func isSubDelimiter(_ byte: UInt8) -> Bool { isOne(of: "!$&'()*+,;=", byte) }

    static func isOne(of characters: StaticString, _ byte: UInt8) -> Bool {
        for index in 0..<characters.utf8CodeUnitCount where characters.utf8Start[index] == byte { return true }
        return false
    }
}
