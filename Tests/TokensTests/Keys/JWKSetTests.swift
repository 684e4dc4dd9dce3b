import Testing
import TestSupport

@testable import Tokens

/// RFC 7517: which keys of a set are used, and what is said about the others.
@Suite struct JWKSetTests {
    private static let asymmetric = Set(TokenAlgorithm.allCases.filter { !$0.isSymmetric })

    private func error(_ text: String) async -> TokenKeyError? {
        do throws(TokenKeyError) {
            _ = try await TokenKeySet.jwks(Array(text.utf8), allowed: Set(TokenAlgorithm.allCases))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            "", " ", "null", "[]", "{}", "{\"keys\":null}", "{\"keys\":{}}", "{\"keys\":[]", "{\"Keys\":[]}",
            "{\"keys\":[],\"keys\":[]}",
            TestKeys.p256.jwk, "\u{FEFF}{\"keys\":[]}", TestKeys.p256.publicPEM,
            "{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"oct\"}]}",
        ])
    func `What is no set is malformed`(_ text: String) async throws {
        guard case .malformed = await error(text) else {
            Issue.record("taken: \(text)")
            return
        }
    }

    @Test func `A set without a usable key says why`() async throws {
        #expect(await error("{\"keys\":[]}") == .noUsableKeys([]))
        let error = await error(#"{"keys":[{"kty":"RSA"},1,{"kty":"EC","crv":"P-192","kid":"a\"b"}]}"#)
        #expect(
            error?.description
                == "no usable key: keys[0] is left out: it has no \"n\"; keys[1] is left out: a key must be an object; "
                + "keys[2] (\"a?b\") is left out: its curve is not one of P-256, P-384, P-521 (EC) and Ed25519 (OKP)")
    }

    @Test(
        arguments: [
            (#""use":"enc""#, "its \"use\" is not \"sig\""), (#""use":1"#, "\"use\" must be a text"),
            (#""key_ops":["sign"]"#, "its \"key_ops\" are without \"verify\""),
            (#""key_ops":[]"#, "its \"key_ops\" are without \"verify\""),
            (#""key_ops":"verify""#, "\"key_ops\" must be a list of texts"),
            (#""key_ops":["verify",1]"#, "\"key_ops\" must be a list of texts"),
            (#""alg":"ES384""#, "its \"alg\" ES384 does not fit a key of kind P-256"),
            (#""alg":"HS256""#, "its \"alg\" HS256 does not fit a key of kind P-256"),
            (#""alg":"ECDH-ES""#, "its \"alg\" is no algorithm for signatures"),
            (#""alg":"none""#, "its \"alg\" is no algorithm for signatures"),
            (#""alg":null"#, "\"alg\" must be a text"),
            (#""kid":1"#, "\"kid\" must be a text"),
            (#""kid":"\#(String(repeating: "k", count: 257))""#, "\"kid\" is longer than 256 bytes or no plain text"),
        ])
    func `A key for something else is left out`(_ members: String, _ reason: String) async throws {
        let keys = try await TokenKeySet.jwks([TestKeys.rsa.jwk, TestKeys.p256.jwk.with(members)])
        #expect(keys.count == 1)
        #expect(keys.algorithms.contains(.RS256) && !keys.algorithms.contains(.ES256))
        #expect(keys.warnings.count == 1)
        #expect(keys.warnings[0].hasPrefix("keys[1]"))
        #expect(keys.warnings[0].hasSuffix("is left out: " + reason))
    }

    @Test(arguments: [
        #""use":"sig""#, #""key_ops":["sign","verify"]"#, #""alg":"ES256""#, #""x5c":[1],"x5t":2,"new":3"#,
    ])
    func `A key for signatures is used`(_ members: String) async throws {
        let keys = try await TokenKeySet.jwks([TestKeys.p256.jwk.with(members)])
        #expect(keys.algorithms == [.ES256])
        #expect(keys.warnings == [])
    }

    @Test func `A secret has no place where only public keys are allowed`() async throws {
        let secret = TestKeys.jwk(for: .HS256)
        let keys = try await TokenKeySet.jwks([TestKeys.p256.jwk, secret], allowed: Self.asymmetric)
        #expect(keys.warnings == ["keys[1] is left out: no allowed algorithm uses a key of kind oct"])
        #expect(try await TokenKeySet.jwks([secret]).algorithms == [.HS256, .HS384, .HS512])
    }

    @Test func `Private members are told of and never used`() async throws {
        let keys = try await TokenKeySet.jwks([TestKeys.p256.jwk.with(#""kid":"k","d":"AAAA""#)])
        #expect(keys.warnings == ["keys[0] (\"k\") holds private members: whoever reads this set can sign tokens"])
        let verifier = TokenVerifier(keys: keys, rules: TokenRules(algorithms: [.ES256]))
        #expect(verifier.refusal(try await TokenMaker(.ES256).token()) == nil)
    }

    @Test func `Two keys of one kind cannot have one name`() async throws {
        let named = [TestKeys.p256.jwk.with(#""kid":"a""#), TestKeys.attacker.jwk.with(#""kid":"a""#)]
        #expect(
            await error("{\"keys\":[\(named.joined(separator: ","))]}")
                == .ambiguous("two P-256 keys have the \"kid\" \"a\""))
        let other = [TestKeys.p256.jwk.with(#""kid":"a""#), TestKeys.attacker.jwk.with(#""kid":"a","use":"enc""#)]
        #expect(await error("{\"keys\":[\(other.joined(separator: ","))]}") == nil)
    }

    @Test func `Keys without a name are few`() async throws {
        func text(_ count: Int) -> String {
            "{\"keys\":[" + Array(repeating: TestKeys.p256.jwk, count: count).joined(separator: ",") + "]}"
        }
        #expect(await error(text(4)) == nil)
        #expect(await error(text(5)) == .ambiguous("more than 4 keys for ES256 have no \"kid\""))
    }

    @Test func `Sets are limited in size and number`() async throws {
        let hundred = (0..<100).map { TestKeys.p256.jwk.with("\"kid\":\"\($0)\"") }
        #expect(await error("{\"keys\":[\(hundred.joined(separator: ","))]}") == nil)
        let more = hundred + [TestKeys.p256.jwk]
        #expect(await error("{\"keys\":[\(more.joined(separator: ","))]}") == .tooManyKeys(limit: 100))
        let blank = String(repeating: " ", count: 1 << 20)
        #expect(await error("{\"keys\":[\(blank)]}") == .tooLarge(limit: 1 << 20))
    }

    @Test func `A broken set is refused and never traps`() async throws {
        let keys = [TestKeys.p256.jwk, TestKeys.ed25519.jwk.with(#""kid":"e","use":"sig","key_ops":["verify"]"#)]
        let text = Array("{\"keys\":[\(keys.joined(separator: ","))]}".utf8)
        var random = SeededGenerator(seed: 6)
        var loaded = 0
        for _ in 0..<1000 {
            var bytes = text
            for _ in 0...Int.random(in: 0...2, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            let set = try? await TokenKeySet.jwks(bytes, allowed: Set(TokenAlgorithm.allCases))
            loaded += set?.count ?? 0
        }
        #expect(loaded > 0)
    }
}
