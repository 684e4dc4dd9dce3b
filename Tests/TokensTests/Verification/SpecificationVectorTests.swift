import MessageWire
import Testing

@testable import Tokens

/// What the specifications print must come out as they say.
@Suite struct SpecificationVectorTests {
    @Test(arguments: SpecificationVector.all)
    func `A printed signature is right`(_ vector: SpecificationVector) async throws {
        let keys = try await TokenKeySet.jwks([vector.key], allowed: [vector.algorithm])
        let parts = try Array(vector.token.utf8).withUnsafeBytes { try CompactToken($0) }
        let header = try TokenHeader(parts.header, algorithms: [vector.algorithm])
        let key = try #require(try keys.keys(named: header.keyID, for: header.algorithm).first)
        let isValid = Array(vector.token.utf8.prefix(parts.signedCount)).withUnsafeBytes {
            key.isValid(parts.signature, for: $0, algorithm: header.algorithm)
        }
        #expect(isValid)
    }

    @Test(arguments: SpecificationVector.all.filter(\.holdsClaims))
    func `A printed token is taken until it expires`(_ vector: SpecificationVector) async throws {
        let keys = try await TokenKeySet.jwks([vector.key], allowed: [vector.algorithm])
        let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: [vector.algorithm], issuers: ["joe"]))
        let token = try verifier.verify(vector.token, now: 1_300_819_379)
        #expect(token.claims["http://example.com/is_root"] == true)
        #expect(token.expires == 1_300_819_410)
        #expect(verifier.refusal(vector.token, now: 1_300_819_409.9) == nil)
        #expect(verifier.refusal(vector.token, now: 1_300_819_410) == .expired)
    }

    @Test(arguments: SpecificationVector.all.filter { !$0.holdsClaims })
    func `A payload without claims is no token`(_ vector: SpecificationVector) async throws {
        let keys = try await TokenKeySet.jwks([vector.key], allowed: [vector.algorithm])
        let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: [vector.algorithm]))
        #expect(verifier.refusal(vector.token) == .malformed)
    }

    @Test func `The unsecured token is refused`() async throws {
        let verifier = try await TokenVerifier.trusting(.HS256)
        let token =
            "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
            + "cnVlfQ."
        #expect(verifier.refusal(token) == .algorithmNotAllowed)
    }
}
