import TestSupport
import Testing

/// What is known of attacks on tokens, over HTTP. Spec: RFC 8725
@Suite struct JwtAttackTests {
    /// A gateway that trusts one key of RSA and one for ES256.
    private func gateway(_ folder: TestFolder, limits: String = "") async throws -> GuardedGateway {
        let keys = KeySets.of(KeySets.named("r1", TestKeys.rsa), KeySets.named("e1", TestKeys.p256))
        let path = try folder.write("keys.json", keys)
        return try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: [RS256, ES256] } }", limits: limits)
    }

    private func refuse(_ tokens: [String], by gateway: GuardedGateway) async throws {
        for token in tokens {
            let answer = try await gateway.get(token: token)
            #expect(answer.status == 401, "\(token.prefix(60))")
            let challenge = answer.fields["www-authenticate"] ?? ""
            // Well-formed whatever the token says, and nothing of it comes back.
            #expect(
                challenge.wholeMatch(
                    of: #/Bearer realm="martlet", error="invalid_token", error_description="[ A-Za-z0-9]+"/#) != nil,
                "\(challenge)")
        }
        #expect(gateway.packetCount == 0)
    }

    @Test func `no algorithm, or one that is not the key's`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder)
        var tokens: [String] = []
        for name in ["none", "None", "NONE", "nOnE", "", "ES256", "RS256", "HS256", "ES256 ", "es256"] {
            tokens.append(try TokenSigner.unsigned(name).token())
            tokens.append(try TokenSigner.unsigned(name).token(header: #""kid":"e1""#))
        }
        // The public key as a secret, in all its writings.
        for secret in [
            TestKeys.rsa.publicPEM, TestKeys.rsa.publicPEM + "\n", TestKeys.p256.publicPEM, TestKeys.rsa.jwk,
        ] {
            let signer = try await TokenSigner.hs256(secret)
            tokens += [
                try signer.token(), try signer.token(header: #""kid":"r1""#), try signer.token(header: #""kid":"e1""#),
            ]
        }
        // The right key's name with the other kind.
        tokens.append(try await TokenSigner.es256().token(header: #""kid":"r1""#))
        tokens.append(try await TokenSigner.rs256().token(header: #""kid":"e1""#))
        try await refuse(tokens, by: gateway)
        #expect(try await gateway.get(token: TokenSigner.rs256().token(header: #""kid":"r1""#)).status == 200)
        await gateway.stop()
    }

    @Test func `keys that the token brings, and names that lead elsewhere`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder)
        let signer = try await TokenSigner.es256(TestKeys.attacker)
        var tokens = try ["", #""kid":"e1","#].map { kid in
            try signer.token(header: kid + "\"jwk\":\(TestKeys.attacker.jwk)")
        }
        for kid in [
            "../../../dev/null", "/dev/null", "e1' OR '1'='1", "e1\\u0000", "", "E1", "e1 ", "|cat /etc/passwd",
            "__proto__", "\\uD800", String(repeating: "k", count: 5000),
        ] {
            tokens.append(try signer.token(header: "\"kid\":\"\(kid)\""))
        }
        tokens.append(try signer.token(header: #""kid":"e2","kid":"e1""#))
        tokens.append(try signer.token(header: #""kid":["e1"]"#))
        tokens.append(try await TokenSigner.es256().token(header: #""kid":"e1","crit":["exp"],"exp":1"#))
        tokens.append(try await TokenSigner.es256().token(header: #""kid":"e1","b64":false"#))
        tokens.append(try await TokenSigner.es256().token(header: #""kid":"e1","zip":"DEF""#))
        try await refuse(tokens, by: gateway)
        await gateway.stop()
    }

    @Test func `signatures that are none`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder)
        let token = try await TokenSigner.es256().token(header: #""kid":"e1""#)
        let parts = token.split(separator: ".").map(String.init)
        let signed = parts[0] + "." + parts[1] + "."
        let zeros = TokenSigner.encoded([UInt8](repeating: 0, count: 64))
        try await refuse(
            [
                signed, String(signed.dropLast()), signed + zeros, signed + parts[2].dropLast(2),
                signed + parts[2] + "AA",
                signed + parts[2] + "=", signed + parts[2] + ".", "." + parts[1] + "." + parts[2], token + "\\u0000",
                parts[0] + "." + TokenSigner.encoded(Array(#"{"sub":"admin","exp":4102444800}"#.utf8)) + "." + parts[2],
                signed + parts[2].replacing("A", with: "%41") + "%",
            ], by: gateway)
        await gateway.stop()
    }

    @Test func `tokens of any size`() async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(folder)
        let signer = try await TokenSigner.es256()
        func token(_ count: Int) throws -> String {
            try signer.token("\"x\":\"\(String(repeating: "x", count: count))\"", header: #""kid":"e1""#)
        }
        #expect(try await gateway.get(token: token(9_000)).status == 200)
        #expect(try await gateway.get(token: token(20_000)).status == 431)
        #expect(try await gateway.get(token: String(repeating: ".", count: 12_000)).status == 401)
        await gateway.stop()
        // Where longer fields are let in, tokens are not.
        let wide = try await self.gateway(folder, limits: "headers: 64KiB")
        let answer = try await wide.get(token: token(20_000))
        #expect(answer.status == 401)
        #expect(answer.fields["www-authenticate"]?.contains("the token is too long") == true)
        await wide.stop()
    }
}
