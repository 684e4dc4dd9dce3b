import MartletGateway
import TestSupport
import Testing

/// A real Prometheus reads what a gateway shows, and its answers give the load that was sent.
@Suite struct PrometheusScrapeTests {
    @Test(.enabled(if: Programs.has("prometheus"), "prometheus is not installed (Debian: prometheus)"))
    func `the queries of a real Prometheus give the load that was sent`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("[1,2,3]", id) }
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port], gateway: "admin: { address: \"127.0.0.1:0\" }",
            loops: 2)
        let prometheus = try await ForeignPrometheus(scraping: try #require(gateway.gateway.adminAddress))
        defer { prometheus.stop() }
        try await eventually("the gateway is seen") { try await prometheus.value("up == 1") == 1 }
        // Forty good requests over four connections, seven that match nothing, three events.
        for _ in 0..<4 {
            let good = String(repeating: "GET /get/1 HTTP/1.1\r\nhost: t\r\n\r\n", count: 10)
            #expect(try await gateway.exchange(good).map(\.status) == Array(repeating: 200, count: 10))
        }
        let bad = String(repeating: "GET /nowhere HTTP/1.1\r\nhost: t\r\n\r\n", count: 7)
        #expect(try await gateway.exchange(bad).count == 7)
        let event = "POST /event HTTP/1.1\r\nhost: t\r\ncontent-length: 2\r\n\r\n[]"
        #expect(try await gateway.exchange(event + event + event).count == 3)
        for (query, expected) in [
            ("sum(martlet_requests_total)", 50.0), ("sum(martlet_requests_total{reason=\"\"})", 43),
            ("martlet_requests_total{route=\"get\",status=\"200\"}", 40),
            ("martlet_requests_total{reason=\"not_found\"}", 7),
            ("martlet_requests_total{route=\"event\",status=\"202\"}", 3),
            ("martlet_request_duration_seconds_count{route=\"get\"}", 40),
            ("martlet_request_duration_seconds_bucket{route=\"get\",le=\"+Inf\"}", 40),
            ("martlet_response_body_bytes_total{route=\"get\"}", 280),
            ("martlet_request_body_bytes_total{route=\"event\"}", 6),
            ("sum(martlet_upstream_requests_total)", 40), ("sum(martlet_upstream_events_total)", 3),
            ("sum(martlet_upstream_request_duration_seconds_count)", 40),
            ("sum(martlet_connections_accepted_total)", 6), ("sum(martlet_connections_open)", 0),
            ("sum(martlet_requests_in_flight)", 0), ("martlet_upstream_endpoint_state{state=\"up\"}", 1),
            ("sum(martlet_upstream_queue_length)", 0), ("martlet_build_info", 1),
        ] {
            try await eventually("\(query) is \(expected)") { try await prometheus.value(query) == expected }
        }
        let median = "histogram_quantile(0.5, martlet_request_duration_seconds_bucket{route=\"get\"})"
        #expect(try await prometheus.value(median) ?? 0 > 0)
        #expect(try await prometheus.value("process_resident_memory_bytes{job=\"martlet\"}") ?? 0 > 1_000_000)
        await gateway.stop()
        service.cancel()
    }
}
