/// One UTF-8 sequence of more than one byte: how long it is, or how much of it is wrong.
///
/// Spec: Unicode 15, table 3-7; WHATWG Encoding §8.1 for what counts as one error
enum UTF8Sequence {
    /// The length (2, 3 or 4) of the valid sequence at `index`, or what is wrong with it.
    ///
    /// - Parameters:
    ///   - base: the bytes.
    ///   - index: a byte that is 0x80 or above.
    ///   - end: bytes at and behind this index are not looked at.
    /// - Returns: the length. `0` when the bytes up to `end` are the beginning of a valid sequence; `-n` when the
    ///   first `n` bytes (1 to 3) are
    ///   ill-formed and a decoder puts one U+FFFD in their place.
    @inline(__always)
    static func measure(_ base: UnsafeRawPointer, at index: Int, end: Int) -> Int {
        let lead = base.load(fromByteOffset: index, as: UInt8.self)
        // Three-byte characters of most scripts (E1...EC, EE, EF) need no look at the second byte's range.
        if lead & 0xF0 == 0xE0, end &- index >= 4, lead != 0xE0, lead != 0xED {
            let word = UInt32(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self))
            if word & 0x00C0_C000 == 0x0080_8000 { return 3 }
        }
        if lead & 0xE0 == 0xC0, lead >= 0xC2, end &- index >= 2,
            base.load(fromByteOffset: index &+ 1, as: UInt8.self) & 0xC0 == 0x80
        {
            return 2
        }
        return measureSlowly(base, at: index, end: end)
    }

    @inline(never)
    private static func measureSlowly(_ base: UnsafeRawPointer, at index: Int, end: Int) -> Int {
        let lead = base.load(fromByteOffset: index, as: UInt8.self)
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            second = 0xA0...0xBF
        case 0xED:
            length = 3
            second = 0x80...0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            second = 0x90...0xBF
        case 0xF4:
            length = 4
            second = 0x80...0x8F
        case 0xF1...0xF3: length = 4
        default: return -1
        }
        guard index + 1 < end else { return 0 }
        guard second.contains(base.load(fromByteOffset: index + 1, as: UInt8.self)) else { return -1 }
        var good = 2
        while good < length {
            guard index + good < end else { return 0 }
            guard base.load(fromByteOffset: index + good, as: UInt8.self) & 0xC0 == 0x80 else { return -good }
            good += 1
        }
        return length
    }

    /// Bytes of a sequence of `length` bytes that are no UTF-16 code unit of their own: 1 for two bytes, 2 for three
    /// and (a surrogate pair) for four.
    @inline(__always)
    static func surplus(ofLength length: Int) -> Int { length == 2 ? 1 : 2 }
}
