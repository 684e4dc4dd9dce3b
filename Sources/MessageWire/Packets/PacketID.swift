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
        guard json.count == Self.digits + 2, json[0] == 0x22, json[Self.digits + 1] == 0x22,
            let upper = Self.value(json.loadUnaligned(fromByteOffset: 1, as: UInt64.self).littleEndian),
            let lower = Self.value(json.loadUnaligned(fromByteOffset: 9, as: UInt64.self).littleEndian)
        else { return nil }
        bits = UInt64(upper) &<< 32 | UInt64(lower)
    }

    /// The value of eight hexadecimal digits, the first one in the lowest byte; nil unless each is one, in lower case.
    ///
    /// The nibbles are put together as if all were digits and written again: what does not come out the same was none.
    @inline(__always)
    private static func value(_ digits: UInt64) -> UInt32? {
        // Bit 6 tells letters, whose nibble counts from 1, from digits.
        let letters = digits &>> 6 & 0x0101_0101_0101_0101
        var nibbles = ((digits & 0x0F0F_0F0F_0F0F_0F0F) &+ letters &* 9 & 0x0F0F_0F0F_0F0F_0F0F).byteSwapped
        nibbles = (nibbles | nibbles &>> 4) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles &>> 8) & 0x0000_FFFF_0000_FFFF
        let value = UInt32(truncatingIfNeeded: nibbles | nibbles &>> 16)
        return hex(value) == digits ? value : nil
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
