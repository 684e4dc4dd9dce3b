import JWTKit
import TestSupport

@testable import Tokens

/// Signs tokens, right ones and wrong ones.
struct TokenMaker: Sendable {
    let algorithm: TokenAlgorithm
    private let signer: any JWTAlgorithm

    /// Signs as `algorithm` wants it; with ``secret`` for HMAC.
    init(_ algorithm: TokenAlgorithm, secret: [UInt8] = Self.secret) async throws {
        let keys = JWTKeyCollection()
        switch algorithm {
        case .HS256: await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        case .HS384: await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha384)
        case .HS512: await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha512)
        case .RS256: await keys.add(rsa: try Self.rsa(), digestAlgorithm: .sha256)
        case .RS384: await keys.add(rsa: try Self.rsa(), digestAlgorithm: .sha384)
        case .RS512: await keys.add(rsa: try Self.rsa(), digestAlgorithm: .sha512)
        case .PS256: await keys.add(pss: try Self.rsa(), digestAlgorithm: .sha256)
        case .PS384: await keys.add(pss: try Self.rsa(), digestAlgorithm: .sha384)
        case .PS512: await keys.add(pss: try Self.rsa(), digestAlgorithm: .sha512)
        case .ES256: await keys.add(ecdsa: try ES256PrivateKey(pem: TestKeys.p256.privatePEM))
        case .ES384: await keys.add(ecdsa: try ES384PrivateKey(pem: TestKeys.p384.privatePEM))
        case .ES512: await keys.add(ecdsa: try ES512PrivateKey(pem: TestKeys.p521.privatePEM))
        case .EdDSA: await keys.add(eddsa: try EdDSA.PrivateKey(pem: TestKeys.ed25519.privatePEM))
        }
        self.algorithm = algorithm
        self.signer = try await keys.getKey()
    }

    /// Signs as somebody whose key nobody trusts.
    static func attacker() async throws -> TokenMaker {
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: try ES256PrivateKey(pem: TestKeys.attacker.privatePEM))
        return TokenMaker(.ES256, signer: try await keys.getKey())
    }

    private init(_ algorithm: TokenAlgorithm, signer: any JWTAlgorithm) {
        self.algorithm = algorithm
        self.signer = signer
    }

    private static func rsa() throws -> Insecure.RSA.PrivateKey {
        try Insecure.RSA.PrivateKey(pem: TestKeys.rsa.privatePEM)
    }

    /// 64 bytes, enough for every hash.
    static let secret: [UInt8] = Array("Jq3t8w2ZrK0vB6yXc9Lm4Nf7Hd1Ps5GaUe-Tk_oWiYxRbQhVzCnMpDlSgEjAuFwO".utf8)

    /// A token of this payload and header (`nil`: `alg` alone), both JSON, rightly signed.
    func token(_ payload: String = Self.payload, header: String? = nil) throws -> String {
        let header = header ?? #"{"alg":"\#(algorithm)"}"#
        return try token(parts: Base64URL.encode(header.utf8), Base64URL.encode(payload.utf8))
    }

    /// A token of two parts that are already encoded.
    func token(parts header: String, _ payload: String) throws -> String {
        let signed = header + "." + payload
        return signed + "." + Base64URL.encode(try signer.sign(Array(signed.utf8)))
    }

    static let payload = SignatureFixture.payload
}

extension TokenKeySet {
    /// A JWK Set of these keys.
    static func jwks(
        _ keys: [String], allowed: Set<TokenAlgorithm> = Set(TokenAlgorithm.allCases)
    ) async throws -> TokenKeySet {
        try await jwks(Array("{\"keys\":[\(keys.joined(separator: ","))]}".utf8), allowed: allowed)
    }

    /// The key that belongs to a ``TokenMaker`` of that algorithm.
    static func trusting(_ algorithm: TokenAlgorithm) async throws -> TokenKeySet {
        try await jwks([TestKeys.jwk(for: algorithm)], allowed: [algorithm])
    }
}

extension TestKeys {
    /// The public half for an algorithm; for HMAC the secret.
    static func jwk(for algorithm: TokenAlgorithm) -> String { jwk(of: algorithm.keyKind) }

    static func jwk(of kind: KeyKind) -> String {
        switch kind {
        case .rsa: rsa.jwk
        case .p256: p256.jwk
        case .p384: p384.jwk
        case .p521: p521.jwk
        case .ed25519: ed25519.jwk
        case .secret: #"{"kty":"oct","k":"\#(Base64URL.encode(TokenMaker.secret))"}"#
        }
    }
}

extension String {
    /// A JWK with more members.
    func with(_ members: String) -> String { "{" + members + "," + dropFirst() }
}

extension TokenVerifier {
    static let now = 1_900_000_000.0

    /// A verifier with the keys of one algorithm.
    static func trusting(_ algorithm: TokenAlgorithm) async throws -> TokenVerifier {
        TokenVerifier(keys: try await .trusting(algorithm), rules: TokenRules(algorithms: [algorithm]))
    }

    func verify(_ token: String, now: Double = Self.now) throws(TokenFault) -> VerifiedToken {
        try verify(bytes: Array(token.utf8), now: now)
    }

    func verify(bytes: [UInt8], now: Double = Self.now) throws(TokenFault) -> VerifiedToken {
        let result = bytes.withUnsafeBytes { bytes in
            do throws(TokenFault) {
                return Result<VerifiedToken, TokenFault>.success(try verify(bytes, now: now))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Why it refuses a token, `nil` if it takes it.
    func refusal(_ token: String, now: Double = Self.now) -> TokenFault.Kind? {
        do throws(TokenFault) {
            _ = try verify(token, now: now)
            return nil
        } catch {
            return error.kind
        }
    }
}
