import TestSupport
import Testing

/// Which requests of a route have a line, and in which form.
@Suite struct AccessLogEnhancerTests {
    /// `GET /get/400` is refused by the service with that status.
    private func gateway(_ use: String, _ lines: AccessLines, log: String? = "text") async throws -> BuiltInGateway {
        try await BuiltInGateway(
            """
              - { id: get, match: GET /get/:id, send: { service: s, pattern: get }, payload: { from: $path.id, pipes: [ParseInt] }, use: { interceptors: [\(use)] } }
              - { id: other, match: GET /other, send: { service: s, pattern: other } }
            """, accessLog: lines.writer,
            answer: { packet, id in
                let status = ReceivedPackets.payload(packet)
                guard status.count == 3 else { return value("1", id) }
                return frame(
                    "{\"err\":{\"statusCode\":\(status),\"message\":\"m\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
            })
    }

    private func statuses(_ lines: [String]) -> [Substring] { lines.map { $0.split(separator: " ")[1] } }

    @Test func `only answers from a status on have a line; other routes keep theirs`() async throws {
        let lines = try AccessLines()
        let gateway = try await gateway("{ AccessLog: { minStatus: 404 } }", lines)
        for path in ["/get/1", "/get/403", "/get/404", "/get/500", "/get/x", "/other", "/none"] {
            _ = try await gateway.ask("GET \(path)")
        }
        await gateway.stop()
        #expect(statuses(lines.read()) == ["404", "500", "200", "404"])
    }

    @Test func `a route's lines may be JSON`() async throws {
        let lines = try AccessLines()
        let gateway = try await gateway("{ AccessLog: { format: json } }", lines)
        _ = try await gateway.ask("GET /get/1?secret=1")
        _ = try await gateway.ask("GET /get/404")
        _ = try await gateway.ask("GET /other")
        await gateway.stop()
        let written = lines.read()
        #expect(written.count == 3)
        #expect(written[0].hasPrefix("{\"ts\":\""))
        #expect(
            written[0].contains(
                "\"status\":200,\"method\":\"GET\",\"path\":\"/get/1\",\"route\":\"get\",\"duration_ms\":"))
        #expect(written[1].contains("\"status\":404") && written[1].contains("\"code\":\"service_error\""))
        #expect(written[2].contains(" 200 GET /other "))
    }

    @Test func `a line has all its columns where the gateway keeps no log otherwise`() async throws {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        let gateway = try await TestGateway(
            routes: """
                  - { id: get, match: GET /get/:id, send: { service: s, pattern: get }, use: { interceptors: [AccessLog] } }
                  - { id: other, match: GET /other, send: { service: s, pattern: other } }
                """, servicePorts: [server.port], accessLog: lines.writer, keepsAccessLog: false)
        _ = try await gateway.exchange("GET /get/7 HTTP/1.1\r\nhost: t\r\n\r\n")
        _ = try await gateway.exchange("GET /other HTTP/1.1\r\nhost: t\r\n\r\n")
        await gateway.stop()
        service.cancel()
        let written = lines.read()
        #expect(written.count == 1)
        #expect(written[0].contains(" 200 GET /get/7 "))
        #expect(written[0].contains(" 127.0.0.1 route=get id="))
    }

    @Test func `a guard's refusal is a line of its route`() async throws {
        let lines = try AccessLines()
        let gateway = try await BuiltInGateway(
            use: "guards: [{ IpDeny: { ranges: [127.0.0.1] } }], interceptors: [{ AccessLog: { minStatus: 400 } }]",
            accessLog: lines.writer)
        _ = try await gateway.ask("GET /get/7")
        _ = try await gateway.post("/sum", "[]")
        await gateway.stop()
        let written = lines.read()
        #expect(statuses(written) == ["403", "403"])
        #expect(written[0].contains("route=get code=forbidden"))
        #expect(written[1].contains("route=sum code=forbidden"))
    }
}
