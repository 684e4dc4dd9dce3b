import Testing

@testable import Routing

/// `Jwt`: what it takes, and what it says to what it does not take.
@Suite struct JwtSettingsTests {
    private func jwt(_ options: String) -> JWTSettings? {
        guard case .jwt(let settings) = MarkedGuards("{ Jwt: { \(options) } }").settings else { return nil }
        return settings
    }

    @Test func `only keys and algorithms have no default`() throws {
        let settings = try #require(jwt("jwks: keys.json, algorithms: ES256"))
        #expect(settings.keys == .file("keys.json"))
        #expect(settings.algorithms == ["ES256"])
        #expect(settings.issuers.isEmpty && settings.audiences.isEmpty && settings.types.isEmpty)
        #expect(settings.requiredClaims.isEmpty)
        #expect(settings.requiresExpiry)
        #expect(settings.leeway == .seconds(30))
        #expect(settings.maxAge == nil)
        #expect(settings.location == .header("authorization", scheme: "Bearer"))
        #expect(settings.claims == "auth")
        #expect(settings.refresh == .seconds(300))
        #expect(settings.maxCached == 4096)
        #expect(settings.place == SourcePlace(file: "r.yaml", line: 2, column: 24))
    }

    @Test func `every option is taken`() throws {
        let settings = try #require(
            jwt(
                """
                jwks: "https://id.example.com/keys?v=1", algorithms: [RS256, EdDSA], issuer: https://id.example.com, \
                audience: [a, b], leeway: 5s, requiredClaims: [sub, jti], requireExpiry: false, maxAge: 1h, \
                types: at+jwt, header: X-Token, scheme: Key, as: user, refresh: 1m, maxCached: 0
                """))
        #expect(settings.keys == .url("https://id.example.com/keys?v=1"))
        #expect(settings.algorithms == ["RS256", "EdDSA"])
        #expect(settings.issuers == ["https://id.example.com"])
        #expect(settings.audiences == ["a", "b"])
        #expect(settings.leeway == .seconds(5))
        #expect(settings.requiredClaims == ["sub", "jti"])
        #expect(!settings.requiresExpiry)
        #expect(settings.maxAge == .seconds(3600))
        #expect(settings.types == ["at+jwt"])
        #expect(settings.location == .header("x-token", scheme: "Key"))
        #expect(settings.claims == "user")
        #expect(settings.refresh == .seconds(60))
        #expect(settings.maxCached == 0)
    }

    @Test func `keys come from a file, an address, a public key or a secret`() {
        func keys(_ text: String) -> JWTSettings.Keys? { jwt("\(text), algorithms: HS256")?.keys }
        #expect(keys("jwks: /etc/keys.json") == .file("/etc/keys.json"))
        #expect(keys("publicKey: key.pem") == .publicKey("key.pem"))
        #expect(keys("secret: \"a b\"") == .secret(.text("a b")))
        #expect(keys("secret: { file: /run/secrets/x }") == .secret(.file("/run/secrets/x")))
        for local in ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1/x", "[::1]", "[::1]:80/x?y"] {
            #expect(keys("jwks: \"http://\(local)\"") == .url("http://\(local)"))
        }
    }

    @Test func `files are looked for beside the file that names them`() {
        let result = load(
            files: [
                "conf/main.yaml": """
                version: 1
                use: { guards: [{ Jwt: { jwks: ../keys/a.json, algorithms: ES256 } }] }
                services: { s: { endpoints: ["h:1"] } }
                routes: []
                """
            ], path: "conf/main.yaml")
        guard case .jwt(let settings) = result.file?.enhancers.first?.settings.guardSettings else {
            return #expect(Bool(false), "\(result.errors)")
        }
        #expect(settings.keys == .file("keys/a.json") || settings.keys == .file("conf/../keys/a.json"))
    }

    @Test func `the token stands in a header, a cookie or the query`() {
        func location(_ text: String) -> JWTSettings.Location? { jwt("jwks: k, algorithms: ES256, \(text)")?.location }
        #expect(location("header: X-Token") == .header("x-token", scheme: ""))
        #expect(location("header: Authorization") == .header("authorization", scheme: "Bearer"))
        #expect(location("scheme: DPoP") == .header("authorization", scheme: "DPoP"))
        #expect(location("scheme: null") == .header("authorization", scheme: ""))
        #expect(location("cookie: session") == .cookie("session"))
        #expect(location("query: access_token") == .query("access_token"))
    }

    @Test func `leeway may be nothing, and ten minutes`() {
        #expect(jwt("jwks: k, algorithms: ES256, leeway: 0s")?.leeway == .zero)
        #expect(jwt("jwks: k, algorithms: ES256, leeway: 10m")?.leeway == .seconds(600))
    }

    // MARK: Refusals

    private static let alone = "\"Jwt\" needs \"jwks\" (a file or an address), \"publicKey\" or \"secret\""
    private static let one = "\"Jwt\" takes its keys from one of \"jwks\", \"publicKey\" and \"secret\""
    private static let secret = "\"secret\" must be a text or { file: NAME }"
    private static let https = "keys must come over https, or from localhost: anybody on the way could put in his own"
    private static let noPassword = "an address of keys cannot hold a name and a password"

    @Test(arguments: [
        ("^{ algorithms: ES256 }", alone),
        ("^{ jwks: k, secret: xyz, algorithms: ES256 }", one),
        ("^{ jwks: k, publicKey: xyz, algorithms: ES256 }", one),
        ("^{ publicKey: xyz, secret: { file: f }, algorithms: ES256 }", one),
        ("{ jwks: ^\"\", algorithms: ES256 }", "\"jwks\" names no file"),
        ("{ jwks: ^[k], algorithms: ES256 }", "\"jwks\" must be a text, not a list"),
        ("{ secret: ^[abc], algorithms: HS256 }", secret),
        ("{ secret: ^null, algorithms: HS256 }", secret),
        ("{ secret: ^{ fil: abc }, algorithms: HS256 }", secret),
        ("{ secret: ^{ file: a, b: c }, algorithms: HS256 }", secret),
        ("{ jwks: ^http://id.example.com/keys, algorithms: ES256 }", https),
        ("{ jwks: ^\"http://localhost.example.com/\", algorithms: ES256 }", https),
        ("{ jwks: ^\"http://127.0.0.1.example.com/\", algorithms: ES256 }", https),
        ("{ jwks: ^\"http://[::1].example.com/\", algorithms: ES256 }", https),
        ("{ jwks: ^\"http://localhost:x@example.com/\", algorithms: ES256 }", noPassword),
        ("{ jwks: ^\"https://ops:hunter2@example.com/\", algorithms: ES256 }", noPassword),
        ("{ jwks: ^\"http://[::1]@example.com/\", algorithms: ES256 }", noPassword),
        ("{ jwks: ^\"https://\", algorithms: ES256 }", "\"https://\" is not an address"),
        ("{ jwks: ^\"https:///keys\", algorithms: ES256 }", "\"https:///keys\" is not an address"),
        ("{ jwks: ^\"https://a b/\", algorithms: ES256 }", "\"https://a b/\" is not an address"),
    ])
    func `keys that cannot be`(options: String, message: String) { expectOnly(message, "{ Jwt: \(options) }") }

    @Test(arguments: [
        ("^{ jwks: k }", "\"Jwt\" has no \"algorithms\""),
        ("{ jwks: k, algorithms: ^[] }", "\"algorithms\" is empty"),
        ("{ jwks: k, algorithms: ^none }", "\"none\" is no algorithm: anybody could make such a token"),
        ("{ jwks: k, algorithms: [ES256, ^NONE] }", "\"none\" is no algorithm: anybody could make such a token"),
        ("{ jwks: k, algorithms: ^ES265 }", "unknown algorithm \"ES265\"; did you mean \"ES256\"?"),
        ("{ jwks: k, algorithms: [^es256] }", "unknown algorithm \"es256\"; did you mean \"ES256\"?"),
        ("{ jwks: k, algorithms: [^A128KW] }", "unknown algorithm \"A128KW\""),
        ("{ jwks: k, algorithms: [ES256, RS256, ^ES256] }", "algorithm \"ES256\" stands twice"),
    ])
    func `algorithms that cannot be`(options: String, message: String) { expectOnly(message, "{ Jwt: \(options) }") }

    @Test(arguments: [
        ("leeway: ^11m", "\"leeway\" must be at most 10m, not \"11m\""),
        ("leeway: ^30", "\"leeway\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"30\""),
        ("leeway: ^-1s", "\"leeway\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"-1s\""),
        ("maxAge: ^0s", "\"maxAge\" must be more than nothing and at most 30 days, not \"0s\""),
        ("requireExpiry: ^no", "\"requireExpiry\" must be true or false, not \"no\""),
        ("maxCached: ^-1", "\"maxCached\" must be between 0 and 1000000, not -1"),
        ("maxCached: ^1000001", "\"maxCached\" must be between 0 and 1000000, not 1000001"),
        ("refresh: ^5m", "\"refresh\" belongs to an address in \"jwks\""),
        ("header: ^\"a b\"", "\"a b\" is not a header name"),
        ("cookie: ^\"a=b\"", "\"a=b\" is not a cookie name"),
        ("scheme: ^\"a b\"", "\"a b\" is not a scheme such as Bearer"),
        ("cookie: a, scheme: ^Bearer", "\"scheme\" belongs to \"header\""),
        ("query: a, scheme: ^Bearer", "\"scheme\" belongs to \"header\""),
        ("as: ^request", taken("request")),
        ("as: ^a-b", taken("a-b")),
        ("as: ^\"\"", taken("")),
        ("as: ^Ünal", taken("Ünal")),
        ("^isuer: a", "unknown key \"isuer\" in \"Jwt\"; did you mean \"issuer\"?"),
    ])
    func `options that cannot be`(options: String, message: String) {
        expectOnly(message, "{ Jwt: { jwks: k, algorithms: ES256, \(options) } }")
    }

    private static func taken(_ name: String) -> String {
        "\"\(name)\" cannot name claims; use letters and digits, and none of "
            + "$body, $cookie, $header, $path, $query, $request, $result, $tls"
    }

    @Test func `keys of an address are not asked for all the time`() {
        expectOnly(
            "\"refresh\" must be at least 1s, not \"500ms\"",
            "{ Jwt: { jwks: https://a.example, algorithms: ES256, refresh: ^500ms } }")
    }

    @Test func `the token stands in one place`() {
        for places in [
            "header: a, cookie: b", "cookie: b, query: c", "header: a, query: c", "header: a, cookie: b, query: c",
        ] {
            expectOnly(
                "\"Jwt\" looks in one place: \"header\", \"cookie\" or \"query\"",
                "{ Jwt: ^{ jwks: k, algorithms: ES256, \(places) } }")
        }
        expectOnly("\"Jwt\" needs options: \(GuardReader.Kind.jwt.example)", "^Jwt")
    }

    /// Whatever is wrong around it.
    @Test(arguments: [
        "{ Jwt: { secret: SESAME, algorithms: none } }", "{ Jwt: { secret: SESAME } }",
        "{ Jwt: { secret: [SESAME], algorithms: HS256 } }", "{ Jwt: { secret: { SESAME: 1 }, algorithms: HS256 } }",
        "{ Jwt: { secret: { file: [SESAME] }, algorithms: HS256 } }",
        "{ Jwt: { secret: SESAME, jwks: x, algorithms: HS256, leeway: 1h } }",
        "{ Jwt: { jwks: \"https://a:SESAME@b.example\", algorithms: HS256 } }",
        "{ Basic: { users: [{ name: a, sha256: SESAME }] } }",
        "{ Basic: { users: [{ name: a, sha256: [SESAME] }] } }", "{ Basic: { users: [{ name: a, salt: SESAME }] } }",
        "{ ApiKey: { keys: [{ name: a, sha256: SESAME }] } }",
    ])
    func `no message shows a secret`(entry: String) {
        let errors = MarkedGuards(entry).load().errors
        #expect(!errors.isEmpty)
        #expect(!errors.contains { $0.contains("SESAME") }, "\(errors)")
    }
}
