import Foundation
import JWTKit
import TestSupport

/// Signs tokens as identity providers do, and as those do who would like to be one.
struct TokenSigner: Sendable {
    /// `alg`.
    let name: String
    private let sign: @Sendable ([UInt8]) throws -> [UInt8]

    /// 64 bytes.
    static let secret = "Jq3t8w2ZrK0vB6yXc9Lm4Nf7Hd1Ps5GaUe-Tk_oWiYxRbQhVzCnMpDlSgEjAuFwO"
    /// 1 January 2100.
    static let exp = 4_102_444_800

    static func es256(_ key: TestKey = TestKeys.p256) async throws -> TokenSigner {
        try await TokenSigner("ES256") { await $0.add(ecdsa: try ES256PrivateKey(pem: key.privatePEM)) }
    }

    static func rs256(_ key: TestKey = TestKeys.rsa) async throws -> TokenSigner {
        try await TokenSigner("RS256") {
            await $0.add(rsa: try Insecure.RSA.PrivateKey(pem: key.privatePEM), digestAlgorithm: .sha256)
        }
    }

    static func edDSA() async throws -> TokenSigner {
        try await TokenSigner("EdDSA") {
            await $0.add(eddsa: try EdDSA.PrivateKey(pem: TestKeys.ed25519.privatePEM))
        }
    }

    static func hs256(_ secret: String = Self.secret) async throws -> TokenSigner {
        try await TokenSigner("HS256") {
            await $0.add(hmac: HMACKey(from: Array(secret.utf8)), digestAlgorithm: .sha256)
        }
    }

    /// Signs nothing, with an algorithm's name.
    static func unsigned(_ name: String) -> TokenSigner { TokenSigner(name: name) { _ in [] } }

    static func named(_ algorithm: String) async throws -> TokenSigner {
        switch algorithm {
        case "RS256": try await rs256()
        case "EdDSA": try await edDSA()
        case "HS256": try await hs256()
        default: try await es256()
        }
    }

    private init(name: String, sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.name = name
        self.sign = sign
    }

    private init(_ name: String, _ add: (JWTKeyCollection) async throws -> Void) async throws {
        let keys = JWTKeyCollection()
        try await add(keys)
        let signer = try await keys.getKey()
        self.init(name: name) { try signer.sign($0) }
    }

    /// A token with members of the payload beside `exp` (empty for none) and of the header beside `alg`.
    func token(_ claims: String = #""sub":"u1""#, exp: String = "\(Self.exp)", header: String = "") throws -> String {
        let members = [exp.isEmpty ? "" : "\"exp\":\(exp)", claims].filter { !$0.isEmpty }.joined(separator: ",")
        let head = #"{"alg":"\#(name)"\#(header.isEmpty ? "" : ",\(header)")}"#
        let signed = Self.encoded(Array(head.utf8)) + "." + Self.encoded(Array("{\(members)}".utf8))
        return signed + "." + Self.encoded(try sign(Array(signed.utf8)))
    }

    static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// JWK Sets of the test keys.
enum KeySets {
    static func of(_ keys: String...) -> String { "{\"keys\":[\(keys.joined(separator: ","))]}" }

    /// A key with a name.
    static func named(_ kid: String, _ key: TestKey) -> String { "{\"kid\":\"\(kid)\"," + key.jwk.dropFirst() }

    static func forAlgorithm(_ name: String) -> String {
        switch name {
        case "RS256": of(TestKeys.rsa.jwk)
        case "EdDSA": of(TestKeys.ed25519.jwk)
        case "HS256": of("{\"kty\":\"oct\",\"k\":\"\(TokenSigner.encoded(Array(TokenSigner.secret.utf8)))\"}")
        default: of(TestKeys.p256.jwk)
        }
    }
}
