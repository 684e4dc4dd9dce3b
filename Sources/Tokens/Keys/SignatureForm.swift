/// What a signature must look like before anything is computed with it.
///
/// The library refuses most of this too; that a signature of zeros once passed elsewhere (CVE-2022-21449) is why it is
/// looked at twice.
enum SignatureForm {
    /// Whether length and numbers are those of such a signature.
    ///
    /// - Parameters:
    ///   - signature: the bytes of the token's third part.
    ///   - algorithm: decides the form.
    ///   - modulus: of the RSA key, big-endian without leading zeros; not looked at for other keys.
    /// - Returns: false for what no key could have made.
    ///
    /// Spec: RFC 7518 §3.2-§3.5, RFC 8037 §3.1, RFC 8032 §5.1.7, RFC 8017 §8.2.2
    static func isSound(_ signature: [UInt8], algorithm: TokenAlgorithm, modulus: [UInt8]) -> Bool {
        switch algorithm {
        case .HS256, .HS384, .HS512:
            return signature.count == algorithm.hashByteCount
        case .RS256, .RS384, .RS512, .PS256, .PS384, .PS512:
            return !modulus.isEmpty && signature.count == modulus.count && isLess(signature[...], modulus)
        case .ES256: return isPair(signature, order: orderP256)
        case .ES384: return isPair(signature, order: orderP384)
        case .ES512: return isPair(signature, order: orderP521)
        case .EdDSA:
            // R, then S in little-endian.
            guard signature.count == 64 else { return false }
            return isLess(Array(signature[32...].reversed())[...], orderEd25519)
        }
    }

    /// Whether these are `r` and `s`, each of the order's length, above zero and below the order.
    ///
    /// Spec: RFC 7518 §3.4, FIPS 186-5 §6.4.2
    private static func isPair(_ signature: [UInt8], order: [UInt8]) -> Bool {
        guard signature.count == 2 * order.count else { return false }
        let halves = [signature[..<order.count], signature[order.count...]]
        return halves.allSatisfy { half in half.contains { $0 != 0 } && isLess(half, order) }
    }

    /// Compares big-endian numbers of the same length. Signatures are public: no need for constant time.
    private static func isLess(_ number: ArraySlice<UInt8>, _ limit: [UInt8]) -> Bool {
        number.lexicographicallyPrecedes(limit)
    }

    /// SEC 2 §2.4.2
    private static let orderP256: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]
    /// SEC 2 §2.5.1
    private static let orderP384: [UInt8] =
        [UInt8](repeating: 0xFF, count: 24) + [
            0xC7, 0x63, 0x4D, 0x81, 0xF4, 0x37, 0x2D, 0xDF, 0x58, 0x1A, 0x0D, 0xB2,
            0x48, 0xB0, 0xA7, 0x7A, 0xEC, 0xEC, 0x19, 0x6A, 0xCC, 0xC5, 0x29, 0x73,
        ]
    /// SEC 2 §2.6.1
    private static let orderP521: [UInt8] =
        [0x01] + [UInt8](repeating: 0xFF, count: 32) + [
            0xFA, 0x51, 0x86, 0x87, 0x83, 0xBF, 0x2F, 0x96, 0x6B, 0x7F, 0xCC, 0x01, 0x48, 0xF7, 0x09, 0xA5,
            0xD0, 0x3B, 0xB5, 0xC9, 0xB8, 0x89, 0x9C, 0x47, 0xAE, 0xBB, 0x6F, 0xB7, 0x1E, 0x91, 0x38, 0x64, 0x09,
        ]
    /// RFC 8032 §5.1, `L`.
    private static let orderEd25519: [UInt8] =
        [0x10] + [UInt8](repeating: 0, count: 15) + [
            0x14, 0xDE, 0xF9, 0xDE, 0xA2, 0xF7, 0x9C, 0xD6, 0x58, 0x12, 0x63, 0x1A, 0x5C, 0xF5, 0xD3, 0xED,
        ]
}
