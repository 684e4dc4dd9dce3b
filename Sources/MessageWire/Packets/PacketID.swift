/// The id of a request of ours: where its answer belongs, and which use of that place it was.
///
/// On the wire it is a string of 16 lower-case hexadecimal digits, 4 of the slot and 12 of the sequence. An answer that comes
/// late finds another sequence in its slot and is dropped, so it never reaches another request: at a million requests a
/// second the 48 bits last nine years.
package struct PacketID: Hashable, Sendable {
    /// Bytes of the id on the wire without quotes.
    package static let digits = 16

    private let bits: UInt64

    /// An id of a slot's use.
    ///
    /// - Parameters:
    ///   - slot: the place in the table of pending requests.
    ///   - sequence: which use of the slot; the upper 16 bits are dropped.
    package init(slot: UInt16, sequence: UInt64) {
        bits = UInt64(slot) &<< 48 | sequence & 0xFFFF_FFFF_FFFF
    }

    /// Reads an id that came back, nil if it cannot be one of ours.
    ///
    /// - Parameter json: the raw JSON text, quotes included.
    package init?(json: UnsafeRawBufferPointer) {
        guard json.count == Self.digits + 2, json[0] == 0x22, json[Self.digits + 1] == 0x22 else { return nil }
        var bits: UInt64 = 0
        var index = 1
        while index <= Self.digits {
            let digit = json[index]
            if digit &- 0x30 < 10 {
                bits = bits &<< 4 | UInt64(digit &- 0x30)
            } else if digit &- 0x61 < 6 {
                bits = bits &<< 4 | UInt64(digit &- 0x57)
            } else {
                return nil
            }
            index &+= 1
        }
        self.bits = bits
    }

    /// The place in the table of pending requests.
    package var slot: UInt16 { UInt16(truncatingIfNeeded: bits &>> 48) }
    /// Which use of the slot, 48 bits.
    package var sequence: UInt64 { bits & 0xFFFF_FFFF_FFFF }

    /// The id as it stands between the quotes.
    package var text: String {
        withUnsafeTemporaryAllocation(byteCount: Self.digits, alignment: 8) { bytes in
            write(to: bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Writes the 16 digits; `bytes` must have room for them.
    @inline(__always)
    func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: Self.hex(UInt32(truncatingIfNeeded: bits &>> 32)).littleEndian, as: UInt64.self)
        bytes.storeBytes(
            of: Self.hex(UInt32(truncatingIfNeeded: bits)).littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    /// Eight hexadecimal digits, the first one in the lowest byte.
    @inline(__always)
    private static func hex(_ value: UInt32) -> UInt64 {
        // Spreads the nibbles over the bytes of a word, then turns them around.
        var nibbles = UInt64(value)
        nibbles = (nibbles &<< 16 | nibbles) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles &<< 8 | nibbles) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles &<< 4 | nibbles) & 0x0F0F_0F0F_0F0F_0F0F
        nibbles = nibbles.byteSwapped
        // 0x27 is what lies between '9' + 1 and 'a'.
        let letters = (nibbles &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
