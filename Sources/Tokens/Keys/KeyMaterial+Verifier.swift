import JWTKit

extension KeyMaterial {
    /// The one who checks signatures of that algorithm with this key.
    ///
    /// Its calls are synchronous and may come from any thread. That this function is not is owed to the library, which
    /// hands them out through an actor.
    ///
    /// - Throws: why the library does not take the key: above all a point that is not on its curve.
    func verifier(for algorithm: TokenAlgorithm) async throws(UnusableKey) -> any JWTAlgorithm {
        let keys = JWTKeyCollection()
        do {
            try await add(to: keys, for: algorithm)
            let verifier = try await keys.getKey()
            guard verifier.name == algorithm.rawValue else { throw UnusableKey("the key is not for \(algorithm)") }
            return verifier
        } catch let error as UnusableKey {
            throw error
        } catch {
            throw UnusableKey(refusal)
        }
    }

    private var refusal: String {
        switch self {
        case .point(let curve, _, _): "the point is not on \(curve.rawValue)"
        case .rsa: "the numbers are no RSA key"
        case .ed25519: "the bytes are no Ed25519 key"
        case .secret: "the secret cannot be used"
        }
    }

    private func add(to keys: JWTKeyCollection, for algorithm: TokenAlgorithm) async throws {
        switch (self, algorithm) {
        case (.rsa(let modulus, let exponent), .RS256), (.rsa(let modulus, let exponent), .RS384),
            (.rsa(let modulus, let exponent), .RS512):
            await keys.add(rsa: try Self.rsaKey(modulus, exponent), digestAlgorithm: algorithm.digest)
        case (.rsa(let modulus, let exponent), .PS256), (.rsa(let modulus, let exponent), .PS384),
            (.rsa(let modulus, let exponent), .PS512):
            await keys.add(pss: try Self.rsaKey(modulus, exponent), digestAlgorithm: algorithm.digest)
        case (.point(.p256, let x, let y), .ES256):
            await keys.add(ecdsa: try ES256PublicKey(parameters: Self.parameters(x, y)))
        case (.point(.p384, let x, let y), .ES384):
            await keys.add(ecdsa: try ES384PublicKey(parameters: Self.parameters(x, y)))
        case (.point(.p521, let x, let y), .ES512):
            await keys.add(ecdsa: try ES512PublicKey(parameters: Self.parameters(x, y)))
        case (.ed25519(let point), .EdDSA):
            await keys.add(eddsa: try EdDSA.PublicKey(x: Base64URL.encode(point), curve: .ed25519))
        case (.secret(let bytes), .HS256), (.secret(let bytes), .HS384), (.secret(let bytes), .HS512):
            // A shorter one stops the library.
            guard bytes.count >= algorithm.hashByteCount else { throw UnusableKey("the secret is too short") }
            await keys.add(hmac: HMACKey(from: bytes), digestAlgorithm: algorithm.digest)
        default:
            throw UnusableKey("a key of kind \(kind.rawValue) cannot be used with \(algorithm)")
        }
    }

    private static func rsaKey(_ modulus: [UInt8], _ exponent: [UInt8]) throws -> Insecure.RSA.PublicKey {
        try Insecure.RSA.PublicKey(modulus: Base64URL.encode(modulus), exponent: Base64URL.encode(exponent))
    }

    private static func parameters(_ x: [UInt8], _ y: [UInt8]) -> ECDSAParameters {
        (x: Base64URL.encode(x), y: Base64URL.encode(y))
    }
}

extension TokenAlgorithm {
    fileprivate var digest: DigestAlgorithm {
        switch hashByteCount {
        case 32: .sha256
        case 48: .sha384
        default: .sha512
        }
    }
}
