/// A way to sign a token that the gateway can check.
///
/// `none` is no case of it, so no route file, key or token can ask for it.
///
/// Spec: RFC 7518 §3.1, RFC 8037 §3.1
package enum TokenAlgorithm: String, Sendable, Hashable, CaseIterable {
    case HS256, HS384, HS512
    case RS256, RS384, RS512
    case PS256, PS384, PS512
    case ES256, ES384, ES512
    case EdDSA

    /// The kind of key that makes and checks such signatures.
    var keyKind: KeyKind {
        switch self {
        case .HS256, .HS384, .HS512: .secret
        case .RS256, .RS384, .RS512, .PS256, .PS384, .PS512: .rsa
        case .ES256: .p256
        case .ES384: .p384
        case .ES512: .p521
        case .EdDSA: .ed25519
        }
    }

    /// Whether the key is a secret that both sides know.
    package var isSymmetric: Bool { keyKind == .secret }

    /// Bytes that the hash function gives: of an HMAC, the signature's length and the shortest secret.
    ///
    /// Spec: RFC 7518 §3.2
    var hashByteCount: Int {
        switch self {
        case .HS256, .RS256, .PS256, .ES256: 32
        case .HS384, .RS384, .PS384, .ES384: 48
        case .HS512, .RS512, .PS512, .ES512, .EdDSA: 64
        }
    }
}

/// What a key is, as far as algorithms are concerned: a curve of its own is a kind of its own.
///
/// Spec: RFC 7518 §6.1, §6.2.1.1; RFC 8037 §2
enum KeyKind: String, Sendable, Hashable {
    case rsa = "RSA"
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"
    case ed25519 = "Ed25519"
    case secret = "oct"
}
