import Testing
import TestSupport

@testable import Tokens

/// What has fooled verifiers before: tokens that choose their own check.
@Suite struct HeaderAttackTests {
    @Test(
        arguments: [
            "none", "None", "NONE", "nOnE", "none ", " none", "n\\u006fne\\u0000", "", "es256", "ES256 ",
            "ES256\\u0000", "HS256",
            "RS256", "ES384", "EdDSA", "ES256K", "HS1", "SHA256", "dir", "\\uff25S256", "E\\u0301S256",
        ])
    func `An algorithm that is not allowed is refused`(_ name: String) async throws {
        let maker = try await TokenMaker(.ES256)
        let verifier = try await TokenVerifier.trusting(.ES256)
        let signed = try maker.token(header: #"{"alg":"\#(name)"}"#)
        #expect(verifier.refusal(signed) == .algorithmNotAllowed)
        let cut = try #require(signed.lastIndex(of: "."))
        #expect(verifier.refusal(String(signed[...cut])) == .algorithmNotAllowed)
    }

    @Test(
        arguments: [
            "{}", #"{"typ":"JWT"}"#, #"{"alg":null}"#, #"{"alg":["ES256"]}"#, #"{"alg":{"ES256":1}}"#, #"{"alg":256}"#,
            #"{"alg":true}"#, #"{"ALG":"ES256"}"#, #"{"Alg":"ES256"}"#, #"["ES256"]"#, #""ES256""#, "null", "", " ",
            "{",
            #"{"alg":"ES256"}{"alg":"ES256"}"#, #"{"alg":"ES256",}"#, #"{'alg':'ES256'}"#, #"{alg:"ES256"}"#,
            "\u{FEFF}{\"alg\":\"ES256\"}", "{\"alg\":\"ES256\"}\u{0}", #"{"alg":"ES256"} x"#, #"{"alg":"ES256"/**/}"#,
            #"{"alg":"ES256","alg":"ES256"}"#, #"{"alg":"none","alg":"ES256"}"#, #"{"alg":"ES256","\u0061lg":"none"}"#,
            #"{"alg":"ES256","kid":"a","kid":"b"}"#, #"{"alg":"ES256","x":{"a":1,"a":2}}"#,
            #"{"alg":"ES256","typ":1}"#, #"{"alg":"ES256","typ":null}"#, #"{"alg":"ES256","cty":["JWT"]}"#,
            #"{"alg":"ES256","kid":1}"#, #"{"alg":"ES256","kid":null}"#, #"{"alg":"ES256","kid":["a"]}"#,
            #"{"alg":"ES256","kid":{"a":1}}"#, #"{"alg":"ES256","kid":"\ud800"}"#, #"{"alg":"ES256","__proto__":{}}"#,
            #"{"alg":"ES256","x":NaN}"#, #"{"alg":"ES256","x":01}"#, "{\"alg\":\"ES256\",\"x\":\"\n\"}",
        ])
    func `A header that is not as it must be is malformed, whoever signed it`(_ header: String) async throws {
        let token = try await TokenMaker(.ES256).token(header: header)
        #expect(try await TokenVerifier.trusting(.ES256).refusal(token) == .malformed)
    }

    @Test func `A header that is not UTF-8 or nested too deeply is malformed`() async throws {
        let maker = try await TokenMaker(.ES256)
        let verifier = try await TokenVerifier.trusting(.ES256)
        let payload = Base64URL.encode(TokenMaker.payload.utf8)
        let bad = Base64URL.encode(Array(#"{"alg":"ES256","x":""#.utf8) + [0xFF] + Array(#""}"#.utf8))
        #expect(verifier.refusal(try maker.token(parts: bad, payload)) == .malformed)
        let deep = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
        #expect(verifier.refusal(try maker.token(header: #"{"alg":"ES256","x":\#(deep)}"#)) == .malformed)
        #expect(verifier.refusal(try maker.token(#"{"exp":2000000000,"x":\#(deep)}"#)) == .malformed)
    }

    @Test(
        arguments: [
            #""crit":["exp"]"#, #""crit":[]"#, #""crit":null"#, #""crit":"b64""#, #""crit":["b64"],"b64":false"#,
            #""crit":["b64"],"b64":true"#, #""crit":["http://example.com/x"],"http://example.com/x":1"#,
        ])
    func `Extensions that must be understood are refused`(_ members: String) async throws {
        let token = try await TokenMaker(.ES256).token(header: #"{"alg":"ES256",\#(members)}"#)
        #expect(try await TokenVerifier.trusting(.ES256).refusal(token) == .unsupportedCritical)
    }

    @Test(
        arguments: [
            #""b64":false"#, #""b64":null"#, #""b64":"true""#, #""b64":0"#, #""zip":"DEF""#, #""zip":null"#,
            #""enc":"A256GCM""#, #""cty":"JWT""#, #""cty":"jwt""#, #""cty":"application/JWT""#,
        ])
    func `Tokens that need more than a look are refused`(_ members: String) async throws {
        let token = try await TokenMaker(.ES256).token(header: #"{"alg":"ES256",\#(members)}"#)
        #expect(try await TokenVerifier.trusting(.ES256).refusal(token) == .unsupported)
    }

    @Test func `A payload that is not encoded is refused`() async throws {
        let token = try await TokenMaker(.ES256).token(
            parts: Base64URL.encode(#"{"alg":"ES256","b64":false,"crit":["b64"]}"#.utf8), TokenMaker.payload)
        #expect(try await TokenVerifier.trusting(.ES256).refusal(token) == .malformed)
    }

    @Test func `Harmless members are ignored`() async throws {
        let token = try await TokenMaker(.ES256).token(
            header: #" {"typ":"JWT","alg":"ES256","b64":true,"cty":"json","x5t":"AA","nonce":"1"} "#)
        #expect(try await TokenVerifier.trusting(.ES256).refusal(token) == nil)
    }

    @Test(
        arguments: [
            #""jwk":\#(TestKeys.attacker.jwk)"#, #""jku":"https://attacker.example/jwks.json""#,
            #""x5u":"https://attacker.example/x.pem""#, #""x5c":["MIIB"]"#, #""x5t":"AA","x5t#S256":"AA""#,
            #""jwk":\#(TestKeys.attacker.jwk),"kid":"a""#, #""jku":"file:///dev/null""#, #""jku":null"#,
        ])
    func `Keys that a token brings along are never used`(_ members: String) async throws {
        let header = #"{"alg":"ES256",\#(members)}"#
        let verifier = try await TokenVerifier.trusting(.ES256)
        #expect(verifier.refusal(try await TokenMaker.attacker().token(header: header)) == .badSignature)
        #expect(verifier.refusal(try await TokenMaker(.ES256).token(header: header)) == nil)
    }

    @Test func `Nothing of a token stands in the description`() async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        let headers = [
            #"{"alg":"evil"}"#, #"{"alg":"ES256","kid":1,"evil":2}"#, "evil", #"{"alg":"ES256","typ":"evil"}"#,
        ]
        for header in headers {
            let token = try await TokenMaker(.ES256).token(#"{"iss":"evil"}"#, header: header)
            let fault = #expect(throws: TokenFault.self) { try verifier.verify(token) }
            let text = try #require(fault).description
            #expect(!text.contains("evil"))
            #expect(text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C })
        }
    }
}
