import Testing
import TestSupport

@testable import Tokens

/// Signatures in the manner of Wycheproof: nothing but the right one is right.
@Suite struct SignatureTests {
    private func verifier(for fixture: SignatureFixture) async throws -> TokenVerifier {
        let keys = try await TokenKeySet.jwks([TestKeys.jwk(of: fixture.key)], allowed: [fixture.algorithm])
        return TokenVerifier(keys: keys, rules: TokenRules(algorithms: [fixture.algorithm]))
    }

    @Test(arguments: SignatureFixtures.good)
    func `A right signature of another library is taken`(_ fixture: SignatureFixture) async throws {
        let token = try await verifier(for: fixture).verify(fixture.token)
        #expect(token.subject == "u1")
        #expect(token.algorithm == fixture.algorithm)
    }

    @Test(arguments: SignatureFixtures.badRSA + SignatureFixtures.badCurves)
    func `A wrong signature is refused`(_ fixture: SignatureFixture) async throws {
        #expect(try await verifier(for: fixture).refusal(fixture.token) == .badSignature)
    }

    @Test func `A cube root is no signature`() async throws {
        let keys = try await TokenKeySet.jwks([SignatureFixtures.exponent3], allowed: [.RS256])
        let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: [.RS256]))
        #expect(verifier.refusal(SignatureFixtures.cubed.token) == nil)
        #expect(verifier.refusal(SignatureFixtures.cubeRoot.token) == .badSignature)
    }

    @Test(arguments: TokenAlgorithm.allCases)
    func `A right signature is taken with every algorithm`(_ algorithm: TokenAlgorithm) async throws {
        let token = try await TokenMaker(algorithm).token()
        #expect(try await TokenVerifier.trusting(algorithm).verify(token).subject == "u1")
    }

    @Test(arguments: TokenAlgorithm.allCases)
    func `A signature of another length is refused`(_ algorithm: TokenAlgorithm) async throws {
        let verifier = try await TokenVerifier.trusting(algorithm)
        let token = try await TokenMaker(algorithm).token()
        let cut = try #require(token.lastIndex(of: "."))
        let signed = String(token[...cut])
        let signature = try #require(Base64URL.decode(token[token.index(after: cut)...].utf8))
        for count in 0..<signature.count {
            #expect(verifier.refusal(signed + Base64URL.encode(signature.prefix(count))) == .badSignature)
        }
        for other in [signature + [0], [0] + signature, signature + signature, Array(signature.dropFirst())] {
            #expect(verifier.refusal(signed + Base64URL.encode(other)) == .badSignature)
        }
    }

    @Test(arguments: TokenAlgorithm.allCases)
    func `A signature of one byte only is refused`(_ algorithm: TokenAlgorithm) async throws {
        let verifier = try await TokenVerifier.trusting(algorithm)
        let token = try await TokenMaker(algorithm).token()
        let cut = try #require(token.lastIndex(of: "."))
        let count = try #require(Base64URL.decode(token[token.index(after: cut)...].utf8)).count
        for byte in [UInt8](0...255) {
            let signature = Base64URL.encode([UInt8](repeating: byte, count: count))
            #expect(verifier.refusal(String(token[...cut]) + signature) == .badSignature)
        }
    }

    @Test(arguments: [(TokenAlgorithm.ES256, 32), (.ES384, 48), (.ES512, 66)])
    func `Numbers outside of the order are refused`(_ algorithm: TokenAlgorithm, _ count: Int) async throws {
        let verifier = try await TokenVerifier.trusting(algorithm)
        let signed =
            Base64URL.encode(#"{"alg":"\#(algorithm)"}"#.utf8) + "." + Base64URL.encode(TokenMaker.payload.utf8)
        let order = Self.orders[algorithm] ?? []
        #expect(order.count == count)
        func ending(_ bytes: [UInt8], _ last: UInt8) -> [UInt8] { Array(bytes.dropLast()) + [last] }
        let zero = [UInt8](repeating: 0, count: count)
        let one = ending(zero, 1)
        let below = ending(order, order[count - 1] - 1)
        let above = ending(order, order[count - 1] + 1)
        let numbers = [zero, one, [UInt8](repeating: 0xFF, count: count), order, below, above]
        for r in numbers {
            for s in numbers {
                #expect(verifier.refusal(signed + "." + Base64URL.encode(r + s)) == .badSignature)
                let isInside = [r, s].allSatisfy { $0 == one || $0 == below }
                #expect(SignatureForm.isSound(r + s, algorithm: algorithm, modulus: []) == isInside)
            }
        }
    }

    /// As OpenSSL prints them.
    private static let orders: [TokenAlgorithm: [UInt8]] = [
        .ES256: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        .ES384: String(repeating: "ff", count: 24) + "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        .ES512: "01" + String(repeating: "ff", count: 32)
            + "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    ].mapValues { text in
        stride(from: 0, to: text.utf8.count, by: 2).compactMap { UInt8(text.dropFirst($0).prefix(2), radix: 16) }
    }
}
