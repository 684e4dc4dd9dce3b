/// Base64url without padding, in one writing only.
///
/// Whatever two decoders could read differently is refused: padding, white space, `+` and `/`, a single left-over letter, and
/// bits behind the last byte that are not zero. So each text of a token or key stands for its bytes alone.
///
/// Spec: RFC 7515 §2, RFC 4648 §3.5 and §5
enum Base64URL {
    /// What the text stands for.
    ///
    /// - Parameter text: ASCII letters; may be empty.
    /// - Returns: the bytes, `nil` if the text is not written as demanded.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let count = text.count
        guard count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for letter in text {
            let value = values[Int(letter)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
                bits &= (1 << bitCount) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }

    /// The text that stands for these bytes.
    static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            bitCount += 8
            while bitCount >= 6 {
                bitCount -= 6
                text.append(letters[Int(bits >> bitCount & 63)])
            }
            bits &= (1 << bitCount) - 1
        }
        if bitCount > 0 { text.append(letters[Int(bits << (6 - bitCount) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// What Base64 with the usual alphabet and full padding stands for, as in PEM; just as strict.
    ///
    /// Spec: RFC 4648 §4
    static func decodePadded(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var plain = Array(text)
        var padding = 0
        while padding < 2, plain.last == 0x3D {
            plain.removeLast()
            padding += 1
        }
        guard !plain.contains(where: { $0 == 0x2D || $0 == 0x5F }) else { return nil }
        for index in plain.indices {
            if plain[index] == 0x2B { plain[index] = 0x2D } else if plain[index] == 0x2F { plain[index] = 0x5F }
        }
        return decode(plain)
    }

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The six bits of each letter, 255 for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in letters.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()
}
