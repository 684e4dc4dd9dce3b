import TestSupport
import Testing

/// W3C Trace Context goes on to services as packet metadata.
@Suite struct TraceTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private static let known = "00-\(trace)-\(span)-01"

    private func gateway() async throws -> BuiltInGateway { try await BuiltInGateway(use: "interceptors: [Trace]") }

    /// The `traceparent` of a packet, in its four parts.
    private func parent(_ metadata: String?) throws -> [String] {
        let text = try #require(metadata?.split(separator: "\"").dropFirst(3).first)
        return text.split(separator: "-").map(String.init)
    }

    @Test func `a new trace begins where there is none`() async throws {
        let gateway = try await gateway()
        _ = try await gateway.ask("GET /get/7", "tracestate: a=1")
        let first = try parent(gateway.packets.metadata)
        #expect(gateway.packets.metadata?.contains("tracestate") == false)
        _ = try await gateway.ask("GET /get/7")
        let second = try parent(gateway.packets.metadata)
        for parts in [first, second] {
            #expect(parts.map(\.utf8.count) == [2, 32, 16, 2])
            #expect(parts[0] == "00" && parts[3] == "00")
            #expect(parts.joined().utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        }
        #expect(first[1] != second[1] && first[2] != second[2])
        await gateway.stop()
    }

    @Test func `the client's trace goes on with a span of ours`() async throws {
        let gateway = try await gateway()
        for (flags, sent) in [("01", "01"), ("00", "00"), ("ff", "01"), ("02", "00")] {
            _ = try await gateway.ask("GET /get/7", "TraceParent: 00-\(Self.trace)-\(Self.span)-\(flags)")
            let parts = try parent(gateway.packets.metadata)
            #expect(parts[1] == Self.trace)
            #expect(parts[2] != Self.span)
            #expect(parts[3] == sent)
        }
        await gateway.stop()
    }

    @Test(arguments: [
        "traceparent: ff-\(trace)-\(span)-01", "traceparent: 00-\(trace)-\(span)-01-more",
        "traceparent: 00-\(trace)-\(span)-0", "traceparent: 00-\(trace)-\(span)-0g", "traceparent: 00-\(trace)-\(span)",
        "traceparent: 00-\(trace.uppercased())-\(span)-01", "traceparent: 0-\(trace)-\(span)-01",
        "traceparent: 00-\(String(repeating: "0", count: 32))-\(span)-01",
        "traceparent: 00-\(trace)-\(String(repeating: "0", count: 16))-01", "traceparent: 00_\(trace)_\(span)_01",
        "traceparent: 01-\(trace)-\(span)-01more", "traceparent:", "traceparent: \u{e9}",
        "traceparent: \(known)\r\ntraceparent: \(known)", "traceparent: \(known),\(known)",
    ])
    func `what is not well-formed begins a new trace without its state`(lines: String) async throws {
        let gateway = try await gateway()
        #expect(try await gateway.ask("GET /get/7", lines, "tracestate: a=1").status == 200)
        let parts = try parent(gateway.packets.metadata)
        #expect(parts[1] != Self.trace && parts[1].utf8.count == 32)
        #expect(gateway.packets.metadata?.contains("tracestate") == false)
        await gateway.stop()
    }

    @Test(arguments: [
        "01-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01-what-the-future-brings", "fe-\(trace)-\(span)-01-",
    ])
    func `of a later version we take what we know`(value: String) async throws {
        let gateway = try await gateway()
        _ = try await gateway.ask("GET /get/7", "traceparent: \(value)")
        let parts = try parent(gateway.packets.metadata)
        #expect(parts[0] == "00" && parts[1] == Self.trace && parts[3] == "01")
        #expect(parts.count == 4)
        await gateway.stop()
    }

    @Test func `the state goes on as it is, its lines joined, up to a limit`() async throws {
        let gateway = try await gateway()
        let longest = "a=" + String(repeating: "x", count: 510)
        for (lines, state) in [
            (["tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            (["tracestate: a=1", "TraceState: b=2"], "a=1,b=2"), (["tracestate: a=\"b\\c\""], "a=\\\"b\\\\c\\\""),
            (["tracestate: \(longest)"], longest), (["tracestate: \(longest)x"], nil),
            (["tracestate: \(longest)", "tracestate: b=1"], nil), (["tracestate: a=\u{e9}"], nil),
            (["tracestate:"], nil),
        ] {
            let fields = ["traceparent: \(Self.known)"] + lines
            _ = try await gateway.ask("GET /get/7", fields.joined(separator: "\r\n"))
            let metadata = try #require(gateway.packets.metadata)
            #expect(try parent(metadata)[1] == Self.trace)
            if let state {
                #expect(metadata.hasSuffix(",\"tracestate\":\"\(state)\"}"))
            } else {
                #expect(!metadata.contains("tracestate"))
            }
        }
        await gateway.stop()
    }

    @Test(arguments: [false, true])
    func `it is there for what waits for a connection and for what does not`(isEvent: Bool) async throws {
        // The first of a gateway has no connection yet.
        let gateway = try await BuiltInGateway(use: "interceptors: [RequestId, Trace]")
        for number in 1...3 {
            let line = "traceparent: \(Self.known)"
            let answer =
                isEvent
                ? try await gateway.post("/event", "{}", line) : try await gateway.post("/sum", "[\"ä€😀\"]", line)
            #expect(answer.status == (isEvent ? 202 : 200))
            try await eventually("packet \(number)") { gateway.packets.count == number }
            let packet = try #require(gateway.packets.last)
            #expect(ReceivedPackets.payload(packet) == (isEvent ? "{}" : "[\"ä€😀\"]"))
            let id = try #require(answer["x-request-id"])
            #expect(
                packet.contains(
                    ",\"metadata\":{\"x-request-id\":\"\(id)\",\"traceparent\":\"00-\(Self.trace)-"))
            #expect(packet.contains("\"id\":\"") == !isEvent || isEvent)
            if isEvent { #expect(packet.hasSuffix("-01\"}}")) }
        }
        await gateway.stop()
    }

    @Test func `over HTTP 2 it is the same`() async throws {
        let gateway = try await gateway()
        let client = try await HTTP2TestConnection.open(port: gateway.gateway.port)
        try await client.send(
            .request(
                1, "GET", "/get/7", fields: [("traceparent", Self.known), ("tracestate", "a=1"), ("tracestate", "b=2")])
        )
        #expect(await client.answer(1)?.status == 200)
        #expect(try parent(gateway.packets.metadata)[1] == Self.trace)
        #expect(gateway.packets.metadata?.hasSuffix(",\"tracestate\":\"a=1,b=2\"}") == true)
        await gateway.stop()
    }
}
