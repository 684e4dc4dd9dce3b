import MartletGateway
import Testing

@Suite struct PrometheusTextTests {
    private var families: [MetricFamily] {
        var requests = MetricFamily("shop_requests_total", .counter, "Finished \"requests\".\nAll \\ of them.")
        requests.add(.count(3), ["route": "a\\b", "reason": "say \"no\"\nnow"])
        requests.add(.count(.max), ["route": "é", "reason": ""])
        var memory = MetricFamily("shop_memory_bytes", .gauge, "Memory.")
        memory.add(.number(1.5))
        var times = MetricFamily("shop_duration_seconds", .histogram, "Times.")
        times.add(.histogram(bounds: [0.00005, 1, 2.5], counts: [1, 0, 2, 1], sum: 12.25), ["route": "a"])
        return [requests, memory, MetricFamily("shop_nothing", .gauge, "Has no series."), times]
    }

    @Test func `the text of Prometheus has every family with help, type and samples`() {
        #expect(
            PrometheusText.text(families) == #"""
                # HELP shop_requests_total Finished "requests".\nAll \\ of them.
                # TYPE shop_requests_total counter
                shop_requests_total{route="a\\b",reason="say \"no\"\nnow"} 3
                shop_requests_total{route="é",reason=""} 18446744073709551615
                # HELP shop_memory_bytes Memory.
                # TYPE shop_memory_bytes gauge
                shop_memory_bytes 1.5
                # HELP shop_duration_seconds Times.
                # TYPE shop_duration_seconds histogram
                shop_duration_seconds_bucket{route="a",le="5e-05"} 1
                shop_duration_seconds_bucket{route="a",le="1.0"} 1
                shop_duration_seconds_bucket{route="a",le="2.5"} 3
                shop_duration_seconds_bucket{route="a",le="+Inf"} 4
                shop_duration_seconds_sum{route="a"} 12.25
                shop_duration_seconds_count{route="a"} 4

                """#)
    }

    @Test func `OpenMetrics names counters without their suffix, says units, and has an end`() {
        #expect(
            PrometheusText.text(families, format: .openMetrics) == #"""
                # HELP shop_requests Finished \"requests\".\nAll \\ of them.
                # TYPE shop_requests counter
                shop_requests_total{route="a\\b",reason="say \"no\"\nnow"} 3
                shop_requests_total{route="é",reason=""} 18446744073709551615
                # HELP shop_memory_bytes Memory.
                # TYPE shop_memory_bytes gauge
                # UNIT shop_memory_bytes bytes
                shop_memory_bytes 1.5
                # HELP shop_duration_seconds Times.
                # TYPE shop_duration_seconds histogram
                # UNIT shop_duration_seconds seconds
                shop_duration_seconds_bucket{route="a",le="5e-05"} 1
                shop_duration_seconds_bucket{route="a",le="1.0"} 1
                shop_duration_seconds_bucket{route="a",le="2.5"} 3
                shop_duration_seconds_bucket{route="a",le="+Inf"} 4
                shop_duration_seconds_sum{route="a"} 12.25
                shop_duration_seconds_count{route="a"} 4
                # EOF

                """#)
    }

    @Test(arguments: [
        (0.0, "0.0"), (-3, "-3.0"), (1_764_385_200.125, "1764385200.125"), (4_294_967_296, "4294967296.0"),
        (1e300, "1e+300"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ])
    func `numbers are written as Go reads them`(number: Double, text: String) {
        var family = MetricFamily("x", .gauge, "X.")
        family.add(.number(number))
        #expect(PrometheusText.text([family]).hasSuffix("\nx \(text)\n"))
    }

    @Test(
        arguments: [
            (nil, .prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/html,*/*;q=0.1", .prometheus),
            ("text/plain", .prometheus), ("application/openmetrics-text", .openMetrics),
            // What Prometheus 2.42 asks for.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .openMetrics
            ),
            ("application/openmetrics-text; version=1.0.0; q=0.3, text/plain;version=0.0.4;q=0.5", .prometheus),
            ("application/openmetrics-text;version=0.0.1,text/plain;q=0.5", .prometheus),
            ("application/openmetrics-text;version=1.0.0;q=0", .prometheus),
            ("Application/OpenMetrics-Text;Version=1.0.0", .openMetrics),
        ] as [(String?, PrometheusText.Format)])
    func `the format is what the scraper likes best of what there is`(accept: String?, format: PrometheusText.Format) {
        #expect(PrometheusText.Format(accept: accept) == format)
    }
}
