import Foundation
import TestSupport
import Testing

@testable import MartletGateway

/// The page of metrics, the dashboard and the alerts know the metrics that there are, and no others.
@Suite struct MetricNamesTests {
    private static let root = #filePath.components(separatedBy: "/Tests/")[0]

    /// Every family, each with a series at least.
    private var families: [MetricFamily] {
        var route = GatewayMetrics.Route(id: "a", service: "s")
        route.outcomes = [GatewayMetrics.Outcome(status: 200, reason: "", count: 1)]
        (route.cacheHits, route.cacheMisses, route.collapsed) = (1, 1, 1)
        var endpoint = GatewayMetrics.Endpoint(address: "h:1")
        endpoint.failures = ["upstream_lost": 1]
        var metrics = GatewayMetrics([])
        metrics.routes = [route]
        metrics.services = [GatewayMetrics.Service(name: "s", endpoints: [endpoint])]
        metrics.listeners = [GatewayMetrics.Listener(address: "h:2", open: ["http1": 1])]
        metrics.loops = [GatewayMetrics.Loop(index: 0, cpuNanoseconds: 1, lag: GatewayMetrics.Histogram())]
        let now = Timestamp.now()
        metrics.reload = ReloadFacts(
            generation: 1, hash: "0", loadedAt: now, lastSucceeded: true, lastAttemptAt: now, succeeded: 0, failed: 0)
        metrics.observation = ObservationFacts(
            logLinesDropped: 0, spans: TracingFacts(sent: 0, dropped: 0, waiting: 0))
        return MetricCatalog.families(metrics, process: ProcessFacts.current()) + PrometheusMetrics().families
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: Self.root + "/" + path, encoding: .utf8)
    }

    /// The names of our metrics in queries, those of a histogram's parts as the histogram's.
    private func names(in text: String) -> Set<String> {
        let found = text.matches(of: /(?:^|[^a-z_:])((?:martlet|process)_[a-z_]+)/).map { String($0.1) }
        let histograms = Set(families.filter { $0.kind == .histogram }.map(\.name))
        return Set(
            found.map { name in
                ["_bucket", "_sum", "_count"].lazy.filter { name.hasSuffix($0) }
                    .map { String(name.dropLast($0.count)) }.first { histograms.contains($0) } ?? name
            })
    }

    @Test func `the page has every metric with its type and labels`() throws {
        let rows = try text("docs/metrics.md").matches(
            of: /(?m)^\| `((?:martlet|process)_[a-z_]+)` \| ([a-z]+) \| ([a-z_` ]*)\|/)
        let described = rows.map { row in
            "\(row.1) \(row.2) " + row.3.matches(of: /`([a-z]+)`/).map { String($0.1) }.sorted().joined(separator: ",")
        }
        let existing = families.map { family in
            let labels = Set(family.series.flatMap { $0.labels.map(\.name) })
            return "\(family.name) \(family.kind.rawValue) " + labels.sorted().joined(separator: ",")
        }
        #expect(described.sorted() == existing.sorted())
    }

    @Test func `names are unique, counters end in _total, and everything has a series and a sentence`() {
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(!family.series.isEmpty && family.help.hasSuffix("."), "\(family.name)")
        }
    }

    @Test func `every page, the alerts and the dashboard use metrics that exist`() throws {
        let existing = Set(families.map(\.name))
        let kinds: Set = ["md", "yaml", "yml", "json", "tpl"]
        var used: [String: Set<String>] = [:]
        for folder in ["docs", "Deploy"] {
            let found = try FileManager.default.subpathsOfDirectory(atPath: Self.root + "/" + folder)
            for path in found where kinds.contains((path as NSString).pathExtension) {
                used[folder + "/" + path] = names(in: try text(folder + "/" + path))
            }
        }
        for (path, names) in used { #expect(names.subtracting(existing).isEmpty, "\(path)") }
        for path in ["docs/metrics.md", "Deploy/prometheus/alerts.yaml", "Deploy/grafana/martlet.json"] {
            #expect(used[path]?.count ?? 0 > 10, "\(path)")
        }
    }

    @Test func `the dashboard shows every metric`() throws {
        let shown = names(in: try text("Deploy/grafana/martlet.json"))
        let hidden: Set = [
            "martlet_config_last_reload_timestamp_seconds", "martlet_config_loaded_timestamp_seconds",
            "martlet_shared_series_refused_total", "process_virtual_memory_bytes", "process_threads",
        ]
        #expect(Set(families.map(\.name)).subtracting(shown) == hidden)
    }

    // MARK: Prometheus's own tools

    private static let hasTool = Programs.has("promtool")

    @Test(.enabled(if: hasTool, "promtool is not installed (Debian: prometheus)"))
    func `promtool takes the rules, and their own tests pass`() async throws {
        let folder = Self.root + "/Deploy/prometheus"
        let check = try await Command.run("promtool", ["check", "rules", folder + "/alerts.yaml"])
        #expect(check.status == 0, "\(check)")
        let test = try await Command.run("promtool", ["test", "rules", folder + "/alerts_test.yaml"])
        #expect(test.status == 0, "\(test)")
    }

    @Test(.enabled(if: hasTool, "promtool is not installed (Debian: prometheus)"))
    func `every query of the dashboard is one that Prometheus can read`() async throws {
        let json = try JSONSerialization.jsonObject(with: Data(try text("Deploy/grafana/martlet.json").utf8))
        let board = try #require(json as? [String: Any])
        let panels = try #require(board["panels"] as? [[String: Any]])
        let targets = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }
        let queries = targets.compactMap { $0["expr"] as? String }
        #expect(queries.count > 40)
        // As recording rules, with Grafana's variables filled in: YAML takes JSON.
        let rules = queries.enumerated().map { index, query in
            ["record": "q:\(index)", "expr": query.replacing("$__rate_interval", with: "1m").replacing("$", with: "")]
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".yaml")
        try JSONSerialization.data(
            withJSONObject: ["groups": [["name": "q", "rules": rules]]], options: .withoutEscapingSlashes
        ).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let check = try await Command.run("promtool", ["check", "rules", file.path])
        #expect(check.status == 0, "\(check)")
    }
}
