import Testing

@testable import Tokens

/// Who made a token, for whom, and what kind it is.
@Suite struct PartiesTests {
    private func refusal(
        _ payload: String, header: String? = nil, _ change: (inout TokenRules) -> Void
    ) async throws -> TokenFault.Kind? {
        var rules = TokenRules(algorithms: [.HS256])
        change(&rules)
        let verifier = TokenVerifier(keys: try await .trusting(.HS256), rules: rules)
        return verifier.refusal(try await TokenMaker(.HS256).token(payload, header: header))
    }

    @Test(
        arguments: [
            "https://id.example.com/", "https://id.example.co", "https://ID.example.com",
            "https://id.example.com\\u0000",
            " https://id.example.com", "https://id.example.com ", "https://id.example.com.evil.com", "",
            "https:\\/\\/id.example.com\\u200b", "https://id.ex\\u0430mple.com", "https://id.example.com\\ufeff",
            "http://id.example.com", "https://id.example.com\\u0301",
        ])
    func `Another issuer is refused`(_ issuer: String) async throws {
        let issuers = ["https://id.example.com", "joe"]
        #expect(
            try await refusal(#"{"exp":2000000000,"iss":"\#(issuer)"}"#) { $0.issuers = issuers } == .wrongIssuer)
    }

    @Test func `One of the issuers is taken`() async throws {
        let rules = { (rules: inout TokenRules) in rules.issuers = ["https://id.example.com", "jo\u{E9}"] }
        #expect(try await refusal(#"{"exp":2000000000,"iss":"https:\/\/id.example.com"}"#, rules) == nil)
        #expect(try await refusal(#"{"exp":2000000000,"iss":"jo\u00e9"}"#, rules) == nil)
        #expect(try await refusal(#"{"exp":2000000000,"iss":"joe\u0301"}"#, rules) == .wrongIssuer)
        #expect(try await refusal(#"{"exp":2000000000}"#, rules) == .missingClaim("iss"))
        #expect(try await refusal(#"{"exp":2000000000,"iss":"any"}"#) { _ in } == nil)
    }

    @Test func `One audience in common is enough`() async throws {
        let rules = { (rules: inout TokenRules) in rules.audiences = ["api", "admin"] }
        for aud in [#""api""#, #""admin""#, #"["api"]"#, #"["x","admin"]"#, #"["api","admin"]"#] {
            #expect(try await refusal(#"{"exp":2000000000,"aud":\#(aud)}"#, rules) == nil)
        }
        for aud in [
            #""""#, #""ap""#, #""api ""#, #""API""#, "[]", #"["x"]"#, #"["api x"]"#, #""api,admin""#, #""api admin""#,
        ] {
            #expect(try await refusal(#"{"exp":2000000000,"aud":\#(aud)}"#, rules) == .wrongAudience)
        }
        #expect(try await refusal(#"{"exp":2000000000}"#, rules) == .missingClaim("aud"))
        #expect(try await refusal(#"{"exp":2000000000,"aud":"any"}"#) { _ in } == nil)
        #expect(try await refusal(#"{"exp":2000000000,"aud":[]}"#) { _ in } == nil)
    }

    @Test func `Types are compared without case and prefix`() async throws {
        let rules = { (rules: inout TokenRules) in rules.types = ["at+jwt", "application/secevent+jwt"] }
        let right = [
            "at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt", "secevent+jwt", "application/secevent+JWT",
        ]
        for type in right {
            let header = #"{"alg":"HS256","typ":"\#(type)"}"#
            #expect(try await refusal(TokenMaker.payload, header: header, rules) == nil)
        }
        let wrong = [
            "JWT", "at", "at+jwt ", "", "application/", "application/x/at+jwt", "text/at+jwt", "at+jwt;x=1",
            "at+\\u212awt",
        ]
        for type in wrong {
            let header = #"{"alg":"HS256","typ":"\#(type)"}"#
            #expect(try await refusal(TokenMaker.payload, header: header, rules) == .wrongType)
            #expect(try await refusal(TokenMaker.payload, header: header) { _ in } == nil)
        }
        #expect(try await refusal(TokenMaker.payload, rules) == .wrongType)
    }

    @Test func `Claims are read of authentic tokens only`() async throws {
        let verifier = try await TokenVerifier.trusting(.ES256)
        let forged = try await TokenMaker.attacker().token(#"{"exp":1}"#)
        #expect(verifier.refusal(forged) == .badSignature)
        #expect(verifier.refusal(try await TokenMaker.attacker().token("no JSON")) == .badSignature)
    }
}
