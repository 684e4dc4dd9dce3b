import Routing
import TestSupport
import Testing

@testable import MartletGateway

/// How often an address is asked for its keys, and over which connection.
@Suite struct JwtRefreshTests {
    private static let pause = Duration.milliseconds(200)

    /// Keys that are looked after until the body has ended.
    private func following(_ server: KeyServer, _ body: (JWTKeys) async throws -> Void) async throws {
        let settings = try JwtFixtures.settings("jwks: \"\(server.address)\", algorithms: ES256, refresh: 1h")
        let keys = try await JWTKeys(settings, pause: Self.pause)
        let watch = Task { await keys.watch(logger: CollectedLog().logger) }
        try await eventually("the first keys") { keys.generation > 0 }
        try await body(keys)
        watch.cancel()
        await watch.value
        await server.stop()
    }

    @Test func `whatever clients ask for, there is a pause between two attempts`() async throws {
        let server = try await KeyServer(keys: KeySets.of(TestKeys.p256.jwk))
        try await following(server) { keys in
            try await eventually("some attempts") {
                for _ in 0..<100 { keys.isStale() }
                return server.requestCount >= 5
            }
            let arrivals = server.arrivals
            for (one, next) in zip(arrivals, arrivals.dropFirst()) { #expect(next - one >= Self.pause) }
            // The same keys again are no news: what was found good stays remembered.
            #expect(keys.generation == 1)
            server.publish(KeySets.of(TestKeys.attacker.jwk))
            keys.isStale()
            try await eventually("the new keys") { keys.generation == 2 }
        }
    }

    @Test func `nobody asks, nobody fetches`() async throws {
        let server = try await KeyServer(keys: KeySets.of(TestKeys.p256.jwk))
        try await following(server) { keys in
            let before = server.requestCount
            keys.isStale()
            try await eventually("one more") { server.requestCount == before + 1 }
            // Three further pauses, in which one that should not be would come.
            let end = ContinuousClock.now + Self.pause * 3
            try await eventually("time") { ContinuousClock.now >= end }
            #expect(server.requestCount == before + 1)
        }
    }

    @Test func `https needs a certificate that counts`() async throws {
        let server = try await ScriptedServer()
        let task = answering(server) { _, id in value(KeySets.of(TestKeys.p256.jwk), id) }
        let pair = "cert: \"\(TestCertificates.path("ec.pem"))\", key: \"\(TestCertificates.path("ec.key"))\""
        let provider = try await TestGateway(
            routes: "  - { id: keys, match: GET /keys, send: { service: s, pattern: keys } }",
            servicePorts: [server.port],
            listen: "{ address: \"127.0.0.1:0\", protocols: [http1], tls: { \(pair) } }")
        let address = "https://localhost:\(provider.port)/keys"
        let bytes = try await KeySource.fetch(address, authorities: TestCertificates.path("ca.pem"))
        #expect(String(decoding: bytes, as: UTF8.self) == KeySets.of(TestKeys.p256.jwk))
        for (address, authorities) in [
            (address, nil), (address, TestCertificates.path("client.pem")), (address, "/nowhere"),
        ] {
            await #expect(throws: KeySourceError.self) {
                try await KeySource.fetch(address, authorities: authorities)
            }
        }
        // What stands behind the path may be secret.
        let error = await #expect(throws: KeySourceError.self) {
            try await KeySource.fetch(address + "?key=hunter2", authorities: nil)
        }
        #expect(error?.description.hasPrefix(address + ": ") == true)
        task.cancel()
        await provider.stop()
    }
}
