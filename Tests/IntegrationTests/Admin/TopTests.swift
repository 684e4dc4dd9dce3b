import MessageWire
import NetworkIO
import Testing

@testable import martlet

/// `martlet top` and `martlet reload`, without a gateway.
@Suite struct TopTests {
    private static let status = """
        {"version":"0.1.0","phase":"serving","window":10,"addresses":["127.0.0.1:8080"],
        "reload":{"generation":3,"lastSucceeded":false},
        "connections":{"open":5,"upstream":2},
        "totals":{"rate":12.34,"clientErrorRate":0,"serverErrorRate":0.5,"inFlight":1},
        "services":[{"name":"s","endpoints":[
        {"address":"h:1","state":"up","connections":2,"inFlight":1,"rate":12.34,"failures":{"upstream_lost":2},
        "connectFailures":0,"latency":{"p50":0.0002,"p95":0.0123,"p99":1.5}},
        {"address":"h:2","state":"down","connections":0,"inFlight":0,"rate":0,"failures":{},"connectFailures":7,
        "latency":{"p50":null,"p95":null,"p99":null}}]}],
        "routes":[
        {"id":"a","match":"GET /a","rate":1,"clientErrorRate":0,"serverErrorRate":0.5,"inFlight":0,"reasons":{"x":1,"y":3},
        "latency":{"p50":0.1,"p95":0.2,"p99":0.3}},
        {"id":"b\\u001b[31m","match":"GET /b","rate":11,"clientErrorRate":0,"serverErrorRate":0,"inFlight":1,"reasons":{},
        "latency":{"p50":0.1,"p95":0.9,"p99":1}}]}
        """

    private func view() throws -> TopView {
        var view = TopView()
        view.status = try JSONValue.parse(Self.status)
        return view
    }

    @Test func `a status is a table`() throws {
        #expect(
            try view().lines(width: nil).map { String($0.reversed().drop { $0 == " " }.reversed()) } == [
                "martlet 0.1.0  ● serving  generation 3  ✖ the last reload was refused  127.0.0.1:8080",
                "requests 12.3/s  4xx 0/s  5xx 0.5/s  in flight 1  connections 5, to services 2",
                "",
                "SERVICE  ENDPOINT  STATE   RATE/s  IN FLIGHT  CONNS  P50    P95     P99   FAILURES",
                "s        h:1       ● up    12.3    1          2      200us  12.3ms  1.5s  upstream_lost 2",
                "s        h:2       ✖ down  0       0          0      -      -       -     connect 7",
                "",
                "ROUTE  MATCH   RATE/s  4XX/s  5XX/s  IN FLIGHT  P50      P95      P99      REASONS",
                "a      GET /a  1.0     0      0.5    0          100.0ms  200.0ms  300.0ms  y 3, x 1",
                "b[31m  GET /b  11.0    0      0      1          100.0ms  900.0ms  1.0s",
            ])
    }

    @Test func `a screen has as many lines as the window at most, each as wide at most`() throws {
        var view = try view()
        for height in 4...12 {
            let lines = view.screen(width: 30, height: height)
            #expect(lines.count <= height)
            for line in lines {
                let shown = line.replacing(/\u{1B}\[[0-9]+m/, with: "")
                #expect(shown.displayWidth <= 30, "\(shown)")
            }
        }
        view.status = nil
        view.problem = "gone"
        #expect(view.screen(width: 30, height: 5) == ["gone"])
    }

    @Test func `keys change the order, scroll and end it`() throws {
        var view = try view()
        func first() -> Bool { view.lines(width: nil).dropFirst(8).first?.hasPrefix("a ") ?? false }
        #expect(first())
        let goesOn = view.press(.character("s"))
        #expect(goesOn)
        #expect(view.order == .rate)
        #expect(!first())
        _ = view.press(.character("s"))
        #expect(view.order == .errors)
        #expect(first())
        for _ in 0..<50 { _ = view.press(.down) }
        #expect(view.screen(width: 80, height: 8).count <= 8)
        for _ in 0..<50 { _ = view.press(.up) }
        #expect(view.screen(width: 80, height: 40).contains { $0.contains("SERVICE") })
        _ = view.press(.character(" "))
        #expect(view.isStopped)
        let ends = [view.press(.character("q")), view.press(.interrupt)]
        #expect(ends == [false, false])
    }

    @Test func `numbers that nobody can have are no reason to end`() throws {
        var view = TopView()
        view.status = try JSONValue.parse(
            "{\"totals\":{\"rate\":1e300},\"routes\":[{\"id\":\"a\",\"latency\":{\"p50\":-1e300}}]}")
        #expect(view.lines(width: nil).contains { $0.hasPrefix("requests -/s") })
    }

    // MARK: Answers

    @Test func `an answer is whole or none`() {
        func parse(_ text: String) -> AdminClient.Answer? { AdminClient.parse(Array(text.utf8)) }
        #expect(parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")?.status == 200)
        #expect(parse("HTTP/1.1 422 Unprocessable Content\r\ncontent-length: 2\r\n\r\n{}")?.body == "{}")
        #expect(parse("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}") == nil)
        #expect(parse("HTTP/1.1 200 OK\r\n\r\n{}") == nil)
        #expect(parse("SSH-2.0-OpenSSH\r\n") == nil)
        #expect(parse("") == nil)
    }

    @Test func `a reload tells changes, or every error`() {
        let good = AdminClient.Answer(
            status: 200, body: "{\"applied\":true,\"generation\":4,\"hash\":\"x\",\"changes\":[\"route a added\"]}")
        #expect(Reload.report(good).lines == ["reloaded: generation 4", "route a added"])
        #expect(Reload.report(good).isApplied)
        let bad = AdminClient.Answer(
            status: 422, body: "{\"detail\":\"r.yaml:1:1: x\",\"errors\":[\"r.yaml:1:1: x\",\"r.yaml:2:1: y\"]}")
        #expect(Reload.report(bad).lines == ["r.yaml:1:1: x", "r.yaml:2:1: y"])
        #expect(!Reload.report(bad).isApplied)
        let refused = AdminClient.Answer(status: 401, body: "{\"detail\":\"This needs the admin token.\"}")
        #expect(Reload.report(refused).lines == ["martlet: not reloaded: This needs the admin token."])
        #expect(!Reload.report(refused).isApplied)
    }

    @Test func `an address without a listener is told with what to do`() async {
        // Port 1 of an address that nobody has a listener on.
        let client = AdminClient(address: .init(host: "127.0.0.1", port: 1), token: nil)
        do {
            _ = try await client.ask("GET", "/status")
            Issue.record("somebody answered")
        } catch {
            #expect("\(error)".hasPrefix("no admin listener at 127.0.0.1:1: "))
            #expect("\(error)".hasSuffix("does the gateway's route file have gateway.admin?"))
        }
    }
}
