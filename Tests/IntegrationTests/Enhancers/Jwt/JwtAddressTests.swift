import TestSupport
import Testing

/// Keys from an address, through the whole gateway.
@Suite struct JwtAddressTests {
    private func gateway(_ server: KeyServer, refresh: String = "1h", log: CollectedLog? = nil) async throws
        -> GuardedGateway
    {
        try await GuardedGateway(
            "{ Jwt: { jwks: \"\(server.address)\", algorithms: ES256, refresh: \(refresh) } }", log: log)
    }

    private let first = KeySets.of(KeySets.named("k1", TestKeys.p256))
    private let second = KeySets.of(KeySets.named("k2", TestKeys.attacker))

    private func token(_ kid: String) async throws -> String {
        try await TokenSigner.es256(kid == "k1" ? TestKeys.p256 : TestKeys.attacker).token(header: "\"kid\":\"\(kid)\"")
    }

    @Test func `they are there before anybody is listened to`() async throws {
        let server = try await KeyServer(keys: first)
        let gateway = try await gateway(server)
        #expect(server.requestCount == 1)
        for _ in 0..<3 { #expect(try await gateway.get(token: token("k1")).status == 200) }
        #expect(server.requestCount == 1)
        await gateway.stop()
        await server.stop()
    }

    @Test(arguments: [
        (KeyServer.Answer(status: 404, body: "{}"), "answered 404"),
        (KeyServer.Answer(status: 204, body: ""), "answered 204"),
        (KeyServer.Answer(body: "nonsense"), "no JWK Set"), (KeyServer.Answer(body: ""), "no JWK Set"),
        (KeyServer.Answer(body: "{\"keys\":[]}"), "the JWK Set holds no keys"),
        (
            KeyServer.Answer(body: String(repeating: " ", count: 1 << 20) + KeySets.of(TestKeys.p256.jwk)),
            "the answer is larger than 1 MiB"
        ),
    ])
    func `without keys it starts, refuses, and goes on asking`(answer: KeyServer.Answer, reason: String) async throws {
        let server = try await KeyServer(answer)
        let log = CollectedLog()
        let gateway = try await gateway(server, refresh: "1s", log: log)
        let refused = try await gateway.get(token: token("k1"))
        #expect(refused.status == 503)
        #expect(refused.body.contains("\"code\":\"guard_unavailable\""))
        #expect(refused.fields["retry-after"] == "1")
        // Who shows none is told so all the same.
        #expect(try await gateway.get().status == 401)
        let line = "cannot fetch the keys; requests are refused until they are there"
        #expect(log.contains("warning \(line) at=test.yaml:11:24 guard=Jwt reason="))
        try await eventually(reason) { log.lines.contains { $0.contains(line) && $0.contains(reason) } }
        server.publish(first)
        try await eventually("keys") { try await gateway.get(token: token("k1")).status == 200 }
        await gateway.stop()
        await server.stop()
    }

    @Test func `nobody is followed elsewhere`() async throws {
        let elsewhere = try await KeyServer(keys: first)
        let server = try await KeyServer(
            KeyServer.Answer(status: 302, fields: "location: \(elsewhere.address)\r\n", body: ""))
        let log = CollectedLog()
        let gateway = try await gateway(server, log: log)
        #expect(try await gateway.get(token: token("k1")).status == 503)
        #expect(log.contains("answered 302"))
        #expect(elsewhere.requestCount == 0)
        await gateway.stop()
        await server.stop()
        await elsewhere.stop()
    }

    /// The only one that takes its time: ten seconds, after which nobody waits for keys any more.
    @Test func `a server that does not answer holds nobody up for ever`() async throws {
        let server = try await KeyServer(nil)
        let gateway = try await gateway(server, refresh: "1s")
        #expect(try await gateway.get(token: token("k1")).status == 503)
        server.publish(first)
        try await eventually("keys") { try await gateway.get(token: token("k1")).status == 200 }
        await gateway.stop()
        await server.stop()
    }

    @Test func `while it is away the keys from before count on`() async throws {
        let server = try await KeyServer(keys: first)
        let log = CollectedLog()
        let gateway = try await gateway(server, refresh: "1s", log: log)
        await server.stop()
        try await eventually("a failure") { log.contains("warning cannot fetch the keys; those from before count on") }
        #expect(try await gateway.get(token: token("k1")).status == 200)
        await gateway.stop()
    }

    @Test func `a key that is taken back counts no longer`() async throws {
        let server = try await KeyServer(keys: first)
        let gateway = try await gateway(server, refresh: "1s")
        #expect(try await gateway.get(token: token("k1")).status == 200)
        server.publish(second)
        try await eventually("a refusal") { try await gateway.get(token: token("k1")).status == 401 }
        #expect(try await gateway.get(token: token("k2")).status == 200)
        await gateway.stop()
        await server.stop()
    }

    @Test func `a key that nobody knows is asked for`() async throws {
        let server = try await KeyServer(keys: first)
        let gateway = try await gateway(server)
        server.publish(second)
        #expect(try await gateway.get(token: token("k2")).status == 401)
        try await eventually("the new key") { try await gateway.get(token: token("k2")).status == 200 }
        #expect(server.requestCount == 2)
        await gateway.stop()
        await server.stop()
    }

    @Test func `no token leads anywhere`() async throws {
        let attacker = try await KeyServer(keys: KeySets.of(KeySets.named("k2", TestKeys.attacker)))
        let server = try await KeyServer(keys: first)
        let gateway = try await gateway(server)
        let signer = try await TokenSigner.es256(TestKeys.attacker)
        for header in [
            "\"jku\":\"\(attacker.address)\"", "\"x5u\":\"\(attacker.address)\"", "\"kid\":\"\(attacker.address)\"",
            "\"kid\":\"k2\",\"jku\":\"\(attacker.address)\",\"x5u\":\"\(attacker.address)\"",
        ] {
            #expect(
                try await gateway.get(token: signer.token("\"iss\":\"\(attacker.address)\"", header: header)).status
                    == 401)
        }
        // An unknown key leads to the file's own address, and nowhere else.
        try await eventually("a refresh") { server.requestCount == 2 }
        #expect(attacker.requestCount == 0)
        await gateway.stop()
        await server.stop()
        await attacker.stop()
    }
}
