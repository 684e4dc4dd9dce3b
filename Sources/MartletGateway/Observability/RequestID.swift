import NIOCore

#if arch(x86_64)
    import _Builtin_intrinsics.intel
#endif

/// The name of one request: sixteen lower-case hex digits, unique in this process and unlikely to repeat elsewhere.
///
/// It goes into the answer's `x-request-id`, the access line and the `instance` of an error body.
package struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// The 64 bits that are printed.
    package var bits: UInt64

    /// An id of 64 bits.
    package init(bits: UInt64) { self.bits = bits }

    /// Bytes of the text.
    package static let length = 16

    /// Sixteen hex digits.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.length) { space in
            if let base = space.baseAddress { write(to: base) }
            return Self.length
        }
    }

    /// Writes the sixteen digits to memory that has room for them.
    @inline(__always)
    package func write(to destination: UnsafeMutableRawPointer) {
        #if arch(x86_64)
            let bytes = _mm_cvtsi64_si128(Int64(bitPattern: bits.bigEndian))
            let lower = _mm_set1_epi8(0x0F)
            let nibbles = _mm_unpacklo_epi8(
                _mm_and_si128(_mm_srli_epi16(bytes, 4), lower), _mm_and_si128(bytes, lower))
            // What is above nine begins at `a`, not behind `9`.
            let letters = _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8(0x27))
            let digits = _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8(0x30)), letters)
            destination.storeBytes(of: digits, as: SIMD2<Int64>.self)
        #else
            writeByWords(to: destination)
        #endif
    }

    /// The same on any processor.
    package func writeByWords(to destination: UnsafeMutableRawPointer) {
        // Spread the nibbles of each half over eight bytes, then turn each into its digit, all eight at once.
        destination.storeBytes(of: Self.hex(UInt32(truncatingIfNeeded: bits >> 32)), as: UInt64.self)
        (destination + 8).storeBytes(of: Self.hex(UInt32(truncatingIfNeeded: bits)), as: UInt64.self)
    }

    /// Lends the text for the length of a call.
    @inline(__always)
    func withText(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: Self.length, alignment: 8) { text in
            if let base = text.baseAddress { write(to: base) }
            body(UnsafeRawBufferPointer(text))
        }
    }

    @inline(__always)
    private static func hex(_ half: UInt32) -> UInt64 {
        var x = UInt64(half)
        x = ((x & 0xFFFF) << 32) | (x >> 16)
        x = ((x & 0x0000_00FF_0000_00FF) << 16) | ((x & 0x0000_FF00_0000_FF00) >> 8)
        x = ((x & 0x000F_000F_000F_000F) << 8) | ((x & 0x00F0_00F0_00F0_00F0) >> 4)
        // 1 in every byte whose nibble is above nine.
        let letters = ((x &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (x &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
    }
}

/// Makes request ids for one event loop: a counter scrambled with a random key, so that neither the number of requests
/// nor the loop shows.
struct RequestIDGenerator {
    private var counter: UInt64
    private let key: UInt64

    init() {
        counter = UInt64.random(in: .min ... .max)
        key = UInt64.random(in: .min ... .max) | 1
    }

    mutating func next() -> RequestID {
        counter &+= 0x9E37_79B9_7F4A_7C15
        var z = counter ^ key
        z = (z ^ (z >> 32)) &* 0xD6E8_FEB8_6659_FD93
        return RequestID(bits: z ^ (z >> 32))
    }
}
