import TestSupport
import Testing

/// What becomes of claims: in payloads, in other guards.
@Suite struct JwtClaimsTests {
    private let claims = #""sub":"u1","n":12345678901234567890,"a":{"b":[1,{"c":"x"}],"z":null},"t":true,"scope":"r w""#

    private func jwt(_ folder: TestFolder, _ more: String = "") throws -> String {
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        return "{ Jwt: { jwks: \(path), algorithms: ES256\(more) } }"
    }

    @Test(arguments: [
        ("{ s: $auth.sub }", #"{"s":"u1"}"#), ("{ n: $auth.n }", #"{"n":12345678901234567890}"#),
        ("{ o: $auth.a.b }", #"{"o":[1,{"c":"x"}]}"#), ("{ c: $auth.a.b.1.c }", #"{"c":"x"}"#),
        ("{ z: $auth.a.z, t: $auth.t }", #"{"z":null,"t":true}"#), ("$auth.a.b.0", "1"),
        ("{ m: $auth.none, x: $auth.sub.none, y: $auth.a.b.7, s: $auth.sub }", #"{"s":"u1"}"#),
    ])
    func `claims go into messages as they are`(payload: String, message: String) async throws {
        let folder = try TestFolder()
        let gateway = try await GuardedGateway(try jwt(folder), payload: payload)
        let token = try await TokenSigner.es256().token(claims)
        for _ in 0..<2 { #expect(try await gateway.get(token: token).body == message) }
        await gateway.stop()
    }

    @Test func `two guards bring claims under two names`() async throws {
        let folder = try TestFolder()
        let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"
        let gateway = try await GuardedGateway(
            "\(try jwt(folder, ", as: user")), { ApiKey: { keys: [{ name: shop, sha256: \(hash) }], as: client } }",
            payload: "{ u: $user.sub, c: $client.name, s: $client.sub }")
        let token = try await TokenSigner.es256().token(claims)
        #expect(
            try await gateway.get("authorization: Bearer \(token)", "x-api-key: open sesame").body
                == #"{"u":"u1","c":"shop","s":"shop"}"#)
        #expect(try await gateway.get(token: token).status == 401)
        #expect(try await gateway.get("x-api-key: open sesame").status == 401)
        await gateway.stop()
    }

    @Test func `no request has the claims of another`() async throws {
        let folder = try TestFolder()
        let gateway = try await GuardedGateway(try jwt(folder))
        let signer = try await TokenSigner.es256()
        let client = try await gateway.gateway.connect()
        let tokens = try (0..<20).map { try signer.token("\"sub\":\"u\($0 % 7)\"") }
        try await client.send(
            tokens.map { "GET /who HTTP/1.1\r\nhost: t\r\nauthorization: Bearer \($0)\r\n\r\n" }.joined()
                + "GET /who HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.prefix(20).map(\.body) == (0..<20).map { "{\"sub\":\"u\($0 % 7)\"}" })
        #expect(answers.last?.status == 401)
        await gateway.stop()
    }

    @Test func `a limit counts subjects, not tokens`() async throws {
        let folder = try TestFolder()
        let gateway = try await GuardedGateway(
            "\(try jwt(folder)), { RateLimit: { limit: 2, per: 1h, key: $auth.sub } }", loops: 2)
        let signer = try await TokenSigner.es256()
        func status(_ subject: String, _ id: Int) async throws -> Int {
            try await gateway.get(token: signer.token("\"sub\":\"\(subject)\",\"jti\":\"\(id)\"")).status
        }
        #expect(try await status("a", 1) == 200)
        #expect(try await status("a", 2) == 200)
        #expect(try await status("a", 3) == 429)
        #expect(try await status("b", 1) == 200)
        // Tokens that are refused are not counted, and have no subject.
        for _ in 0..<5 { #expect(try await gateway.get(token: "x").status == 401) }
        #expect(try await status("b", 2) == 200)
        #expect(try await status("b", 3) == 429)
        await gateway.stop()
    }
}
