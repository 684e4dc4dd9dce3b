import CoreMetrics
import Foundation
import MartletGateway
import TestSupport
import Testing

/// What a running gateway shows of itself.
@Suite struct MetricsTextTests {
    private let routes = """
          - { id: sum, match: POST /sum, send: { service: s, pattern: { cmd: sum } } }
          - { id: get, match: GET /get/:id, send: { service: s, pattern: { cmd: get } } }
          - id: cached
            match: GET /cached
            send: { service: s, pattern: cached }
            use: { interceptors: [{ Cache: { ttl: 60s, shared: true } }] }
          - id: limited
            match: GET /limited
            send: { service: s, pattern: limited }
            use: { guards: [{ RateLimit: { key: $request.ip, limit: 1, per: 1h } }] }
          - { id: event, match: POST /event, emit: { service: s, pattern: happened } }
        """

    /// The samples of a text by what stands before the value.
    private func samples(_ text: String) -> [String: String] {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Dictionary(
            uniqueKeysWithValues: lines.compactMap { line in
                line.lastIndex(of: " ").map { (String(line[..<$0]), String(line[line.index(after: $0)...])) }
            })
    }

    @Test func `requests are counted by route, status and reason, with their bytes and times`() async throws {
        let server = try await ScriptedServer()
        let service = answering(server) { packet, id in
            packet.contains("\"data\":\"taken\"")
                ? frame(#"{"err":{"statusCode":409,"code":"EMAIL_TAKEN"},"isDisposed":true,"id":"\#(id)"}"#)
                : value("[1,2,3]", id)
        }
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port], loops: 2)
        let client = "connection: close\r\n\r\n"
        for _ in 0..<3 { _ = try await gateway.exchange("GET /get/1 HTTP/1.1\r\nhost: t\r\n\(client)") }
        for _ in 0..<2 { _ = try await gateway.exchange("GET /cached HTTP/1.1\r\nhost: t\r\n\(client)") }
        for _ in 0..<2 { _ = try await gateway.exchange("GET /limited HTTP/1.1\r\nhost: t\r\n\(client)") }
        _ = try await gateway.exchange("GET /nowhere HTTP/1.1\r\nhost: t\r\n\(client)")
        _ = try await gateway.exchange("POST /sum HTTP/1.1\r\nhost: t\r\ncontent-length: 7\r\n\(client)\"taken\"")
        _ = try await gateway.exchange("POST /event HTTP/1.1\r\nhost: t\r\ncontent-length: 1\r\n\(client)1")
        try await eventually("every connection is closed") { await gateway.gateway.metrics().connectionsOpen == 0 }
        let text = await gateway.gateway.metricsText()
        #expect(text.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let seen = samples(text.text)
        func requests(_ route: String, _ status: Int, _ reason: String = "", service: String = "s") -> String? {
            let labels = "route=\"\(route)\",service=\"\(service)\",status=\"\(status)\",reason=\"\(reason)\""
            return seen["martlet_requests_total{\(labels)}"]
        }
        #expect(requests("get", 200) == "3")
        #expect(requests("cached", 200) == "2")
        #expect(requests("-", 404, "not_found", service: "-") == "1")
        #expect(requests("sum", 409, "other") == "1")
        #expect(requests("event", 202) == "1")
        let get = "{route=\"get\",service=\"s\"}"
        #expect(seen["martlet_request_duration_seconds_count\(get)"] == "3")
        #expect(seen["martlet_request_duration_seconds_bucket{route=\"get\",service=\"s\",le=\"+Inf\"}"] == "3")
        #expect(seen["martlet_response_body_bytes_total\(get)"] == "21")
        #expect(seen["martlet_requests_in_flight\(get)"] == "0.0")
        #expect(seen["martlet_request_body_bytes_total{route=\"sum\",service=\"s\"}"] == "7")
        let endpoint = "service=\"s\",endpoint=\"127.0.0.1:\(server.port)\""
        #expect(seen["martlet_upstream_events_total{\(endpoint)}"] == "1")
        #expect(seen["martlet_upstream_error_answers_total{\(endpoint)}"] == "1")
        #expect(seen["martlet_upstream_endpoint_state{\(endpoint),state=\"up\"}"] == "1.0")
        #expect(seen["martlet_connections_accepted_total{listener=\"127.0.0.1:0\"}"] == "10")
        #expect(seen["martlet_event_loop_cpu_seconds_total{loop=\"1\"}"].flatMap(Double.init) ?? 0 > 0)
        // Each loop has a cache and a share of the limit of its own; how the connections are spread is the system's matter.
        let hits = seen["martlet_cache_hits_total{route=\"cached\"}"].flatMap(Int.init) ?? 0
        let misses = seen["martlet_cache_misses_total{route=\"cached\"}"].flatMap(Int.init) ?? 0
        #expect(hits + misses == 2 && misses >= 1)
        let limited = [requests("limited", 200), requests("limited", 429, "rate_limited")].map { Int($0 ?? "0") ?? 0 }
        #expect(limited.reduce(0, +) == 2)
        let sent = seen["martlet_upstream_requests_total{\(endpoint)}"].flatMap(Int.init) ?? 0
        #expect(sent == 4 + misses + limited[0])
        #expect(seen["martlet_upstream_request_duration_seconds_count{\(endpoint)}"] == "\(sent)")
        await gateway.stop()
        service.cancel()
    }

    @Test func `failures of a service are counted with its endpoint and with the request`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(
            routes: routes, servicePorts: [server.port],
            service: "timeout: 100ms, pool: { max: 1, connectTimeout: 30s }")
        // Then a request is sent at once, however slow the machine is.
        try await eventually("there is a connection") { await gateway.gateway.metrics().upstreamConnections == 1 }
        async let answers = gateway.exchange("GET /get/1 HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        let connection = try await server.accept()
        #expect(await connection.receive() != nil)
        #expect(try await answers.map(\.status) == [504])
        async let lost = gateway.exchange("GET /get/1 HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        #expect(await connection.receive() != nil)
        try await connection.close()
        let status = try await lost.map(\.status)
        let endpoint = try #require(await gateway.gateway.metrics().services.first?.endpoints.first)
        #expect(endpoint.failures["upstream_timeout"] ?? 0 >= 1)
        #expect(endpoint.failures.values.reduce(0, +) == 2)
        #expect(endpoint.requests == 2 && endpoint.latency.count == 0)
        // On a slow machine its time may be up before the end of the connection is seen.
        #expect(status == [502] || status == [504])
        await gateway.stop()
    }

    @Test func `a service that cannot be reached is down, and what was not sent is counted`() async throws {
        let server = try await ScriptedServer()
        let port = server.port
        await server.stop()
        let gateway = try await TestGateway(routes: routes, servicePorts: [port])
        let answers = try await gateway.exchange("GET /get/1 HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        #expect(answers.map(\.status) == [503])
        let service = try #require(await gateway.gateway.metrics().services.first)
        #expect(service.unavailable == 1 && service.overloaded == 0)
        #expect(service.endpoints[0].state == .down && service.endpoints[0].connectFailures >= 1)
        let text = await gateway.gateway.metricsText().text
        #expect(text.contains("martlet_upstream_refused_total{service=\"s\",reason=\"upstream_unavailable\"} 1\n"))
        await gateway.stop()
    }

    @Test(.enabled(if: Programs.has("promtool"), "promtool is not installed (Debian: prometheus)"))
    func `promtool has nothing against the text`() async throws {
        let gateway = try await TestGateway(routes: routes, servicePorts: [1])
        _ = try await gateway.exchange("GET /nowhere HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        let text = await gateway.gateway.metricsText().text
        let result = try await Command.run("promtool", ["check", "metrics"], input: text)
        #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
        await gateway.stop()
    }

    @Test func `the process's own numbers are those that the system has`() throws {
        let facts = try #require(ProcessFacts.current())
        let now = Date.now.timeIntervalSince1970
        #expect(facts.startedAt > now - 86_400 * 30 && facts.startedAt <= now + 1)
        #expect(facts.cpuSeconds > 0 && facts.residentBytes > 1 << 20 && facts.virtualBytes >= facts.residentBytes)
        #expect(facts.openDescriptors >= 3 && facts.threads >= 1)
        // The clock of the kernel's own count has seconds and hundredths.
        let stat = try String(contentsOfFile: "/proc/stat", encoding: .utf8).split(separator: "\n")
        let ticks = try String(contentsOfFile: "/proc/self/stat", encoding: .utf8).split(separator: ")")[1].split(
            separator: " ")[19]
        let boot = try #require(
            stat.first { $0.hasPrefix("btime ") }?.split(separator: " ").last.flatMap { Double($0) })
        #expect(abs(facts.startedAt - boot - (Double(ticks) ?? 0) / 100) < 1.5)
        let later = try #require(ProcessFacts.current())
        #expect(later.cpuSeconds >= facts.cpuSeconds && later.startedAt == facts.startedAt)
    }

    @Test func `what others count is shown with it`() async throws {
        let shared = PrometheusMetrics()
        shared.makeCounter(label: "orders", dimensions: []).increment(by: 2)
        let gateway = try await TestGateway(routes: routes, servicePorts: [1], shared: shared)
        #expect(await gateway.gateway.metricsText().text.contains("\norders_total 2\n"))
        await gateway.stop()
    }

    @Test func `another backend of swift-metrics gets what is counted`() async throws {
        let backend = PrometheusMetrics()
        let gateway = try await TestGateway(routes: routes, servicePorts: [1])
        _ = try await gateway.exchange("GET /nowhere HTTP/1.1\r\nhost: t\r\nconnection: close\r\n\r\n")
        let target = gateway.gateway
        let publishing = Task { await target.publishMetrics(every: .milliseconds(5), to: ForwardingFactory(backend)) }
        try await eventually("the request is there") {
            let text = PrometheusText.text(backend.families)
            return text.contains(
                "martlet_requests_total{reason=\"not_found\",route=\"-\",service=\"-\",status=\"404\"} 1\n")
        }
        publishing.cancel()
        await publishing.value
        await gateway.stop()
    }
}
