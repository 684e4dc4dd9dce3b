import MessageWire
import NIOCore
import TestSupport
import Testing

@testable import MartletGateway

/// A receiver of spans that is slow, down or overloaded costs spans, and nothing else.
@Suite struct TracingFaultTests {
    private static func tracing(_ port: Int, _ more: String = "queue: 16, batch: 4, interval: 10ms") -> String {
        "tracing: { otlp: { endpoint: \"http://127.0.0.1:\(port)/v1/traces\" }, \(more) }"
    }

    @Test(arguments: [OTLPReceiver.Manner.hang, .status(503), .status(400)])
    func `requests go on, and what finds no room is dropped`(manner: OTLPReceiver.Manner) async throws {
        let receiver = try await OTLPReceiver(manner)
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port))
        for _ in 1...40 { #expect(try await gateway.ask("GET /get/7").status == 200) }
        let facts = try #require(gateway.gateway.gateway.tracingFacts)
        #expect(facts.sent == 0 && facts.waiting <= 16)
        await gateway.stop()
        await receiver.stop()
    }

    @Test func `a receiver that is down is a line, and another when it is back`() async throws {
        // A port that nobody listens on.
        let gone = try await ScriptedServer()
        await gone.stop()
        let log = CollectedLog()
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("1", id) }
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port], gateway: Self.tracing(gone.port), collecting: log)
        #expect(try await gateway.exchange("GET /get/7 HTTP/1.1\r\nhost: t\r\n\r\n").map(\.status) == [200])
        try await eventually("it is said") { log.contains("warning spans cannot be delivered reason=") }
        await gateway.stop()
        service.cancel()
        #expect(log.lines.count { $0.hasPrefix("warning spans cannot be delivered") } == 1)
    }

    @Test func `a pause is what the receiver asks for, up to half a minute`() {
        #expect(OTLPExporter.pause(upTo: 1000, asked: 9_999_999_999_999_999) == 30_000)
        #expect(OTLPExporter.pause(upTo: 1000, asked: 7) == 7000)
        #expect((500...1000).contains(OTLPExporter.pause(upTo: 1000, asked: nil)))
        #expect((500...1000).contains(OTLPExporter.pause(upTo: 1000, asked: -5)))
    }

    @Test func `spans that come when nobody sends any more are dropped, and counted`() {
        let queue = SpanQueue(capacity: 16, batch: 4)
        queue.add([Self.span("a").encoded])
        queue.close()
        queue.add([Self.span("b").encoded])
        #expect(queue.dropped == 2 && queue.count == 0)
    }

    @Test func `an overloaded receiver gets the same spans again`() async throws {
        let receiver = try await OTLPReceiver(.status(503, "retry-after: 1\r\n"))
        let log = CollectedLog()
        let connection = OTLPConnection(
            address: "http://127.0.0.1:\(receiver.port)/v1/traces", headers: [], timeout: .seconds(30))
        let queue = SpanQueue(capacity: 16, batch: 4)
        let exporter = OTLPExporter(
            queue: queue, connection: connection, encoder: OTLPEncoder(service: "t", version: "1", resource: []),
            interval: .milliseconds(10), logger: log.logger)
        queue.add([Self.span("a").encoded])
        let running = Task { await exporter.run() }
        try await eventually("it was asked once") { receiver.requests.count == 1 }
        receiver.behaves(.accepting)
        try await eventually("it was asked again") { exporter.totals.sent == 1 }
        queue.finish()
        await running.value
        #expect(receiver.spans.count == 2 && Set(receiver.spans.map(\.id)).count == 1)
        #expect(log.contains("notice spans are delivered again"))
        #expect(exporter.totals.lost == 0)
        await receiver.stop()
    }

    @Test func `a queue keeps the oldest, and counts the others`() {
        func text(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }
        let queue = SpanQueue(capacity: 4, batch: 3)
        queue.add([text("a"), text("b")])
        queue.add([text("c"), text("d"), text("e")])
        queue.add([text("f")])
        #expect(queue.count == 4 && queue.dropped == 2)
        #expect(queue.take().map { String(buffer: $0) } == ["a", "b", "c"])
        #expect(queue.take().map { String(buffer: $0) } == ["d"])
        #expect(queue.take().isEmpty)
    }

    @Test func `a file of a header that is not there is an error with its place`() async throws {
        await #expect {
            _ = try await TestGateway(
                routes: standardRoutes, servicePorts: [1],
                gateway: "tracing: { otlp: { endpoint: \"http://c/\", headers: { a: { file: /nowhere/x } } } }")
        } throws: { error in
            "\(error)".contains("cannot read /nowhere/x: no such file")
        }
    }

    @Test func `spans are written in the JSON form of protobuf`() throws {
        var span = Self.span("a \"b\"\n")
        span.parent = 0x0102
        span.state = "a=1"
        span.attributes = [
            .init("t", .text("ä")), .init("i", .integer(-5)), .init("d", .double(1.5)), .init("b", .bool(true)),
            .init("l", .list([.integer(1), .text("x")])), .init("n", .double(.nan)),
        ]
        span.events = [.init(name: "e", time: 7, attributes: [.init("k", .text("v"))])]
        span.links = [.init(traceHigh: 1, traceLow: 2, span: 3, attributes: [])]
        span.isError = true
        span.message = "m"
        let encoder = OTLPEncoder(service: "s", version: "1", resource: [])
        let text = String(buffer: encoder.encode([span.encoded]))
        let json = try JSONValue.parse(text)
        let written = try #require(json["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?[0])
        let expected = """
            {"traceId":"000000000000000a000000000000000b","spanId":"000000000000000c","parentSpanId":"0000000000000102",\
            "traceState":"a=1","flags":1,"name":"a \\"b\\"\\n","kind":2,"startTimeUnixNano":"1700000000000000001",\
            "endTimeUnixNano":"1700000000000000002","attributes":[{"key":"t","value":{"stringValue":"ä"}},\
            {"key":"i","value":{"intValue":"-5"}},{"key":"d","value":{"doubleValue":1.5}},\
            {"key":"b","value":{"boolValue":true}},\
            {"key":"l","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"}]}}},\
            {"key":"n","value":{"doubleValue":"NaN"}}],\
            "events":[{"timeUnixNano":"7","name":"e","attributes":[{"key":"k","value":{"stringValue":"v"}}]}],\
            "links":[{"traceId":"00000000000000010000000000000002","spanId":"0000000000000003","attributes":[]}],\
            "status":{"code":2,"message":"m"}}
            """
        #expect(written.serialized() == (try JSONValue.parse(expected)).serialized())
    }

    private static func span(_ name: String) -> SpanRecord {
        SpanRecord(
            traceHigh: 10, traceLow: 11, span: 12, parent: 0, state: nil, name: name, kind: .server,
            start: 1_700_000_000_000_000_001, end: 1_700_000_000_000_000_002)
    }
}
