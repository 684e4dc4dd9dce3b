/// The numbers that make a key, whatever it was written in.
///
/// JWK and PEM both end here, so that one set of checks holds for every key. Private numbers never get this far.
enum KeyMaterial: Sendable {
    /// Both big-endian, without leading zeros.
    case rsa(modulus: [UInt8], exponent: [UInt8])
    /// A point on P-256, P-384 or P-521: coordinates of the curve's full length.
    case point(KeyKind, x: [UInt8], y: [UInt8])
    /// An encoded point, 32 bytes.
    case ed25519([UInt8])
    /// A secret for HMAC.
    case secret([UInt8])

    var kind: KeyKind {
        switch self {
        case .rsa: .rsa
        case .point(let kind, _, _): kind
        case .ed25519: .ed25519
        case .secret: .secret
        }
    }

    /// An RSA key whose numbers may have leading zeros.
    static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) -> KeyMaterial {
        .rsa(modulus: Array(modulus.drop { $0 == 0 }), exponent: Array(exponent.drop { $0 == 0 }))
    }

    /// Bytes of a coordinate.
    ///
    /// Spec: RFC 7518 §6.2.1.2
    static func coordinateByteCount(of curve: KeyKind) -> Int {
        switch curve {
        case .p256: 32
        case .p384: 48
        case .p521: 66
        case .rsa, .ed25519, .secret: 0
        }
    }

    /// Refuses keys that are too weak or senseless. Whether a point lies on its curve is checked by the library that
    /// takes it.
    ///
    /// - Parameter algorithms: what the key is for: decides how long a secret must be.
    /// - Throws: why the key cannot be used.
    func check(for algorithms: [TokenAlgorithm]) throws(UnusableKey) {
        switch self {
        case .rsa(let modulus, let exponent):
            try Self.checkRSA(modulus, exponent)
        case .point(let curve, let x, let y):
            let count = Self.coordinateByteCount(of: curve)
            guard x.count == count, y.count == count else {
                throw UnusableKey("a coordinate on \(curve.rawValue) has \(count) bytes")
            }
        case .ed25519(let point):
            try Ed25519Point.check(point)
        case .secret(let bytes):
            let minimum = algorithms.map(\.hashByteCount).max() ?? TokenAlgorithm.HS256.hashByteCount
            if let fault = WeakSecret.fault(of: bytes, minimum: minimum) { throw UnusableKey(fault) }
        }
    }

    /// Bits of a modulus: below, it can be factored; above, one signature keeps a core busy.
    static let modulusBits = 2048...8192

    /// Spec: RFC 7518 §3.3 (size), RFC 8017 §3.1 (exponent)
    private static func checkRSA(_ modulus: [UInt8], _ exponent: [UInt8]) throws(UnusableKey) {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard bits >= modulusBits.lowerBound else {
            throw UnusableKey("an RSA key of \(bits) bits is too weak: \(modulusBits.lowerBound) are needed")
        }
        guard bits <= modulusBits.upperBound else {
            throw UnusableKey("an RSA key of \(bits) bits is too large: at most \(modulusBits.upperBound)")
        }
        guard let last = modulus.last, last & 1 == 1 else { throw UnusableKey("the RSA modulus is even") }
        guard let low = exponent.last, low & 1 == 1, exponent.count > 1 || low >= 3 else {
            throw UnusableKey("the RSA exponent must be odd and at least 3")
        }
        guard exponent.count <= 4 else { throw UnusableKey("the RSA exponent is larger than 32 bits") }
    }
}
