// Byte-level scanning for the request path: eight bytes at a time in a UInt64 (SWAR), all bounds explicit.
//
// The masks below flag a byte by its top bit. A borrow can raise false flags, but only above a true one, so the lowest
// flag is always right; nothing but the lowest flag is used.

/// ASCII bytes with a meaning in HTTP/1.1 framing.
enum ASCII {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var colon: UInt8 { 0x3A }
    static var semicolon: UInt8 { 0x3B }
    static var slash: UInt8 { 0x2F }
}

/// A set of ASCII bytes as two words; bytes from 0x80 up are never in it.
struct ByteSet {
    let low: UInt64
    let high: UInt64

    /// `tchar`: what names and methods are made of. Spec: RFC 9110 §5.6.2
    @inline(__always) static var token: ByteSet { ByteSet(low: 0x03ff_6cfa_0000_0000, high: 0x57ff_ffff_c7ff_fffe) }
    /// Letters, digits and `-._~`: `reg-name` without percent-encoding and sub-delims. Spec: RFC 3986 §3.2.2
    @inline(__always) static var host: ByteSet { ByteSet(low: 0x03ff_6000_0000_0000, high: 0x47ff_fffe_87ff_fffe) }

    @inline(__always) func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && (word >> UInt64(byte & 0x3F)) & 1 == 1
    }
}

/// The scans themselves; each answers the first index in `from..<end` that stops it, or `end`.
enum ByteScan {
    @inline(__always) static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inline(__always) static var tops: UInt64 { 0x8080_8080_8080_8080 }

    @inline(__always) static func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always) static func byte(_ base: UnsafeRawPointer, _ offset: Int) -> UInt8 {
        base.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// Flags bytes equal to `value`.
    @inline(__always) static func equal(_ word: UInt64, _ value: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(value))
        return (difference &- ones) & ~difference & tops
    }

    /// Flags bytes below `value`, which is at most 0x80.
    @inline(__always) static func below(_ word: UInt64, _ value: UInt8) -> UInt64 {
        (word &- (ones &* UInt64(value))) & ~word & tops
    }

    /// The first byte that is not a token character.
    @inline(__always)
    static func nonToken(_ base: UnsafeRawPointer, from: Int, to end: Int) -> Int {
        var index = from
        while index &+ 8 <= end {
            let word = word(base, index)
            // Letters and the hyphen, which are nearly all of every name, eight at a time; the rest one by one.
            let others = strangers(in: word, folded: word | 0x2020_2020_2020_2020)
            if others == 0 {
                index &+= 8
                continue
            }
            index &+= others.trailingZeroBitCount >> 3
            guard ByteSet.token.contains(byte(base, index)) else { return index }
            index &+= 1
        }
        while index < end, ByteSet.token.contains(byte(base, index)) { index &+= 1 }
        return index
    }

    /// Whether a name of at least eight bytes is lower-case letters and hyphens, as nearly every one is; the last word overlaps.
    @inline(__always)
    static func isPlainName(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count >= 8 else { return false }
        var index = 0
        while index &+ 8 < count {
            guard isPlainName(word(base, index)) else { return false }
            index &+= 8
        }
        return isPlainName(word(base, count &- 8))
    }

    @inline(__always)
    private static func isPlainName(_ word: UInt64) -> Bool { strangers(in: word, folded: word) == 0 }

    /// Flags bytes that are no hyphen and, in `folded`, no lower-case letter.
    @inline(__always)
    private static func strangers(in word: UInt64, folded: UInt64) -> UInt64 {
        let low = folded & ~tops
        let letters = (low &+ (ones &* (0x80 - 0x61))) & ~(low &+ (ones &* (0x7F - 0x7A)))
        let difference = (word ^ (ones &* 0x2D)) & ~tops
        let hyphens = ~(difference &+ ~tops)
        return (~(letters | hyphens) | word) & tops
    }

    /// The first control character other than HTAB: the end of a field value, or what must not be in it.
    @inline(__always)
    static func control(_ base: UnsafeRawPointer, from: Int, to end: Int) -> Int {
        var index = from
        while index &+ 8 <= end {
            let word = word(base, index)
            let stops = below(word, 0x20) | equal(word, 0x7F)
            if stops == 0 {
                index &+= 8
                continue
            }
            index &+= stops.trailingZeroBitCount >> 3
            guard byte(base, index) == ASCII.tab else { return index }
            index &+= 1
        }
        while index < end {
            let byte = byte(base, index)
            if (byte < 0x20 && byte != ASCII.tab) || byte == 0x7F { return index }
            index &+= 1
        }
        return index
    }

    /// The first byte that is not visible ASCII, 0x21 to 0x7E.
    @inline(__always)
    static func invisible(_ base: UnsafeRawPointer, from: Int, to end: Int) -> Int {
        var index = from
        while index &+ 8 <= end {
            let word = word(base, index)
            let stops = below(word, 0x21) | equal(word, 0x7F) | (word & tops)
            if stops != 0 { return index &+ (stops.trailingZeroBitCount >> 3) }
            index &+= 8
        }
        while index < end, byte(base, index) &- 0x21 < 0x5E { index &+= 1 }
        return index
    }

    /// The first byte that a request target cannot hold, or that has a meaning in it: `?`, `#` and `\`.
    @inline(__always)
    static func targetStop(_ base: UnsafeRawPointer, from: Int, to end: Int) -> Int {
        var index = from
        while index &+ 8 <= end {
            let word = word(base, index)
            let invalid = below(word, 0x21) | equal(word, 0x7F) | (word & tops)
            let special = equal(word, 0x3F) | equal(word, 0x23) | equal(word, 0x5C)
            let stops = invalid | special
            if stops != 0 { return index &+ (stops.trailingZeroBitCount >> 3) }
            index &+= 8
        }
        while index < end {
            let byte = byte(base, index)
            if byte < 0x21 || byte >= 0x7F || byte == 0x3F || byte == 0x23 || byte == 0x5C { return index }
            index &+= 1
        }
        return index
    }
}

extension UnsafeRawBufferPointer {
    /// Compares with text as it is.
    @inline(__always) func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Compares with text that is in lower case, folding the case of ASCII letters on our side.
    @inline(__always) func equalsFolded(_ lowercase: UnsafePointer<UInt8>, count other: Int) -> Bool {
        guard count == other else { return false }
        for index in 0..<count {
            let byte = self[index]
            let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
            if folded != lowercase[index] { return false }
        }
        return true
    }

    @inline(__always) func equalsFolded(_ lowercase: StaticString) -> Bool {
        equalsFolded(lowercase.utf8Start, count: lowercase.utf8CodeUnitCount)
    }
}
