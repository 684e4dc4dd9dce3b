import Testing
import TestSupport

@testable import Tokens

/// Which key a token is checked with, and which never.
@Suite struct KeyChoiceTests {
    private static let all = Set(TokenAlgorithm.allCases)

    private func verifier(_ keys: [String], _ algorithms: Set<TokenAlgorithm> = all) async throws -> TokenVerifier {
        TokenVerifier(
            keys: try await .jwks(keys, allowed: algorithms), rules: TokenRules(algorithms: algorithms))
    }

    private func token(_ algorithm: TokenAlgorithm, kid: String?) async throws -> String {
        let kid = kid.map { #","kid":"\#($0)""# } ?? ""
        return try await TokenMaker(algorithm).token(header: #"{"alg":"\#(algorithm)"\#(kid)}"#)
    }

    @Test func `A named key is found among others`() async throws {
        let verifier = try await verifier([
            TestKeys.attacker.jwk.with(#""kid":"old""#), TestKeys.p256.jwk.with(#""kid":"new""#), TestKeys.rsa.jwk,
        ])
        #expect(try verifier.verify(await token(.ES256, kid: "new")).keyID == "new")
        #expect(verifier.refusal(try await token(.ES256, kid: "old")) == .badSignature)
        #expect(verifier.refusal(try await token(.ES256, kid: "next")) == .unknownKey)
    }

    @Test(
        arguments: [
            "../../../../../../dev/null", "' UNION SELECT 'AA'; --", "/etc/passwd", "new\\u0000", "NEW", "new ", "",
            "http://127.0.0.1/", "$(id)", "\\u006eew2", "ne\\u0301w",
        ])
    func `A name is nothing but a name`(_ kid: String) async throws {
        let verifier = try await verifier([TestKeys.p256.jwk.with(#""kid":"new""#)])
        #expect(verifier.refusal(try await token(.ES256, kid: kid)) == .unknownKey)
    }

    @Test func `A name that is too long is malformed`() async throws {
        let longest = String(repeating: "k", count: 256)
        let verifier = try await verifier([TestKeys.p256.jwk.with(#""kid":"\#(longest)""#)])
        #expect(verifier.refusal(try await token(.ES256, kid: longest)) == nil)
        #expect(verifier.refusal(try await token(.ES256, kid: longest + "k")) == .malformed)
        #expect(verifier.refusal(try await token(.ES256, kid: String(repeating: "k", count: 9000))) == .malformed)
    }

    @Test func `Names are compared byte by byte`() async throws {
        let verifier = try await verifier([TestKeys.p256.jwk.with("\"kid\":\"\u{E9}\"")])
        #expect(verifier.refusal(try await token(.ES256, kid: "\u{E9}")) == nil)
        #expect(verifier.refusal(try await token(.ES256, kid: "\\u00e9")) == nil)
        #expect(verifier.refusal(try await token(.ES256, kid: "e\u{301}")) == .unknownKey)
    }

    @Test func `A token without a name takes the keys without one`() async throws {
        let verifier = try await verifier([
            TestKeys.attacker.jwk, TestKeys.p256.jwk, TestKeys.rsa.jwk.with(#""kid":"r""#),
        ])
        #expect(verifier.refusal(try await token(.ES256, kid: nil)) == nil)
        #expect(verifier.refusal(try await token(.RS256, kid: nil)) == .keyDoesNotFit)
        #expect(verifier.refusal(try await token(.ES256, kid: "any")) == .unknownKey)
    }

    @Test func `The only key needs no name, on either side`() async throws {
        let unnamed = try await verifier([TestKeys.p256.jwk])
        #expect(unnamed.refusal(try await token(.ES256, kid: "any")) == nil)
        let named = try await verifier([TestKeys.p256.jwk.with(#""kid":"k""#), TestKeys.rsa.jwk.with(#""kid":"r""#)])
        #expect(named.refusal(try await token(.ES256, kid: nil)) == nil)
        let two = try await verifier([TestKeys.p256.jwk.with(#""kid":"k""#), TestKeys.attacker.jwk.with(#""kid":"a""#)])
        #expect(two.refusal(try await token(.ES256, kid: nil)) == .missingKeyID)
    }

    @Test func `One name may belong to keys of different kinds`() async throws {
        let keys = [TestKeys.p256, TestKeys.p384, TestKeys.rsa, TestKeys.ed25519].map { $0.jwk.with(#""kid":"k""#) }
        let verifier = try await verifier(keys)
        for algorithm in [TokenAlgorithm.ES256, .ES384, .RS512, .PS256, .EdDSA] {
            #expect(verifier.refusal(try await token(algorithm, kid: "k")) == nil)
        }
        #expect(verifier.refusal(try await token(.ES512, kid: "k")) == .keyDoesNotFit)
    }

    @Test func `A key's own algorithm excludes the others`() async throws {
        let verifier = try await verifier([TestKeys.rsa.jwk.with(#""alg":"PS256""#)])
        #expect(verifier.refusal(try await token(.PS256, kid: nil)) == nil)
        for algorithm in [TokenAlgorithm.RS256, .RS512, .PS384] {
            #expect(verifier.refusal(try await token(algorithm, kid: nil)) == .keyDoesNotFit)
        }
    }

    @Test(arguments: TokenAlgorithm.allCases, TokenAlgorithm.allCases)
    func `A key serves no algorithm of another kind`(_ made: TokenAlgorithm, _ claimed: TokenAlgorithm) async throws {
        let verifier = try await verifier([TestKeys.jwk(for: made)])
        let token = try await TokenMaker(made).token(header: #"{"alg":"\#(claimed)"}"#)
        let expected: TokenFault.Kind? =
            made == claimed ? nil : made.keyKind == claimed.keyKind ? .badSignature : .keyDoesNotFit
        #expect(verifier.refusal(token) == expected)
    }

    @Test func `A public key is never a secret`() async throws {
        let rsa = TestKeys.rsa
        let modulus = try #require(rsa.jwk.split(separator: "\"").map(String.init).max { $0.count < $1.count })
        let texts = [
            rsa.publicPEM, rsa.publicPEM + "\n", PEMFixtures.rsaPKCS1, PEMFixtures.rsaCertificate, rsa.jwk, modulus,
        ]
        let ders = try texts.prefix(4).map { try PEMBlock.only(in: $0).bytes } + [Base64URL.decode(modulus.utf8) ?? []]
        let sets = [
            try await TokenKeySet.pem(rsa.publicPEM, allowed: Self.all),
            try await TokenKeySet.pem(PEMFixtures.rsaCertificate, allowed: Self.all),
            try await TokenKeySet.jwks([rsa.jwk]), try await TokenKeySet.jwks([rsa.jwk.with(#""kid":"k""#)]),
        ]
        for secret in texts.map({ Array($0.utf8) }) + ders {
            for algorithm in [TokenAlgorithm.HS256, .HS384, .HS512] {
                let token = try await TokenMaker(algorithm, secret: secret).token()
                for keys in sets {
                    let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: Self.all))
                    #expect(verifier.refusal(token) == .keyDoesNotFit)
                }
            }
        }
    }

    @Test func `The rules hold even if the keys would allow more`() async throws {
        let keys = try await TokenKeySet.jwks([TestKeys.rsa.jwk])
        let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: [.PS256]))
        #expect(verifier.refusal(try await token(.RS256, kid: nil)) == .algorithmNotAllowed)
        let narrow = TokenVerifier(
            keys: try await .jwks([TestKeys.rsa.jwk], allowed: [.PS256]), rules: TokenRules(algorithms: Self.all))
        #expect(narrow.refusal(try await token(.RS256, kid: nil)) == .keyDoesNotFit)
    }

    @Test(arguments: [TokenAlgorithm.HS256, .RS256, .ES256, .EdDSA])
    func `Many threads may use one set`(_ algorithm: TokenAlgorithm) async throws {
        let verifier = try await verifier([TestKeys.jwk(for: algorithm)])
        let token = try await token(algorithm, kid: nil)
        let faults = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<50).count { _ in verifier.refusal(token) != nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(faults == 0)
    }
}
