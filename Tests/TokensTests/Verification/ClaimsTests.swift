import MessageWire
import Testing

@testable import Tokens

/// The rules of RFC 7519 §4.1, on tokens that are rightly signed.
@Suite struct ClaimsTests {
    private static let now = TokenVerifier.now

    private func refusal(
        _ payload: String, now: Double = now, _ change: (inout TokenRules) -> Void = { _ in }
    ) async throws -> TokenFault.Kind? {
        try await verifier(change).refusal(TokenMaker(.HS256).token(payload), now: now)
    }

    private func verifier(_ change: (inout TokenRules) -> Void = { _ in }) async throws -> TokenVerifier {
        var rules = TokenRules(algorithms: [.HS256])
        change(&rules)
        return TokenVerifier(keys: try await .trusting(.HS256), rules: rules)
    }

    @Test(
        arguments: [
            "", " ", "null", "1", "\"x\"", "[]", "[{\"exp\":2000000000}]", "{", "{\"exp\":2000000000",
            "{'exp':2000000000}",
            #"{"exp":2000000000,"exp":2000000000}"#, #"{"exp":1,"\u0065xp":2000000000}"#, #"{"exp":2000000000}{}"#,
            #"{"exp":2000000000,"a":{"b":1,"b":2}}"#, #"{"exp":2000000000,"__proto__":{"admin":true}}"#,
            "\u{FEFF}{\"exp\":2000000000}", "{\"exp\":2000000000}\u{0}", #"{"exp":"2000000000"}"#, #"{"exp":null}"#,
            #"{"exp":true}"#, #"{"exp":[2000000000]}"#, #"{"exp":{}}"#, #"{"exp":NaN}"#, #"{"exp":Infinity}"#,
            #"{"exp":1e999}"#, #"{"exp":-1e999}"#, #"{"exp":0x77359400}"#, #"{"exp":+2000000000}"#,
            #"{"exp":02000000000}"#,
            #"{"exp":2000000000,"nbf":"0"}"#, #"{"exp":2000000000,"nbf":null}"#, #"{"exp":2000000000,"nbf":-1e400}"#,
            #"{"exp":2000000000,"iat":"1"}"#, #"{"exp":2000000000,"iat":[1]}"#, #"{"exp":2000000000,"iat":null}"#,
            #"{"exp":2000000000,"sub":1}"#, #"{"exp":2000000000,"sub":null}"#, #"{"exp":2000000000,"sub":["a"]}"#,
            #"{"exp":2000000000,"sub":"a\ud800"}"#, #"{"exp":2000000000,"iss":["joe"]}"#,
            #"{"exp":2000000000,"iss":{}}"#,
            #"{"exp":2000000000,"jti":7}"#, #"{"exp":2000000000,"aud":1}"#, #"{"exp":2000000000,"aud":{"api":1}}"#,
            #"{"exp":2000000000,"aud":["api",1]}"#, #"{"exp":2000000000,"aud":[["api"]]}"#,
            #"{"exp":2000000000,"aud":null}"#,
        ])
    func `Claims of the wrong kind are malformed`(_ payload: String) async throws {
        #expect(try await refusal(payload) == .malformed)
    }

    @Test func `exp counts with its leeway`() async throws {
        let exact = try await verifier { $0.leeway = .zero }
        let lenient = try await verifier { $0.leeway = .seconds(30) }
        let token = try await TokenMaker(.HS256).token(#"{"exp":1900000000}"#)
        #expect(exact.refusal(token, now: 1_899_999_999.999) == nil)
        #expect(exact.refusal(token, now: 1_900_000_000) == .expired)
        #expect(lenient.refusal(token, now: 1_900_000_029.999) == nil)
        #expect(lenient.refusal(token, now: 1_900_000_030) == .expired)
        #expect(try lenient.verify(token).expires == 1_900_000_030)
    }

    @Test func `Numbers of every size are dates`() async throws {
        for text in ["1900000000.5", "1.9000000005e9", "19000000005e-1", "1e300", "9007199254740993", "2e9"] {
            #expect(try await refusal(#"{"exp":\#(text)}"#, now: Self.now) { $0.leeway = .zero } == nil, "\(text)")
        }
        for text in ["-1", "0", "-0", "-1e300", "1e-300", "1899999999.999", "1900000000"] {
            #expect(try await refusal(#"{"exp":\#(text)}"#) { $0.leeway = .zero } == .expired, "\(text)")
        }
        #expect(try await refusal(#"{"exp":1e300,"nbf":1e300}"#) == .notYetValid)
        #expect(try await refusal(#"{"exp":1e300,"nbf":-1e300,"iat":-1e300}"#) == nil)
        #expect(try await refusal(#"{"exp":1e300,"iat":1e300}"#) == .notYetValid)
        let digits = String(repeating: "9", count: 5000)
        #expect(try await refusal(#"{"exp":\#(digits)}"#) == .malformed)
        #expect(try await refusal(#"{"exp":2000000000.\#(digits)}"#) == nil)
    }

    @Test func `nbf and iat count with their leeway`() async throws {
        for name in ["nbf", "iat"] {
            let payload = #"{"exp":2000000000,"\#(name)":1900000000}"#
            #expect(try await refusal(payload, now: 1_899_999_970) == nil)
            #expect(try await refusal(payload, now: 1_899_999_969.9) == .notYetValid)
            #expect(try await refusal(payload, now: 1_899_999_999) { $0.leeway = .zero } == .notYetValid)
            #expect(try await refusal(payload, now: 1_900_000_000) { $0.leeway = .zero } == nil)
        }
        let token = try await verifier().verify(TokenMaker(.HS256).token(#"{"exp":2000000000,"nbf":1900000000}"#))
        #expect(token.notBefore == 1_899_999_970)
    }

    @Test func `exp may be missing only if the rules say so`() async throws {
        #expect(try await refusal("{}") == .missingClaim("exp"))
        #expect(try await refusal("{}") { $0.requiresExpiry = false } == nil)
        #expect(try await refusal(#"{"exp":1}"#) { $0.requiresExpiry = false } == .expired)
        let token = try await verifier { $0.requiresExpiry = false }.verify(TokenMaker(.HS256).token("{}"))
        #expect(token.expires == nil)
    }

    @Test func `A token may be too old before it expires`() async throws {
        let age = { (rules: inout TokenRules) in rules.maxAge = .seconds(600) }
        #expect(try await refusal(#"{"exp":2000000000}"#, age) == .missingClaim("iat"))
        #expect(try await refusal(#"{"exp":2000000000,"iat":1899999371}"#, age) == nil)
        #expect(try await refusal(#"{"exp":2000000000,"iat":1899999370}"#, age) == .tooOld)
        #expect(try await refusal(#"{"exp":2000000000,"iat":-1e300}"#, age) == .tooOld)
        let maker = try await TokenMaker(.HS256)
        let young = try await verifier(age).verify(maker.token(#"{"exp":2000000000,"iat":1900000000}"#))
        #expect(young.expires == 1_900_000_630)
        let short = try await verifier(age).verify(maker.token(#"{"exp":1900000001,"iat":1900000000}"#))
        #expect(short.expires == 1_900_000_031)
    }

    @Test func `Required claims must be there`() async throws {
        let rules = { (rules: inout TokenRules) in rules.requiredClaims = ["sub", "tenant"] }
        #expect(try await refusal(#"{"exp":2000000000}"#, rules) == .missingClaim("sub"))
        #expect(try await refusal(#"{"exp":2000000000,"sub":"a"}"#, rules) == .missingClaim("tenant"))
        #expect(try await refusal(#"{"exp":2000000000,"sub":"a","tenant":null}"#, rules) == .missingClaim("tenant"))
        #expect(try await refusal(#"{"exp":2000000000,"sub":"a","x":{"tenant":1}}"#, rules) == .missingClaim("tenant"))
        #expect(try await refusal(#"{"exp":2000000000,"sub":"a","tenant":0}"#, rules) == nil)
        #expect(!TokenFault.missingClaim("a\"b").description.contains("\""))
    }

    @Test func `The payload comes back as it was written`() async throws {
        let payload = #"{"sub":"u1","exp":2.0e9,"scope":"a b","n":12345678901234567890,"roles":["x"],"constructors":1}"#
        let token = try await verifier().verify(TokenMaker(.HS256).token(payload))
        #expect(token.claims.serialized() == payload)
        #expect(token.subject == "u1")
    }
}
