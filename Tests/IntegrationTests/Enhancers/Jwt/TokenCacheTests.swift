import MessageWire
import Pipeline
import Routing
import TestSupport
import Testing

@testable import MartletGateway

/// What one event loop remembers of tokens: never more than it may, never longer than they count.
@Suite struct TokenCacheTests {
    /// A guard of the test keys, with a cache of its own.
    private struct Fixture {
        let jwt: JWTGuard
        let keys: JWTKeys
        let cache: TokenCache

        init(_ options: String = "", keys text: String = KeySets.of(TestKeys.p256.jwk), capacity: Int = 64) async throws
        {
            let folder = try TestFolder()
            let path = try folder.write("keys.json", text)
            let settings = try JwtFixtures.settings("jwks: \(path), algorithms: ES256\(options)")
            keys = try await JWTKeys(settings)
            jwt = JWTGuard(settings, keys: keys, loops: 1)
            cache = TokenCache(capacity: capacity)
        }

        func isAccepted(_ token: String, now: Double) -> Bool {
            Array(token.utf8).withUnsafeBytes {
                if case .identified = jwt.verdict(on: $0, cache: cache, now: now) { true } else { false }
            }
        }

        func isKnown(_ token: String, now: Double) -> Bool {
            Array(token.utf8).withUnsafeBytes { cache.find($0, now: now) != nil }
        }
    }

    @Test func `a good token is remembered, exactly as long as it counts`() async throws {
        let fixture = try await Fixture(", leeway: 5s")
        let token = try await TokenSigner.es256().token(#""nbf":1000"#, exp: "2000")
        #expect(!fixture.isKnown(token, now: 1500))
        #expect(fixture.isAccepted(token, now: 1500))
        #expect(fixture.isKnown(token, now: 1500))
        // With the leeway of the file, to the last moment, and set back to the first.
        for (now, isGood) in [(995.0, true), (994.9, false), (2004.9, true), (2005, false), (3000, false)] {
            let fresh = try await Fixture(", leeway: 5s")
            #expect(fresh.isAccepted(token, now: now) == isGood, "\(now)")
            #expect(fixture.isAccepted(token, now: 1500))
            #expect(fixture.isKnown(token, now: now) == isGood, "\(now)")
            #expect(fixture.isAccepted(token, now: now) == isGood, "\(now)")
        }
        // What is over is gone.
        #expect(!fixture.isKnown(token, now: 1500))
    }

    @Test func `maxAge ends it before exp does`() async throws {
        let fixture = try await Fixture(", leeway: 0s, maxAge: 10s")
        let token = try await TokenSigner.es256().token(#""iat":1000"#, exp: "2000")
        #expect(fixture.isAccepted(token, now: 1009))
        #expect(fixture.isKnown(token, now: 1009.9))
        #expect(!fixture.isKnown(token, now: 1010))
        #expect(!fixture.isAccepted(token, now: 1010))
    }

    @Test func `one that says nothing of its end is remembered until keys change`() async throws {
        let fixture = try await Fixture(", requireExpiry: false")
        let token = try await TokenSigner.es256().token(exp: "")
        #expect(fixture.isAccepted(token, now: 0))
        #expect(fixture.isKnown(token, now: 1e12))
    }

    @Test func `what is wrong is not remembered`() async throws {
        let fixture = try await Fixture()
        let wrong = try await TokenSigner.es256(TestKeys.attacker).token()
        for _ in 0..<2 {
            #expect(!fixture.isAccepted(wrong, now: 0))
            #expect(!fixture.isKnown(wrong, now: 0))
        }
    }

    @Test func `no other token is taken for it`() async throws {
        let fixture = try await Fixture()
        let token = try await TokenSigner.es256().token()
        #expect(fixture.isAccepted(token, now: 0))
        let bytes = Array(token.utf8)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(!fixture.isKnown(String(decoding: changed, as: UTF8.self), now: 0))
        }
        for other in [token + "=", String(token.dropLast()), " " + token, token + "." + token] {
            #expect(!fixture.isKnown(other, now: 0))
            #expect(!fixture.isAccepted(other, now: 0))
        }
    }

    @Test(arguments: [(64, 64), (100, 64), (4, 4), (3, 0), (0, 0)])
    func `it is bounded`(capacity: Int, held: Int) async throws {
        let fixture = try await Fixture(capacity: capacity)
        fixture.cache.follow(fixture.keys)
        let claims = ClaimSet([])
        // As signatures do, they differ at their ends.
        let tokens = (0..<2_000).map { "header.claims.signature-\($0 * 7919)" }
        for token in tokens {
            Array(token.utf8).withUnsafeBytes { fixture.cache.keep($0, claims, times: 0..<10) }
            #expect(fixture.isKnown(token, now: 1) == (held > 0))
        }
        #expect(tokens.count { fixture.isKnown($0, now: 1) } <= held)
        // With so many, every place has been used.
        if held > 0 { #expect(tokens.count { fixture.isKnown($0, now: 1) } == held) }
        // Nothing is remembered twice, and nothing is left of what is over.
        #expect(tokens.count { fixture.isKnown($0, now: 10) } == 0)
        #expect(tokens.count { fixture.isKnown($0, now: 1) } == 0)
    }

    @Test func `long tokens are verified each time`() async throws {
        let fixture = try await Fixture()
        let token = try await TokenSigner.es256().token("\"x\":\"\(String(repeating: "x", count: 4000))\"")
        for _ in 0..<2 {
            #expect(fixture.isAccepted(token, now: 0))
            #expect(!fixture.isKnown(token, now: 0))
        }
    }

    @Test func `everything is forgotten when the keys change`() async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let settings = try JwtFixtures.settings("jwks: \(path), algorithms: ES256")
        let keys = try await JWTKeys(settings)
        let watch = Task { await keys.watch(logger: CollectedLog().logger) }
        let jwt = JWTGuard(settings, keys: keys, loops: 1)
        let cache = TokenCache(capacity: 64)
        let token = Array(try await TokenSigner.es256().token().utf8)
        func isAccepted() -> Bool {
            token.withUnsafeBytes {
                if case .identified = jwt.verdict(on: $0, cache: cache, now: 0) { true } else { false }
            }
        }
        #expect(isAccepted())
        try folder.write("keys.json", KeySets.of(TestKeys.attacker.jwk))
        try await eventually("the new keys") { keys.generation == 2 }
        #expect(!isAccepted())
        try folder.write("keys.json", KeySets.of(TestKeys.attacker.jwk, TestKeys.p256.jwk))
        try await eventually("both keys") { keys.generation == 3 }
        #expect(isAccepted())
        watch.cancel()
        await watch.value
    }
}

enum JwtFixtures {
    /// What a route file says in the options of a `Jwt`.
    static func settings(_ options: String) throws -> JWTSettings {
        let file = try RouteFile.load(
            text: """
                version: 1
                use: { guards: [{ Jwt: { \(options) } }] }
                services: { s: { endpoints: ["h:1"] } }
                routes: []
                """, name: "r.yaml", variables: [:])
        guard case .jwt(let settings) = file.enhancers.first?.settings.guardSettings else { throw NoSettings() }
        return settings
    }

    struct NoSettings: Error {}
}
