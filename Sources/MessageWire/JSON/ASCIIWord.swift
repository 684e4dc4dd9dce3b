/// Eight bytes at once: finds the bytes at which the scanning of a JSON string has to stop and look.
package enum ASCIIWord {
    /// Bit 7 of every byte.
    static let high: UInt64 = 0x8080_8080_8080_8080

    /// Non-zero when one of the eight bytes is a control character, `"`, `\` or not ASCII; the lowest set bit then belongs
    /// to the first such byte (bits above it may be false alarms, for borrows travel upwards).
    ///
    /// Flipping bit 1 puts the quote (0x22) right behind the controls, so one subtraction finds both.
    @inline(__always)
    static func stops(_ word: UInt64) -> UInt64 {
        let controlsAndQuote = (word ^ 0x0202_0202_0202_0202) &- 0x2121_2121_2121_2121
        let backslash = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
        return (controlsAndQuote | backslash | word) & high
    }

    /// Whether scanning has to stop and look at this byte.
    @inline(__always)
    static func stops(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80
    }

    /// The eight bytes from `index` on, the first byte lowest.
    @inline(__always)
    static func load(_ base: UnsafeRawPointer, at index: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The first index from `start` on whose byte stops, or `end`.
    @inline(__always)
    package static func firstStop(_ base: UnsafeRawPointer, from start: Int, end: Int) -> Int {
        // Most strings are short: two words often are all there is, and are tried before the long strides.
        guard end &- start >= 16 else { return firstStopByWords(base, from: start, end: end) }
        var found = stops(load(base, at: start))
        if found != 0 { return start &+ found.trailingZeroBitCount &>> 3 }
        found = stops(load(base, at: start &+ 8))
        if found != 0 { return start &+ 8 &+ found.trailingZeroBitCount &>> 3 }
        return firstStopByStrides(base, from: start &+ 16, end: end)
    }

    /// The same for texts that are known to be long, four words at once.
    @inline(never)
    private static func firstStopByStrides(_ base: UnsafeRawPointer, from start: Int, end: Int) -> Int {
        var index = start
        while end &- index >= 32 {
            let first = stops(load(base, at: index))
            let second = stops(load(base, at: index &+ 8))
            let third = stops(load(base, at: index &+ 16))
            let fourth = stops(load(base, at: index &+ 24))
            if first | second | third | fourth != 0 {
                if first != 0 { return index &+ first.trailingZeroBitCount &>> 3 }
                if second != 0 { return index &+ 8 &+ second.trailingZeroBitCount &>> 3 }
                if third != 0 { return index &+ 16 &+ third.trailingZeroBitCount &>> 3 }
                return index &+ 24 &+ fourth.trailingZeroBitCount &>> 3
            }
            index &+= 32
        }
        return firstStopByWords(base, from: index, end: end)
    }

    /// The same for what is left of a text.
    @inline(never)
    private static func firstStopByWords(_ base: UnsafeRawPointer, from start: Int, end: Int) -> Int {
        var index = start
        while end &- index >= 8 {
            let found = stops(load(base, at: index))
            if found != 0 { return index &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < end, !stops(base.load(fromByteOffset: index, as: UInt8.self)) { index &+= 1 }
        return index
    }
}
