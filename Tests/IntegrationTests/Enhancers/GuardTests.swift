import Synchronization
import TestSupport
import Testing

/// How many packets a service got.
private final class PacketLog: Sendable {
    private let packets = Mutex(0)

    func add() { packets.withLock { $0 += 1 } }
    var count: Int { packets.withLock { $0 } }
}

/// Guards decide before a body is read and before anything is sent, on HTTP/1.1 and HTTP/2.
@Suite struct GuardTests {
    // The SHA-256 of "open sesame".
    private static let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"

    private func gateway(_ guards: String, _ server: ScriptedServer, loops: Int = 1) async throws -> TestGateway {
        try await TestGateway(
            routes: """
                  - { id: sum, match: POST /sum, send: { service: s, pattern: sum } }
                  - { id: get, match: GET /get/:id, send: { service: s, pattern: get } }
                  - { id: open, match: GET /open, send: { service: s, pattern: open }, without: [ApiKey, IpDeny, RateLimit] }
                """, servicePorts: [server.port],
            top: """
                use:
                  guards: [\(guards)]
                """, loops: loops)
    }

    /// A gateway whose service counts what it gets.
    private func counted(_ guards: String) async throws -> (TestGateway, PacketLog, Task<Void, any Error>) {
        let server = try await ScriptedServer()
        let packets = PacketLog()
        let service = answering(server) { _, id in
            packets.add()
            return value("1", id)
        }
        return (try await gateway(guards, server), packets, service)
    }

    private func post(_ path: String, _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nhost: t\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\(fields)\r\n[]"
    }

    private func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nhost: t\r\n\(fields)\r\n"
    }

    private let all = """
        { ApiKey: { keys: [{ name: a, sha256: \(hash) }] } }, { IpDeny: { ranges: ["192.0.2.0/24"] } },
        { RateLimit: { limit: 1000, per: 1s } }
        """

    @Test func `nothing is sent for who has no key`() async throws {
        let (gateway, packets, service) = try await counted(all)
        for request in [
            post("/sum"), get("/get/1"), post("/sum", "x-api-key: wrong\r\n"), get("/get/1", "x-api-key:\r\n"),
            get("/get/1", "x-api-key: open sesame\r\nx-api-key: open sesame\r\n"),
            get("/get/1?x-api-key=open%20sesame"),
        ] {
            let answer = try #require(try await gateway.exchange(request).first)
            #expect(answer.status == 401)
            #expect(answer.fields["www-authenticate"] == "ApiKey in=\"header\", name=\"x-api-key\"")
            #expect(answer.body.contains("\"code\":\"unauthorized\""))
        }
        #expect(packets.count == 0)
        for request in [
            post("/sum", "x-api-key: open sesame\r\n"), get("/get/1", "x-api-key: open sesame\r\n"), get("/open"),
        ] {
            #expect(try await gateway.exchange(request).first?.status == 200)
        }
        #expect(packets.count == 3)
        service.cancel()
        await gateway.stop()
    }

    @Test func `the key is looked for where the file says`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        for (place, good, bad) in [
            ("query: key", get("/get/1?key=open+sesame"), get("/get/1?key=open+sesame&key=open+sesame")),
            ("cookie: key", get("/get/1", "cookie: a=b; key=open%20sesame\r\n"), get("/get/1", "cookie: key=no\r\n")),
            (
                "header: Authorization", get("/get/1", "authorization: open sesame\r\n"),
                get("/get/1", "x-api-key: open sesame\r\n")
            ),
        ] {
            let gateway = try await gateway(
                "{ ApiKey: { \(place), keys: [{ name: a, sha256: \(Self.hash) }] } }, { IpDeny: { ranges: [\"::9\"] } }, { RateLimit: { limit: 9, per: 1s } }",
                server)
            #expect(try await gateway.exchange(good).first?.status == 200, "\(place)")
            #expect(try await gateway.exchange(bad).first?.status == 401, "\(place)")
            await gateway.stop()
        }
        service.cancel()
    }

    @Test func `a guard refuses before the body is asked for`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(all, server)
        let client = try await gateway.connect()
        try await client.send(
            "POST /sum HTTP/1.1\r\nhost: t\r\ncontent-type: text/plain\r\ncontent-length: 999999999\r\nexpect: 100-continue\r\n\r\n"
        )
        let answers = ParsedResponse.parse(await client.receiveAll())
        #expect(answers.map(\.status) == [401])
        await gateway.stop()
    }

    @Test(arguments: [
        ("IpAllow", "[127.0.0.0/8]", 200), ("IpAllow", "[\"::1\", 10.0.0.0/8]", 403), ("IpDeny", "[127.0.0.1]", 403),
        ("IpDeny", "[10.0.0.0/8]", 200),
    ])
    func `addresses are let in or not`(name: String, ranges: String, status: Int) async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port],
            top: "use: { guards: [{ \(name): { ranges: \(ranges) } }] }")
        #expect(try await gateway.exchange(post("/sum")).first?.status == status)
        #expect(try await gateway.exchange(get("/get/1")).first?.status == status)
        service.cancel()
        await gateway.stop()
    }

    @Test func `a limit is counted once for a request, and answers say what is left`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        let gateway = try await gateway(
            "{ ApiKey: { keys: [{ name: a, sha256: \(Self.hash) }] } }, { IpDeny: { ranges: [\"::9\"] } }, { RateLimit: { limit: 3, per: 1h, key: $header.x-api-key } }",
            server, loops: 2)
        let key = "x-api-key: open sesame\r\n"
        var left: [String?] = []
        for request in [post("/sum", key), get("/get/1", key), post("/sum", key)] {
            let answer = try #require(try await gateway.exchange(request).first)
            #expect(answer.status == 200)
            #expect(answer.fields["ratelimit-limit"] == "3")
            left.append(answer.fields["ratelimit-remaining"])
        }
        #expect(left == ["2", "1", "0"])
        for request in [post("/sum", key), get("/get/1", key)] {
            let answer = try #require(try await gateway.exchange(request).first)
            #expect(answer.status == 429)
            #expect((1100...1200).contains(answer.fields["retry-after"].flatMap { Int($0) } ?? 0))
            #expect(answer.fields["ratelimit-remaining"] == "0")
            #expect(answer.body.contains("\"code\":\"rate_limited\""))
        }
        // Guards before it refuse first, and what they refuse is not counted.
        #expect(try await gateway.exchange(get("/get/1")).first?.status == 401)
        #expect(try await gateway.exchange(get("/open")).first?.fields["ratelimit-limit"] == nil)
        service.cancel()
        await gateway.stop()
    }

    @Test func `over HTTP 2 it is the same`() async throws {
        let (gateway, packets, service) = try await counted(all)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(
            .request(1, "GET", "/get/1"), .request(3, "POST", "/sum", endsStream: false), .data(3, "[]"),
            .request(5, "POST", "/sum", fields: [("x-api-key", "open sesame")], endsStream: false),
            .data(5, "[", endsStream: false),
            .data(5, "]"), .request(7, "GET", "/get/2", fields: [("x-api-key", "open sesame")]))
        for (stream, status) in [(1, 401), (3, 401), (5, 200), (7, 200)] {
            let answer = await client.answer(stream)
            #expect(answer?.status == status, "stream \(stream)")
            #expect((answer?.fields["ratelimit-remaining"] == nil) == (status == 401), "stream \(stream)")
        }
        #expect(packets.count == 2)
        service.cancel()
        await gateway.stop()
    }

    @Test func `behind a trusted proxy the client is who it names`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { packet, id in value(Packet.payload(packet), id) }
        let gateway = try await TestGateway(
            routes: """
                  - { id: who, match: GET /who, send: { service: s, pattern: who }, payload: $request.ip }
                  - { id: post, match: POST /sum, send: { service: s, pattern: sum } }
                """, servicePorts: [server.port], gateway: "trustedProxies: [127.0.0.1]",
            top: "use: { guards: [{ IpAllow: { ranges: [192.0.2.0/24] } }] }")
        let forwarded = "x-forwarded-for: 203.0.113.1, 192.0.2.7\r\n"
        #expect(try await gateway.exchange(get("/who", forwarded)).first?.body == "\"192.0.2.7\"")
        #expect(try await gateway.exchange(post("/sum", forwarded)).first?.status == 200)
        #expect(
            try await gateway.exchange(post("/sum", "x-forwarded-for: 192.0.2.7, 203.0.113.1\r\n")).first?.status == 403
        )
        #expect(try await gateway.exchange(get("/who")).first?.status == 403)
        service.cancel()
        await gateway.stop()
    }
}
