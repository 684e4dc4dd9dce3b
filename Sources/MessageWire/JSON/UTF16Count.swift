/// Counts UTF-16 code units of UTF-8 text, which is how the protocol measures a frame.
package struct UTF16Count {
    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The number of UTF-16 code units that `utf8` is in UTF-16.
    /// - Parameter utf8: valid UTF-8. Other bytes give a number without meaning, nothing worse.
    /// - Returns: the number.
    package static func of(_ utf8: UnsafeRawBufferPointer) -> Int {
        guard let base = utf8.baseAddress else { return 0 }
        let end = utf8.count
        var index = 0
        var units = end
        while end &- index >= 32 {
            let first = base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let second = base.loadUnaligned(fromByteOffset: index &+ 8, as: UInt64.self)
            let third = base.loadUnaligned(fromByteOffset: index &+ 16, as: UInt64.self)
            let fourth = base.loadUnaligned(fromByteOffset: index &+ 24, as: UInt64.self)
            if (first | second | third | fourth) & high != 0 {
                units &-= surplus(first) &+ surplus(second) &+ surplus(third) &+ surplus(fourth)
            }
            index &+= 32
        }
        while end &- index >= 8 {
            units &-= surplus(base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index &+= 8
        }
        while index < end {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte & 0xC0 == 0x80 { units &-= 1 }
            if byte >= 0xF0 { units &+= 1 }
            index &+= 1
        }
        return units
    }

    /// Continuation bytes less four-byte leads, each of which is worth one more unit. Never negative in sum, but it may
    /// be within one word, hence the two separate counts.
    @inline(__always)
    private static func surplus(_ word: UInt64) -> Int {
        let continuations = word & ~(word &<< 1) & high
        let fourByteLeads = word & (word &<< 1) & (word &<< 2) & (word &<< 3) & high
        return Int(truncatingIfNeeded: ((continuations &>> 7) &* ones) &>> 56)
            &- Int(truncatingIfNeeded: ((fourByteLeads &>> 7) &* ones) &>> 56)
    }
}
