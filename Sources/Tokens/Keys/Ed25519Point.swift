/// Tells public keys of Ed25519 that would let anybody sign.
///
/// With a key of small order, one signature is right for nearly every message; the library does not look for that.
/// Bytes that are no point at all do no harm: every signature is wrong for them.
///
/// Spec: RFC 8032 §5.1.3 (encoding), RFC 8037 §2 (32 bytes)
enum Ed25519Point {
    /// - Throws: why the encoded point is no key: its length, `y` not below the prime, or a small order.
    static func check(_ point: [UInt8]) throws(UnusableKey) {
        guard point.count == 32 else { throw UnusableKey("a public key of Ed25519 has 32 bytes, not \(point.count)") }
        var y = point
        y[31] &= 0x7F
        guard !isPrimeOrMore(y) else { throw UnusableKey("the Ed25519 key is not written canonically") }
        guard !smallOrder.contains(y) else { throw UnusableKey("the Ed25519 key is a point of small order") }
    }

    /// Whether `y` (little-endian, without the sign bit) is 2^255 - 19 or more.
    private static func isPrimeOrMore(_ y: [UInt8]) -> Bool {
        y[31] == 0x7F && y[0] >= 0xED && y[1...30].allSatisfy { $0 == 0xFF }
    }

    /// The `y` of all points whose order divides 8, little-endian; the sign of `x` does not matter.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F,
            0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
        ],
    ]
}
