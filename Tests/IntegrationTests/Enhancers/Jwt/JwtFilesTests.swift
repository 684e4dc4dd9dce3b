import TestSupport
import Testing

/// Key files that change while the gateway runs.
@Suite struct JwtFilesTests {
    @Test func `new keys count, and those that went do not`() async throws {
        let folder = try TestFolder()
        let log = CollectedLog()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let gateway = try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: ES256 } }", loops: 2, log: log)
        let old = try await TokenSigner.es256().token()
        let new = try await TokenSigner.es256(TestKeys.attacker).token()
        #expect(try await gateway.get(token: old).status == 200)
        #expect(try await gateway.get(token: new).status == 401)
        try folder.write("keys.json", KeySets.of(TestKeys.attacker.jwk))
        try await eventually("the new key") { try await gateway.get(token: new).status == 200 }
        #expect(try await gateway.get(token: old).status == 401)
        #expect(log.contains("notice read the keys again at=test.yaml:11:24 file=\(path) guard=Jwt keys=1"))
        await gateway.stop()
    }

    @Test(arguments: ["", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}", nil])
    func `keys that cannot be used change nothing`(text: String?) async throws {
        let folder = try TestFolder()
        let log = CollectedLog()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let gateway = try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: [ES256, HS256] } }", log: log)
        let token = try await TokenSigner.es256().token()
        if let text { try folder.write("keys.json", text) } else { try folder.remove("keys.json") }
        try await eventually("a line of it") { log.contains("error cannot use the keys; those from before count on") }
        #expect(try await gateway.get(token: token).status == 200)
        await gateway.stop()
    }

    @Test func `a secret is changed, and never shown`() async throws {
        let folder = try TestFolder()
        let log = CollectedLog()
        let path = try folder.write("secret", TokenSigner.secret)
        let gateway = try await GuardedGateway("{ Jwt: { secret: { file: \(path) }, algorithms: HS256 } }", log: log)
        let next = String(TokenSigner.secret.reversed())
        try folder.write("secret", "hunter2")
        try await eventually("a line of it") { log.contains("error cannot use the keys; those from before count on") }
        try folder.write("secret", next)
        let token = try await TokenSigner.hs256(next).token()
        try await eventually("the new secret") { try await gateway.get(token: token).status == 200 }
        #expect(try await gateway.get(token: TokenSigner.hs256().token()).status == 401)
        for secret in [TokenSigner.secret, next, "hunter2", token] { #expect(!log.contains(secret)) }
        await gateway.stop()
    }
}
