import TestSupport
import Testing

/// `Timeout` shortens the clocks of a route's messages; it never makes them longer.
@Suite struct TimeoutTests {
    private func gateway(
        _ after: String, service: String = "timeout: 30s, pool: { queueTimeout: 30s, connectTimeout: 30s }",
        route: String = "", answer: @escaping @Sendable (String, String) -> String? = { _, _ in nil }
    ) async throws -> BuiltInGateway {
        try await BuiltInGateway(
            """
              - { id: get, match: GET /get/:id, send: { service: s, pattern: get } \(route) }
            \(Self.warm)
            """, use: "interceptors: [{ Timeout: { after: \(after) } }]", service: service
        ) { packet, id in
            packet.contains("\"warm\"") ? value("1", id) : answer(packet, id)
        }
    }

    /// Without a connection a message is not sent, which is another answer than one that did not come.
    private static let warm =
        "  - { id: warm, match: GET /warm, send: { service: s, pattern: warm }, timeout: 30s, without: [Timeout] }"

    private func expectTimeout(_ gateway: BuiltInGateway) async throws {
        #expect(try await gateway.ask("GET /warm").status == 200)
        let answer = try await gateway.ask("GET /get/7")
        #expect(answer.status == 504)
        #expect(answer.body.contains("\"code\":\"upstream_timeout\""))
        await gateway.stop()
    }

    @Test func `shorter than the service's it counts`() async throws { try await expectTimeout(gateway("50ms")) }

    @Test func `shorter than the route's it counts`() async throws {
        try await expectTimeout(gateway("50ms", route: ", timeout: 20s"))
    }

    @Test func `longer than the service's it does not`() async throws {
        try await expectTimeout(
            gateway("30s", service: "timeout: 50ms, pool: { queueTimeout: 30s, connectTimeout: 30s }"))
    }

    @Test func `longer than the route's it does not`() async throws {
        try await expectTimeout(gateway("30s", route: ", timeout: 50ms"))
    }

    @Test func `a route may take it away or have its own`() async throws {
        let gateway = try await BuiltInGateway(
            """
              - { id: own, match: GET /own, send: { service: s, pattern: a }, use: { interceptors: [{ Timeout: { after: 50ms, replace: true } }] } }
              - { id: none, match: GET /none, send: { service: s, pattern: a }, timeout: 50ms, without: [Timeout] }
            \(Self.warm)
            """, use: "interceptors: [{ Timeout: { after: 30s } }]",
            answer: { packet, id in packet.contains("\"warm\"") ? value("1", id) : nil })
        #expect(try await gateway.ask("GET /warm").status == 200)
        #expect(try await gateway.ask("GET /own").status == 504)
        #expect(try await gateway.ask("GET /none").status == 504)
        await gateway.stop()
    }

    @Test func `an answer in time is not touched`() async throws {
        let gateway = try await gateway("30s") { _, id in value("1", id) }
        #expect(try await gateway.ask("GET /get/7").body == "1")
        await gateway.stop()
    }

    @Test func `it is the time of a whole stream`() async throws {
        // On a busy machine the first value may come too late; more time then.
        for after in ["150ms", "1s", "5s", "25s"] {
            let gateway = try await gateway(after) { packet, _ in Packet.part("1", to: packet) }
            let answer = try await gateway.ask("GET /get/7", "accept: application/x-ndjson")
            await gateway.stop()
            #expect(answer.body.contains("\"code\":\"upstream_timeout\""))
            guard answer.status == 200 else { continue }
            #expect(answer.body.hasPrefix("1\n{\"error\":"))
            #expect(!answer.isComplete)
            return
        }
        #expect(Bool(false), "the stream never began")
    }
}
