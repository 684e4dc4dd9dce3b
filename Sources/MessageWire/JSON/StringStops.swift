#if arch(x86_64)
    import _Builtin_intrinsics.intel
#endif

/// Where the strings of a JSON text end: the bytes at which the scanning of a string has to stop and look, found 64 at a time.
///
/// A bit for each byte of a block tells of strings that are not reached yet. So the end of a string is known a few steps after
/// its beginning, and the processor need not wait for one before it can look at the next.
struct StringStops {
    /// Bytes of a block.
    private static let width = 64
    /// Where the block begins that `stops` tells of. The first one is out of reach of any text.
    private var block = Int.min / 2
    /// A bit for each byte, the first one lowest; see ``bits(_:at:)``.
    private var stops: UInt64 = 0

    /// The first index from `start` on whose byte is a control character, `"`, `\` or not ASCII; `end` when there is none.
    @inline(__always)
    mutating func first(_ base: UnsafeRawPointer, from start: Int, end: Int) -> Int {
        var next = start
        let offset = UInt64(bitPattern: Int64(start &- block))
        if offset < Self.width {
            let rest = stops &>> offset
            if rest != 0 { return start &+ rest.trailingZeroBitCount }
            next = block &+ Self.width
        }
        while true {
            block = next
            stops = Self.block(base, at: next, end: end)
            if stops != 0 { return next &+ stops.trailingZeroBitCount }
            next &+= Self.width
        }
    }

    /// The bits of the 64 bytes from `start` on. Where the text ends there is one more, and nothing behind it counts.
    @inline(never)
    private static func block(_ base: UnsafeRawPointer, at start: Int, end: Int) -> UInt64 {
        guard end &- start >= width else { return lastBlock(base, at: start, end: end) }
        return bits(base, at: start) | bits(base, at: start &+ 16) &<< 16 | bits(base, at: start &+ 32) &<< 32
            | bits(base, at: start &+ 48) &<< 48
    }

    private static func lastBlock(_ base: UnsafeRawPointer, at start: Int, end: Int) -> UInt64 {
        guard start < end else { return 1 }
        var found: UInt64 = 1 &<< UInt64(end &- start)
        var index = start
        while end &- index >= 16 {
            found |= bits(base, at: index) &<< UInt64(index &- start)
            index &+= 16
        }
        while index < end {
            let stops = ASCIIWord.stops(base.load(fromByteOffset: index, as: UInt8.self))
            found |= (stops ? 1 : 0) &<< UInt64(index &- start)
            index &+= 1
        }
        return found
    }

    /// A bit for each of the 16 bytes from `index` on, the first one lowest: set where the scanning of a string has to stop.
    ///
    /// Swift's own `SIMD16` is compiled lane by lane where a mask has to become a number, so the instructions are asked for by
    /// name. SSE2 is part of every x86-64.
    @inline(__always)
    static func bits(_ base: UnsafeRawPointer, at index: Int) -> UInt64 {
        #if arch(x86_64)
            let bytes = base.loadUnaligned(fromByteOffset: index, as: SIMD2<Int64>.self)
            // As signed numbers, what is not ASCII is below the control characters.
            let controls = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20))
            let quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x22))
            let backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x5C))
            let stops = _mm_or_si128(_mm_or_si128(controls, quotes), backslashes)
            return UInt64(UInt32(bitPattern: _mm_movemask_epi8(stops)))
        #else
            return bitsByWords(base, at: index)
        #endif
    }

    /// The same on any processor.
    static func bitsByWords(_ base: UnsafeRawPointer, at index: Int) -> UInt64 {
        bits(of: ASCIIWord.load(base, at: index)) | bits(of: ASCIIWord.load(base, at: index &+ 8)) &<< 8
    }

    @inline(__always)
    private static func bits(of word: UInt64) -> UInt64 {
        let low = word & ~ASCIIWord.high
        // Bit 7 of each byte: it is no control character, no quote, no backslash. No sum is above 0xFF.
        let printable = low &+ 0x6060_6060_6060_6060
        let noQuote = (low ^ 0x2222_2222_2222_2222) &+ 0x7F7F_7F7F_7F7F_7F7F
        let noBackslash = (low ^ 0x5C5C_5C5C_5C5C_5C5C) &+ 0x7F7F_7F7F_7F7F_7F7F
        let stops = (~(printable & noQuote & noBackslash) | word) & ASCIIWord.high
        // The product moves bit 0 of each byte to its place in the highest byte.
        return ((stops &>> 7) &* 0x0102_0408_1020_4080) &>> 56
    }
}
