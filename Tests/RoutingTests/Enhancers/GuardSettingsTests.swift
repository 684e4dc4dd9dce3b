import Testing

@testable import Routing

@Suite struct GuardSettingsTests {
    private func guards(_ text: String) -> LoadResult {
        load("version: 1\nuse: { guards: [\(text)] }\nservices: { s: { endpoints: [\"h:1\"] } }\nroutes: []\n")
    }

    private func settings(_ text: String) -> GuardSettings? {
        guards(text).file?.enhancers.first?.settings.guardSettings
    }

    private let hash = String(repeating: "0aF", count: 21) + "9"

    @Test func `RateLimit has defaults`() {
        #expect(
            settings("{ RateLimit: { limit: 100, per: 1s } }")
                == .rateLimit(.init(key: nil, limit: 100, per: .seconds(1), burst: 100, maxKeys: 100_000)))
        guard
            case .rateLimit(let all) = settings(
                "{ RateLimit: { key: $request.ip, limit: 5, per: 1m, burst: 7, maxKeys: 64 } }")
        else { return #expect(Bool(false)) }
        #expect(all.key?.text == "$request.ip")
        #expect(all.per == .seconds(60))
        #expect(all.burst == 7)
        #expect(all.maxKeys == 64)
    }

    @Test(arguments: [
        ("RateLimit: { per: 1s }", "2:30: \"RateLimit\" has no \"limit\""),
        ("RateLimit: { limit: 1 }", "2:30: \"RateLimit\" has no \"per\""),
        ("RateLimit: { limit: 0, per: 1s }", "2:39: \"limit\" must be between 1 and 1000000000, not 0"),
        (
            "RateLimit: { limit: 1, per: 1 }",
            "2:47: \"per\" must be a time with its unit (ms, s, m, h), such as 500ms, not \"1\""
        ),
        (
            "RateLimit: { limit: 1000000000, per: 1ms }",
            "2:30: \"RateLimit\" allows more than one request each nanosecond"
        ),
        (
            "RateLimit: { limit: 1, per: 1h, burst: 1000000 }",
            "2:30: \"RateLimit\" would need more than 30 days to allow its burst again"
        ),
        (
            "RateLimit: { limit: 1, per: 1s, key: ip }",
            "2:56: \"key\" must be a reference such as $request.ip or $header.x-api-key, not \"ip\""
        ),
        (
            "RateLimit: { limit: 1, per: 1s, key: $request.id }",
            "2:56: \"$request.id\" cannot be a key; $request.ip, host, method and path, $header, $cookie, $query, $tls and $auth can, each with a name"
        ),
        (
            "RateLimit: { limit: 1, per: 1s, key: $body.a }",
            "2:56: \"$body.a\" cannot be a key; $request.ip, host, method and path, $header, $cookie, $query, $tls and $auth can, each with a name"
        ),
        (
            "RateLimit: { limit: 1, per: 1s, key: $path.id }",
            "2:56: \"$path.id\" does not exist: / has no such parameter"
        ),
        ("IpAllow: { ranges: [] }", "2:38: \"ranges\" is empty"),
        ("IpAllow: {}", "2:28: \"IpAllow\" has no \"ranges\""),
        (
            "IpDeny: { ranges: [10.0.0.1/8] }",
            "2:38: \"10.0.0.1/8\" has bits behind the first 8; clear them, or write a longer prefix"
        ),
        ("IpDeny: { ranges: here }", "2:37: \"here\" is no range of addresses; write 10.0.0.0/8 or 2001:db8::/32"),
        ("IpDeny: { range: [\"::1\"] }", "2:29: unknown key \"range\" in \"IpDeny\"; did you mean \"ranges\"?"),
        ("ApiKey: {}", "2:27: \"ApiKey\" has no \"keys\""),
        ("ApiKey: { keys: [] }", "2:35: \"keys\" must be a list such as [{ name: shop, sha256: HEX }], not a list"),
        (
            "ApiKey: { keys: [{ name: a, sha256: secret }] }",
            "2:55: \"sha256\" must be the 64 hexadecimal digits of the key's SHA-256: printf %s KEY | sha256sum"
        ),
        ("Jwt: { jwks: x }", "2:24: \"Jwt\" has no \"algorithms\""),
        ("Jvt: {}", "2:17: unknown guard \"Jvt\"; did you mean \"Jwt\"?"),
        ("Ratelimit: {}", "2:17: unknown guard \"Ratelimit\"; did you mean \"RateLimit\"?"),
    ])
    func `mistakes are told where they are`(entry: String, message: String) {
        #expect(guards("{ \(entry) }").errors.contains("r.yaml:\(message)"), "\(guards("{ \(entry) }").errors)")
    }

    @Test func `a name alone lacks its options`() {
        #expect(
            guards("IpAllow").errors == [
                "r.yaml:2:17: \"IpAllow\" needs options: { IpAllow: { ranges: [10.0.0.0/8] } }"
            ])
    }

    @Test func `ApiKey looks in one place and takes each name and hash once`() {
        guard case .apiKey(let plain) = settings("{ ApiKey: { keys: [{ name: a, sha256: \(hash) }] } }") else {
            return #expect(Bool(false))
        }
        #expect(plain.location == .header("x-api-key"))
        #expect(plain.keys.first?.sha256.prefix(3) == [0x0A, 0xF0, 0xAF])
        let several = guards("{ ApiKey: { header: A, query: b, keys: [{ name: a, sha256: \(hash) }] } }")
        #expect(several.errors == ["r.yaml:2:27: \"ApiKey\" looks in one place: \"header\", \"query\" or \"cookie\""])
        let twice = guards(
            "{ ApiKey: { keys: [{ name: a, sha256: \(hash) }, { name: b, sha256: \(hash.lowercased()) }] } }")
        #expect(twice.errors.first?.hasSuffix("two keys of \"ApiKey\" have the same hash") == true)
    }

    @Test func `keys are told apart by what they lead to`() throws {
        func key(_ text: String) throws -> RequestKey {
            guard case .rateLimit(let settings) = settings("{ RateLimit: { limit: 1, per: 1s, key: \(text) } }") else {
                throw NoKey()
            }
            return try #require(settings.key)
        }
        func hash(_ key: RequestKey, _ line: String, _ headers: [(String, String)] = []) -> UInt64 {
            TestRequest(line, host: "a.example:80", headers: headers).view { key.hash(of: $0) }
        }
        let header = try key("$header.X-Tenant")
        #expect(hash(header, "GET /", [("x-tenant", "a")]) == hash(header, "POST /b", [("x-tenant", "a")]))
        #expect(hash(header, "GET /", [("x-tenant", "a")]) != hash(header, "GET /", [("x-tenant", "b")]))
        #expect(
            hash(header, "GET /", [("x-tenant", "ab")])
                != hash(header, "GET /", [("x-tenant", "a"), ("x-tenant", "b")]))
        #expect(hash(header, "GET /") != 0)
        let query = try key("$query.t")
        #expect(hash(query, "GET /?t=%61") == hash(query, "GET /?x=1&t=a"))
        #expect(hash(query, "GET /?t=a") != hash(query, "GET /?t=b"))
        let path = try key("$request.path")
        #expect(hash(path, "GET /a") != hash(path, "GET /b"))
        #expect(hash(path, "GET /%61") == hash(path, "GET /a"))
        let host = try key("$request.host")
        func hostHash(_ name: String) -> UInt64 { TestRequest("GET /", host: name).view { host.hash(of: $0) } }
        #expect(hostHash("A.Example:80") == hostHash("a.example"))
        #expect(hostHash("b.example") != hostHash("a.example"))
        let ip = try key("$request.ip")
        #expect(hash(ip, "GET /a") == hash(ip, "GET /b"))
    }

    private struct NoKey: Error {}
}
