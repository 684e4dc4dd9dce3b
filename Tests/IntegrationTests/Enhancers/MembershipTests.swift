import TestSupport
import Testing

/// `Roles` and `Scopes` behind a `Jwt`.
@Suite struct MembershipTests {
    private func gateway(_ guards: String, folder: TestFolder, jwt: String = "") async throws -> GuardedGateway {
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        return try await GuardedGateway("{ Jwt: { jwks: \(path), algorithms: ES256\(jwt) } }, \(guards)", payload: "{}")
    }

    @Test(arguments: [
        (
            "{ Roles: { any: [admin, ops] } }", [#""roles":["x","ops"]"#, #""roles":"ops x""#, #""roles":["admin"]"#],
            [
                #""roles":["Admin"]"#, #""roles":[]"#, #""roles":"administrator""#, #""roles":{"admin":true}"#,
                #""roles":[["admin"]]"#, #""roles":null"#, #""a":1"#, #""roles":["admin "]"#, #""roles":true"#,
            ]
        ),
        (
            "{ Roles: { all: [a, b] } }", [#""roles":["b","c","a"]"#],
            [#""roles":["a"]"#, #""roles":["b"]"#, #""roles":[]"#]
        ),
        (
            "{ Roles: { any: [a], claim: realm_access.roles } }", [#""realm_access":{"roles":["a"]}"#],
            [#""roles":["a"]"#, #""realm_access":["a"]"#, #""realm_access.roles":["a"]"#]
        ),
        (
            "{ Roles: { any: [a], claim: [\"https://x.example/roles\"] } }", [#""https://x.example/roles":["a"]"#],
            [#""https://x":{"example/roles":["a"]}"#]
        ),
        (
            "{ Scopes: { all: [\"o:r\", \"o:w\"] } }", [#""scope":"o:w x o:r""#, #""scope":["o:r","o:w"]"#],
            [#""scope":"o:r""#, #""scope":"o:r o:wx""#, #""scope":"""#, #""scp":"o:r o:w""#]
        ),
        ("{ Scopes: { any: [r], claim: scp } }", [#""scp":"w  r""#], [#""scope":"r""#]),
    ])
    func `who holds the names comes in`(guards: String, good: [String], bad: [String]) async throws {
        let folder = try TestFolder()
        let gateway = try await gateway(guards, folder: folder)
        let signer = try await TokenSigner.es256()
        for claims in good { #expect(try await gateway.get(token: signer.token(claims)).status == 200, "\(claims)") }
        for claims in bad { #expect(try await gateway.get(token: signer.token(claims)).status == 403, "\(claims)") }
        #expect(gateway.packetCount == good.count)
        await gateway.stop()
    }

    @Test func `refusals say what is lacking`() async throws {
        let folder = try TestFolder()
        let token = try await TokenSigner.es256().token()
        let roles = try await gateway("{ Roles: { any: [admin] } }", folder: folder)
        let role = try await roles.get(token: token)
        #expect(role.body.contains("\"code\":\"forbidden\""))
        #expect(role.fields["www-authenticate"] == nil)
        #expect(!role.body.contains("admin"))
        #expect(try await roles.get().status == 401)
        await roles.stop()
        let scopes = try await gateway("{ Scopes: { all: [\"a:r\", \"a:w\"] } }", folder: folder)
        let scope = try await scopes.get(token: token)
        #expect(scope.status == 403)
        #expect(scope.body.contains("\"code\":\"insufficient_scope\""))
        #expect(scope.fields["www-authenticate"] == "Bearer error=\"insufficient_scope\", scope=\"a:r a:w\"")
        await scopes.stop()
    }

    @Test func `claims of another guard do not count`() async throws {
        let folder = try TestFolder()
        let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"
        let gateway = try await gateway(
            "{ ApiKey: { keys: [{ name: shop, sha256: \(hash) }], as: client } }, { Roles: { any: [shop], from: client, claim: name } }",
            folder: folder)
        let token = try await TokenSigner.es256().token(#""name":"x""#)
        #expect(try await gateway.get("authorization: Bearer \(token)", "x-api-key: open sesame").status == 200)
        await gateway.stop()
    }
}
