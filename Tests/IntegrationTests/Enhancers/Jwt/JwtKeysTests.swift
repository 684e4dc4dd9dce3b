import MartletGateway
import Routing
import TestSupport
import Testing

/// Keys of every kind, from everywhere but an address, and those that no gateway starts with.
@Suite struct JwtKeysTests {
    private func accepts(_ options: String, _ algorithm: String) async throws {
        let gateway = try await GuardedGateway("{ Jwt: { \(options), algorithms: \(algorithm) } }")
        let token = try await TokenSigner.named(algorithm).token()
        // Twice: the second time it is known.
        for _ in 0..<2 {
            let answer = try await gateway.get(token: token)
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.body == "{\"sub\":\"u1\"}")
        }
        let cut = token.dropLast(4)
        #expect(try await gateway.get(token: String(cut)).status == 401)
        #expect(gateway.packetCount == 2)
        await gateway.stop()
    }

    @Test(arguments: ["ES256", "RS256", "EdDSA", "HS256"])
    func `keys of a JWK Set`(algorithm: String) async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.forAlgorithm(algorithm))
        try await accepts("jwks: \(path)", algorithm)
    }

    @Test(arguments: [("ES256", TestKeys.p256), ("RS256", TestKeys.rsa), ("EdDSA", TestKeys.ed25519)])
    func `a public key in PEM`(algorithm: String, key: TestKey) async throws {
        let folder = try TestFolder()
        let path = try folder.write("key.pem", key.publicPEM)
        try await accepts("publicKey: \(path)", algorithm)
    }

    @Test func `a secret`() async throws {
        try await accepts("secret: \(TokenSigner.secret)", "HS256")
        let folder = try TestFolder()
        for ending in ["", "\n", "\r\n"] {
            let path = try folder.write("secret", TokenSigner.secret + ending)
            try await accepts("secret: { file: \(path) }", "HS256")
        }
    }

    // MARK: None to start with

    /// What starting says, the paths of files without their folder.
    private func refusal(_ options: String, _ folder: TestFolder? = nil) async throws -> String {
        let error = await #expect(throws: RouteFileError.self) {
            try await GuardedGateway("{ Jwt: { \(options) } }").stop()
        }
        return "\(try #require(error))".replacing((folder?.path("") ?? "/") + "/", with: "")
            .replacing(folder?.path("") ?? "/", with: "")
    }

    @Test func `weak secrets are refused with their place and not shown`() async throws {
        for (secret, reason) in [
            ("hunter2", "the secret has 7 bytes, 32 are needed (openssl rand -base64 32)"),
            ("secret", "the secret is an example that everybody knows"),
            (String(repeating: "a", count: 64), "the secret is made of fewer than 8 different bytes"),
        ] {
            let said = try await refusal("secret: \(secret), algorithms: HS256")
            #expect(said == "test.yaml:11:24: \"Jwt\": \(reason)")
            let folder = try TestFolder()
            let path = try folder.write("secret", secret + "\n")
            #expect(try await refusal("secret: { file: \(path) }, algorithms: HS256") == said)
        }
    }

    @Test func `keys that no allowed algorithm can use`() async throws {
        let folder = try TestFolder()
        let pem = try folder.write("key.pem", TestKeys.p256.publicPEM)
        #expect(
            try await refusal("publicKey: \(pem), algorithms: [RS256, HS256]")
                == "test.yaml:11:24: \"Jwt\": no allowed algorithm uses a key of kind P-256")
        #expect(
            try await refusal("secret: \(TokenSigner.secret), algorithms: ES256").hasPrefix(
                "test.yaml:11:24: \"Jwt\": no allowed algorithm uses a key of kind "))
        let set = try folder.write("keys.json", KeySets.of(TestKeys.rsa.jwk))
        #expect(
            try await refusal("jwks: \(set), algorithms: ES256").hasPrefix(
                "test.yaml:11:24: \"Jwt\": no usable key: keys[0]"))
    }

    @Test func `files that hold no keys`() async throws {
        let folder = try TestFolder()
        for (text, reason) in [
            ("", "no JWK Set: "), ("nonsense", "no JWK Set: "), ("{\"keys\":[]}", "the JWK Set holds no keys"),
            (TestKeys.p256.jwk, "no JWK Set: it needs a list \"keys\": a single key must stand in { \"keys\": [KEY] }"),
            (String(repeating: " ", count: 1 << 20) + "{}", "keys.json is larger than 1 MiB"),
        ] {
            let path = try folder.write("keys.json", text)
            let said = try await refusal("jwks: \(path), algorithms: ES256", folder)
            #expect(said.hasPrefix("test.yaml:11:24: \"Jwt\": \(reason)"), "\(said)")
        }
        let missing = try await refusal("jwks: \(folder.path("none.json")), algorithms: ES256", folder)
        #expect(missing == "test.yaml:11:24: \"Jwt\": cannot read none.json: no such file")
        let key = try folder.write("key.pem", TestKeys.p256.privatePEM)
        let said = try await refusal("publicKey: \(key), algorithms: ES256", folder)
        #expect(said.contains("private"), "\(said)")
        #expect(!said.contains("MIG"))
    }

    @Test func `all of them are told in one go`() async throws {
        let error = await #expect(throws: RouteFileError.self) {
            try await GuardedGateway(
                "{ Jwt: { jwks: /nowhere/a, algorithms: ES256 } }, { Jwt: { publicKey: /nowhere/b, algorithms: ES256, as: b } }"
            ).stop()
        }
        #expect(error?.errors.map(\.place.column) == [24, 74])
    }

    @Test func `a key that is left out is told when the gateway starts`() async throws {
        let folder = try TestFolder()
        let log = CollectedLog()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk, TestKeys.rsa.jwk))
        let gateway = try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: ES256 } }", log: log)
        try await eventually("a warning") { log.contains("warning a key is left out at=test.yaml:11:24 guard=Jwt") }
        await gateway.stop()
    }
}
