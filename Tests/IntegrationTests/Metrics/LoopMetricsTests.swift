import Testing

@testable import MartletGateway

@Suite struct LoopMetricsTests {
    private func sum(_ metrics: LoopMetrics...) -> GatewayMetrics {
        GatewayMetrics(
            metrics.enumerated().map { LoopSnapshot(loop: $0, metrics: $1, pools: [], cpuNanoseconds: 0) })
    }

    private func finish(_ metrics: inout LoopMetrics, _ slot: Int, _ status: Int, _ code: String = "") {
        metrics.requestsInFlight += 1
        metrics.began(slot)
        metrics.requestsInFlight -= 1
        metrics.finished(slot, status: status, code: code, nanoseconds: 1_500_000, bytesIn: 10, bytesOut: 20)
    }

    @Test func `the loops' requests add up by route, status and reason`() throws {
        var (one, other) = (LoopMetrics(), LoopMetrics())
        // The other loop has them in another order.
        let orders = one.slot(for: "orders", service: "shop")
        let users = one.slot(for: "users", service: "people")
        let otherUsers = other.slot(for: "users", service: "people")
        finish(&one, orders, 200)
        finish(&one, orders, 503, "upstream_overloaded")
        finish(&one, users, 200)
        finish(&other, otherUsers, 200)
        finish(&other, otherUsers, 409, "EMAIL_TAKEN")
        finish(&other, 0, 404, "not_found")
        let total = sum(one, other)
        #expect(total.routes.map(\.id) == ["", "orders", "users"])
        let sums = total.routes.map { route in route.outcomes.map { "\($0.status) \($0.reason) \($0.count)" } }
        #expect(sums == [["404 not_found 1"], ["200  1", "503 upstream_overloaded 1"], ["200  2", "409 other 1"]])
        #expect(total.routes[2].reasons == ["other": 1] && total.routes[2].service == "people")
        #expect(total.routes[2].bytesIn == 30 && total.routes[2].bytesOut == 60)
        #expect(total.routes[2].duration.count == 3 && total.routes[2].duration.sumNanoseconds == 4_500_000)
    }

    @Test func `what is under way is counted with its route, and without one before that is known`() {
        var metrics = LoopMetrics()
        let slot = metrics.slot(for: "orders", service: "shop")
        metrics.requestsInFlight = 3
        metrics.began(slot)
        let total = sum(metrics)
        #expect(total.requestsInFlight == 3)
        #expect(total.routes.map(\.inFlight) == [2, 1])
    }

    @Test func `a route that stays goes on counting when the table changes, one that goes is forgotten`() {
        var metrics = LoopMetrics()
        let old = ["a", "b"].map { metrics.slot(for: $0, service: "s") }
        finish(&metrics, old[0], 200)
        finish(&metrics, old[1], 200)
        let new = ["c", "b"].map { metrics.slot(for: $0, service: "s") }
        #expect(new[1] == old[1])
        // Requests of the old table end after the new one has come.
        finish(&metrics, old[0], 200)
        #expect(sum(metrics).routes.map(\.id) == ["", "a", "b", "c"])
        for slot in old { metrics.release(slot) }
        #expect(sum(metrics).routes.map(\.id) == ["", "b", "c"])
        #expect(sum(metrics).routes[1].finished == 1 && sum(metrics).routes[1].service == "s")
        // The slot serves again, from zero.
        let next = metrics.slot(for: "d", service: "s")
        #expect(next == old[0])
        #expect(sum(metrics).routes.map(\.finished) == [0, 1, 0, 0])
    }

    @Test func `a route that goes to another service is counted anew`() {
        var metrics = LoopMetrics()
        let old = metrics.slot(for: "a", service: "s")
        finish(&metrics, old, 200)
        let new = metrics.slot(for: "a", service: "t")
        #expect(new != old)
        metrics.release(old)
        #expect(sum(metrics).routes.map(\.service) == ["", "t"])
        #expect(sum(metrics).routes.map(\.finished) == [0, 0])
    }

    @Test func `a route that some loops no longer have is not shown, whatever it has under way`() {
        var (one, other) = (LoopMetrics(), LoopMetrics())
        let kept = one.slot(for: "kept", service: "s")
        let gone = one.slot(for: "gone", service: "s")
        let otherKept = other.slot(for: "kept", service: "s")
        finish(&one, gone, 200)
        one.began(gone)
        finish(&one, kept, 200)
        // One of them has no route yet.
        one.requestsInFlight = 2
        let total = GatewayMetrics([
            LoopSnapshot(loop: 0, metrics: one, pools: [], currentSlots: [kept], cpuNanoseconds: 0),
            LoopSnapshot(loop: 1, metrics: other, pools: [], currentSlots: [otherKept], cpuNanoseconds: 0),
        ])
        #expect(total.routes.map(\.id) == ["", "kept"])
        #expect(total.routes.map(\.inFlight) == [1, 0])
    }

    @Test func `a thousand changes of the table take no more slots than two tables have`() {
        var metrics = LoopMetrics()
        var table = (0..<10).map { metrics.slot(for: "0.\($0)", service: "s") }
        for generation in 1...1000 {
            let next = (0..<10).map { metrics.slot(for: "\(generation).\($0)", service: "s") }
            for slot in table { metrics.release(slot) }
            table = next
        }
        #expect(metrics.routes.count == 21)
        #expect(sum(metrics).routes.count == 11)
    }

    @Test func `ends without number are counted in a bounded place, and none is lost`() {
        var metrics = LoopMetrics()
        let slot = metrics.slot(for: "a", service: "s")
        for status in 200..<600 { finish(&metrics, slot, status) }
        finish(&metrics, slot, 262)
        let outcomes = sum(metrics).routes[1].outcomes
        #expect(outcomes.count == 64)
        #expect(outcomes.reduce(0) { $0 + $1.count } == 401)
        #expect(outcomes.contains { $0.status == 0 && $0.reason == "other" && $0.count == 337 })
        // The 63rd goes on counting; the 64th found no place of its own.
        #expect(outcomes.contains { $0.status == 262 && $0.count == 2 })
    }

    @Test func `listeners beyond the bound are counted with the last`() {
        var metrics = LoopMetrics()
        let places = (0..<70).map { metrics.listener(named: "127.0.0.1:\($0)") }
        for place in places { metrics.connectionOpened(by: place, .http1) }
        let total = sum(metrics)
        #expect(total.listeners.count == 64 && total.connectionsOpen == 70 && total.connectionsAccepted == 70)
        #expect(metrics.connectionsOpen == 70)
    }

    @Test func `a connection is counted by what it speaks, from its handshake on`() {
        var metrics = LoopMetrics()
        let place = metrics.listener(named: "127.0.0.1:443")
        metrics.connectionOpened(by: place, .handshake)
        #expect(sum(metrics).listeners[0].open == ["http1": 0, "http2": 0, "handshake": 1])
        metrics.connectionChanged(of: place, from: .handshake, to: .http2)
        metrics.connectionRefused(by: place)
        #expect(sum(metrics).listeners[0].open == ["http1": 0, "http2": 1, "handshake": 0])
        metrics.connectionClosed(of: place, .http2)
        let total = sum(metrics)
        #expect(total.connectionsOpen == 0 && total.connectionsAccepted == 1 && total.connectionsRefused == 1)
    }

    @Test func `quantiles lie on the line between the bounds of their bucket`() {
        var histogram = GatewayMetrics.Histogram()
        #expect(histogram.quantile(0.5) == nil)
        // Ten between 1 ms and 2.5 ms, ten above all bounds.
        histogram.counts[5] = 10
        #expect(histogram.quantile(0.5) == .microseconds(1750))
        #expect(histogram.quantile(1) == .microseconds(2500))
        histogram.counts[18] = 10
        #expect(histogram.quantile(0.5) == .microseconds(2500))
        #expect(histogram.quantile(0.99) == .seconds(30))
        #expect(histogram.since(histogram).count == 0)
        #expect(histogram.since(GatewayMetrics.Histogram()) == histogram)
    }

    @Test func `the loop's lag is what its task of every second came too late`() {
        var metrics = LoopMetrics()
        metrics.secondPassed(now: 5_000_000_000)
        metrics.secondPassed(now: 6_030_000_000)
        metrics.secondPassed(now: 7_030_000_000)
        let lag = sum(metrics).loops[0].lag
        #expect(lag.count == 2 && lag.sumNanoseconds == 30_000_000)
    }
}
