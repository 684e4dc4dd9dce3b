import TestSupport
import Testing

/// What a refused token is told, to the letter. Spec: RFC 6750 §3
@Suite struct JwtChallengeTests {
    @Test func `every refusal says why`() async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.of(KeySets.named("k1", TestKeys.p256)))
        let gateway = try await GuardedGateway(
            """
            { Jwt: { jwks: \(path), algorithms: ES256, issuer: [i, j], audience: [a, b], leeway: 0s, requiredClaims: [sub], \
            types: at+jwt, maxAge: 1h } }
            """)
        let signer = try await TokenSigner.es256()
        let now = Int(Timestamps.now)
        func claims(iss: String = "\"i\"", aud: String = "\"a\"", iat: Int = now, _ more: String = #""sub":"u""#)
            -> String
        {
            "\"iss\":\(iss),\"aud\":\(aud),\"iat\":\(iat)" + (more.isEmpty ? "" : "," + more)
        }
        let header = #""kid":"k1","typ":"at+jwt""#
        let good = try signer.token(claims(aud: "[\"x\",\"b\"]"), header: header)
        #expect(try await gateway.get(token: good).status == 200)
        let attacker = try await TokenSigner.es256(TestKeys.attacker)
        for (token, reason) in [
            (try attacker.token(claims(), header: header), "the signature is wrong"),
            (try signer.token(claims(), exp: "\(now - 1)", header: header), "the token has expired"),
            (try signer.token(claims(), exp: "", header: header), "the token lacks the claim exp"),
            (try signer.token(claims(), exp: "\"never\"", header: header), "the claim exp must be a number of seconds"),
            (
                try signer.token(claims(#""sub":"u","nbf":\#(now + 60)"#), header: header),
                "the token is not valid yet"
            ),
            (try signer.token(claims(iat: now + 60), header: header), "the token was issued in the future"),
            (try signer.token(claims(iat: now - 3601), header: header), "the token was issued too long ago"),
            (try signer.token(claims(iss: "\"x\""), header: header), "the issuer of the token is not accepted"),
            (try signer.token(claims(aud: "\"c\""), header: header), "the token is for another audience"),
            (try signer.token(claims(aud: "[]"), header: header), "the token is for another audience"),
            (try signer.token(claims(""), header: header), "the token lacks the claim sub"),
            (try signer.token(claims(), header: #""kid":"k1""#), "the token is not of an accepted type"),
            (try signer.token(claims(), header: #""kid":"k2","typ":"at+jwt""#), "the key of the token is not known"),
            ("x", "the token does not have three parts"), ("a.b.c.d.e", "encrypted tokens are not taken"),
        ] {
            let answer = try await gateway.get(token: token)
            #expect(answer.status == 401)
            #expect(
                answer.fields["www-authenticate"]
                    == "Bearer realm=\"martlet\", error=\"invalid_token\", error_description=\"\(reason)\"")
            #expect(answer.body.contains("\"code\":\"invalid_token\""), "\(answer.body)")
            #expect(answer.body.contains("\"detail\":\"The token is refused: \(reason).\""), "\(answer.body)")
        }
        #expect(gateway.packetCount == 1)
        await gateway.stop()
    }

    @Test func `clocks may differ by the leeway`() async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let gateway = try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: ES256, leeway: 10m } }")
        let signer = try await TokenSigner.es256()
        let now = Int(Timestamps.now)
        for (shift, status) in [(-300, 200), (-900, 401)] {
            #expect(try await gateway.get(token: signer.token(exp: "\(now + shift)")).status == status)
            #expect(try await gateway.get(token: signer.token("\"nbf\":\(now - shift)")).status == status)
        }
        await gateway.stop()
    }

    @Test func `a token without exp needs a file that allows it`() async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let gateway = try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: ES256, requireExpiry: false } }")
        let token = try await TokenSigner.es256().token(exp: "")
        for _ in 0..<2 { #expect(try await gateway.get(token: token).status == 200) }
        await gateway.stop()
    }
}
