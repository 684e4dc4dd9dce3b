import CoreMetrics
import Testing

@testable import MartletGateway

/// swift-metrics in both directions: into `/metrics`, and out of a gateway into another backend.
@Suite struct PrometheusMetricsTests {
    private func lines(_ metrics: PrometheusMetrics) -> [String] {
        PrometheusText.text(metrics.families).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func `each kind of metric is shown as what Prometheus calls it`() {
        let metrics = PrometheusMetrics()
        let orders = Counter(label: "shop.orders", dimensions: [("kind", "new"), ("by-whom", "a")], factory: metrics)
        orders.increment(by: 3)
        // The same series again, its dimensions in another order.
        Counter(label: "shop.orders", dimensions: [("by-whom", "a"), ("kind", "new")], factory: metrics).increment()
        FloatingPointCounter(label: "shop_turnover_total", factory: metrics).increment(by: 2.5)
        Meter(label: "shop.open", factory: metrics).set(7)
        Gauge(label: "shop.level", factory: metrics).record(-1.5)
        let lines = lines(metrics)
        #expect(lines.contains("shop_orders_total{by_whom=\"a\",kind=\"new\"} 4"))
        #expect(lines.contains("shop_turnover_total 2.5"))
        #expect(lines.contains("shop_open 7.0"))
        #expect(lines.contains("shop_level -1.5"))
    }

    @Test func `no metric has the name of another one's part`() {
        let metrics = PrometheusMetrics()
        Recorder(label: "size", factory: metrics).record(300)
        Meter(label: "size_count", factory: metrics).set(1)
        Counter(label: "calls", factory: metrics).increment()
        Meter(label: "calls", factory: metrics).set(1)
        let lines = lines(metrics)
        #expect(lines.contains("size_count 1") && !lines.contains("size_count 1.0"))
        #expect(lines.contains("calls_total 1") && !lines.contains("calls 1.0"))
        #expect(lines.contains("martlet_shared_series_refused_total 2"))
    }

    @Test func `timers and recorders are histograms`() {
        let metrics = PrometheusMetrics()
        Timer(label: "shop.call", factory: metrics).recordMilliseconds(2)
        Recorder(label: "shop.size", factory: metrics).record(300)
        let lines = lines(metrics)
        #expect(lines.contains("shop_call_seconds_bucket{le=\"0.001\"} 0"))
        #expect(lines.contains("shop_call_seconds_bucket{le=\"0.0025\"} 1"))
        #expect(lines.contains("shop_call_seconds_sum 0.002"))
        #expect(lines.contains("shop_size_bucket{le=\"250.0\"} 0"))
        #expect(lines.contains("shop_size_bucket{le=\"500.0\"} 1"))
        #expect(lines.contains("shop_size_count 1"))
    }

    @Test func `names that are the gateway's own, or nobody's, are changed`() {
        let metrics = PrometheusMetrics()
        Counter(label: "martlet_requests", factory: metrics).increment()
        let dimensions = [("le", "1"), ("__name__", "x"), ("le", "2")]
        Counter(label: "9 läufe", dimensions: dimensions, factory: metrics).increment()
        let lines = lines(metrics)
        #expect(lines.contains("custom_martlet_requests_total 1"))
        #expect(lines.contains("_9_l__ufe_total{label___name__=\"x\",label_le=\"1\"} 1"))
    }

    @Test func `what is too much, or another kind of the same name, is counted and not kept`() {
        let metrics = PrometheusMetrics(maxSeries: 2)
        Counter(label: "a", dimensions: [("id", "1")], factory: metrics).increment()
        Counter(label: "a", dimensions: [("id", "2")], factory: metrics).increment()
        let third = Counter(label: "a", dimensions: [("id", "3")], factory: metrics)
        third.increment()
        #expect(lines(metrics).filter { $0.hasPrefix("a_total") }.count == 2)
        #expect(lines(metrics).contains("martlet_shared_series_refused_total 1"))

        let mixed = PrometheusMetrics()
        Gauge(label: "a", factory: mixed).record(1)
        Recorder(label: "a", dimensions: [("x", "y")], factory: mixed).record(1)
        #expect(lines(mixed) == ["a 1.0", "martlet_shared_series_refused_total 1"])
    }

    @Test func `what is destroyed makes room for another`() {
        let metrics = PrometheusMetrics(maxSeries: 1)
        let first = Counter(label: "first", factory: metrics)
        first.increment()
        first.destroy()
        Gauge(label: "first_total", factory: metrics).record(2)
        #expect(lines(metrics) == ["first_total 2.0", "martlet_shared_series_refused_total 0"])
    }

    @Test func `counters do not fall, and what is no number is not counted`() {
        let metrics = PrometheusMetrics()
        Counter(label: "a", factory: metrics).increment(by: 5)
        Counter(label: "a", factory: metrics).increment(by: -3)
        FloatingPointCounter(label: "b", factory: metrics).increment(by: Double.nan)
        Recorder(label: "c", factory: metrics).record(Double.infinity)
        #expect(lines(metrics).contains("a_total 5"))
        #expect(lines(metrics).contains("b_total 0.0"))
        #expect(lines(metrics).contains("c_count 0"))
    }

    @Test func `many threads count the same thing without losing any`() async {
        let metrics = PrometheusMetrics()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "a", factory: metrics).increment()
                        Meter(label: "b", factory: metrics).increment(by: 1)
                    }
                }
            }
        }
        #expect(lines(metrics).contains("a_total 8000") && lines(metrics).contains("b 8000.0"))
    }

    @Test func `snapshots are handed on as what came since the one before`() {
        let metrics = PrometheusMetrics()
        var publisher = MetricsPublisher(metrics)
        func snapshot(_ count: UInt64, _ level: Double, _ inside: UInt64) -> [MetricFamily] {
            var requests = MetricFamily("requests_total", .counter, "R.")
            requests.add(.count(count), ["route": "a"])
            var gauge = MetricFamily("level", .gauge, "L.")
            gauge.add(.number(level))
            var times = MetricFamily("duration_seconds", .histogram, "T.")
            times.add(.histogram(bounds: [1], counts: [inside, 1], sum: Double(inside)))
            return [requests, gauge, times]
        }
        publisher.publish(snapshot(5, 3, 1))
        publisher.publish(snapshot(7, 2, 4))
        #expect(lines(metrics).contains("requests_total{route=\"a\"} 7"))
        #expect(lines(metrics).contains("level 2.0"))
        #expect(lines(metrics).contains("duration_seconds_bucket_total{label_le=\"1.0\"} 4"))
        #expect(lines(metrics).contains("duration_seconds_count_total 5"))
        #expect(lines(metrics).contains("duration_seconds_sum_total 4.0"))
        // Counted anew from zero, as for a route that went and came again.
        publisher.publish(snapshot(1, 2, 0))
        #expect(lines(metrics).contains("requests_total{route=\"a\"} 8"))
        publisher.publish([])
        #expect(lines(metrics) == ["martlet_shared_series_refused_total 0"])
    }
}
