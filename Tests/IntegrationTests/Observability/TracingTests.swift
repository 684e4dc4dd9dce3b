import MartletGateway
import MessageWire
import Pipeline
import Synchronization
import TestSupport
import Testing
import Tracing

/// The gateway's spans, their way to a receiver, and what services and enhancers get to know of them.
@Suite struct TracingTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    private static func tracing(_ port: Int, _ more: String = "") -> String {
        "tracing: { otlp: { endpoint: \"http://127.0.0.1:\(port)/v1/traces\" }, interval: 10ms\(more.isEmpty ? "" : ", " + more) }"
    }

    /// The parts of the `traceparent` in the last packet.
    private func parent(_ gateway: BuiltInGateway) throws -> [String] {
        let metadata = try #require(gateway.packets.metadata)
        let text = try #require(JSONValue.parse(metadata)["traceparent"]?.stringValue)
        return text.split(separator: "-").map(String.init)
    }

    @Test func `the caller's span is the parent of ours, and the service's is the message's`() async throws {
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port))
        let answer = try await gateway.ask(
            "GET /get/7?secret=1", "traceparent: 00-\(Self.trace)-\(Self.span)-01", "tracestate: a=1")
        #expect(answer.status == 200)
        let sent = try parent(gateway)
        #expect(sent[1] == Self.trace && sent[3] == "01")
        #expect(gateway.packets.metadata?.contains("\"tracestate\":\"a=1\"") == true)
        try await eventually("two spans") { receiver.spans.count == 2 }
        let spans = receiver.spans
        let server = try #require(spans.first { $0.kind == 2 })
        let client = try #require(spans.first { $0.kind == 3 })
        #expect(server.name == "GET /get/:id" && server.trace == Self.trace && server.parent == Self.span)
        #expect(client.trace == Self.trace && client.parent == server.id && client.id == sent[2])
        #expect(server["http.request.method"] == "GET" && server["http.route"] == "/get/:id")
        // Of a query nothing is said.
        #expect(server["url.path"] == "/get/7" && server["http.response.status_code"] == "200")
        #expect(server["martlet.request.id"]?.stringValue == answer["x-request-id"])
        #expect(server["server.address"] == "t" && server["error.type"] == nil && server.json["status"] == nil)
        #expect(client["rpc.system"] == "nestjs" && client["rpc.service"] == "s")
        #expect(client["server.address"] == "127.0.0.1" && server.json["traceState"] == "a=1")
        let times = try #require(server.times)
        let inner = try #require(client.times)
        #expect(times.start <= inner.start && inner.start <= inner.end && inner.end <= times.end)
        #expect(times.start > 1_700_000_000_000_000_000)
        let request = try #require(receiver.requests.first)
        #expect(request.head.hasPrefix("POST /v1/traces HTTP/1.1\r\n"))
        #expect(request.head.lowercased().contains("content-type: application/json"))
        let resource = try #require(request.body["resourceSpans"]?[0]?["resource"]?["attributes"])
        #expect(OTLPReceiver.value(resource, "service.name") == "martlet")
        await gateway.stop()
        await receiver.stop()
    }

    @Test func `what is not sampled is passed on, and nothing is sent`() async throws {
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port, "sample: 0%"))
        _ = try await gateway.ask("GET /get/7", "traceparent: 00-\(Self.trace)-\(Self.span)-00")
        let known = try parent(gateway)
        #expect(known[1] == Self.trace && known[2] != Self.span && known[3] == "00")
        _ = try await gateway.ask("GET /get/7")
        let new = try parent(gateway)
        #expect(new[1] != Self.trace && new[3] == "00")
        // This one is, because its caller says so.
        _ = try await gateway.ask("GET /get/7", "traceparent: 00-\(Self.trace)-\(Self.span)-01")
        #expect(try parent(gateway)[3] == "01")
        // Stopping sends what is there.
        await gateway.stop()
        #expect(receiver.spans.count == 2 && receiver.spans.allSatisfy { $0.trace == Self.trace })
        await receiver.stop()
    }

    @Test func `a caller's flag can be ignored`() async throws {
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port, "sample: 0%, parent: ignore"))
        _ = try await gateway.ask("GET /get/7", "traceparent: 00-\(Self.trace)-\(Self.span)-01")
        let sent = try parent(gateway)
        #expect(sent[1] == Self.trace && sent[3] == "00")
        await gateway.stop()
        #expect(receiver.requests.isEmpty)
        await receiver.stop()
    }

    @Test func `a failure is an error with its code, and a request without a message has one span`() async throws {
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port)) { _, id in
            frame("{\"err\":{\"statusCode\":503,\"message\":\"m\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
        }
        _ = try await gateway.ask("GET /none")
        _ = try await gateway.ask("GET /get/7")
        await gateway.stop()
        let spans = receiver.spans
        #expect(spans.count == 3)
        let missing = try #require(spans.first { $0.name == "GET" })
        #expect(missing["error.type"] == "not_found" && missing.json["status"] == nil)
        let failed = try #require(spans.first { $0.name == "GET /get/:id" })
        #expect(failed["error.type"] == "service_error" && failed.json["status"]?["code"] == 2)
        await receiver.stop()
    }

    @Test func `every request's own host, method and path are in its span`() async throws {
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port))
        let long = String(repeating: "x", count: 5000)
        for request in [
            "GET /get/1 HTTP/1.1\r\nhost: one:81\r\n\r\n", "GET /get/2 HTTP/1.0\r\nhost: two\r\n\r\n",
            "GET /get/3 HTTP/1.1\r\nhost: two\r\n\r\n", "BREW /get/4 HTTP/1.1\r\nhost: one:81\r\n\r\n",
            "GET /get/\(long) HTTP/1.1\r\nhost: [::1]:82\r\n\r\n",
        ] { _ = try await gateway.gateway.exchange(request) }
        await gateway.stop()
        let spans = receiver.spans.filter { $0.kind == 2 }
        #expect(spans.count == 5)
        #expect(spans.map { $0["server.address"] } == ["one", "two", "two", "one", "::1"])
        #expect(spans.map { $0["server.port"] } == ["81", nil, nil, "81", "82"])
        #expect(spans.map(\.name) == ["GET /get/:id", "GET /get/:id", "GET /get/:id", "HTTP", "GET /get/:id"])
        #expect(spans.map { $0["network.protocol.version"] } == ["1.1", "1.0", "1.1", "1.1", "1.1"])
        #expect(spans[3]["http.request.method"] == "_OTHER" && spans[3]["http.request.method_original"] == "BREW")
        // Cut to 4096 bytes.
        #expect(spans[4]["url.path"]?.stringValue == "/get/" + long.prefix(4091))
        await receiver.stop()
    }

    @Test func `an event's message is a producer's span`() async throws {
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(gateway: Self.tracing(receiver.port))
        _ = try await gateway.post("/event", "{}")
        _ = try await gateway.post("/event", "{}")
        await gateway.stop()
        let sent = receiver.spans.filter { $0.kind == 4 }
        #expect(sent.count == 2)
        #expect(sent.allSatisfy { $0.name == "send happened" && $0["messaging.destination.name"] == "happened" })
        await receiver.stop()
    }

    @Test func `spans of enhancers are children of the request's`() async throws {
        let receiver = try await OTLPReceiver()
        let seen = Mutex<String?>(nil)
        var enhancers = EnhancerRegistry()
        enhancers.addGuard("Ask") { _ in
            AnyGuard { _ in
                seen.withLock { $0 = ServiceContext.current?.traceParent }
                return await MartletTracer.shared.withSpan("ask somebody") { span in
                    span.attributes["tenant"] = "a"
                    await Task.yield()
                    return true
                }
            }
        }
        let gateway = try await BuiltInGateway(
            use: "guards: [Ask]", gateway: Self.tracing(receiver.port), enhancers: enhancers)
        #expect(try await gateway.ask("GET /get/7").status == 200)
        await gateway.stop()
        let spans = receiver.spans
        #expect(spans.count == 3)
        let server = try #require(spans.first { $0.kind == 2 })
        let own = try #require(spans.first { $0.name == "ask somebody" })
        #expect(own.parent == server.id && own.trace == server.trace && own.kind == 1 && own["tenant"] == "a")
        #expect(seen.withLock { $0 } == "00-\(server.trace)-\(server.id)-01")
        #expect(spans.first { $0.kind == 3 }?.parent == server.id)
        await receiver.stop()
    }

    @Test func `headers are sent, those of files by their first line`() async throws {
        let receiver = try await OTLPReceiver()
        let path = "/tmp/martlet-otlp-\(UInt64.random(in: .min ... .max))"
        let secret = try LogWriter.file(path)
        secret.write(line: "geheim\nmore")
        secret.flush()
        let gateway = try await BuiltInGateway(
            gateway:
                "tracing: { otlp: { endpoint: \"http://127.0.0.1:\(receiver.port)/\", headers: { x-a: b, authorization: { file: \(path) } } }, service: shop, resource: { deployment.environment.name: test } }"
        )
        _ = try await gateway.ask("GET /get/7")
        await gateway.stop()
        let request = try #require(receiver.requests.first)
        let head = request.head.lowercased()
        #expect(head.contains("\r\nx-a: b") && head.contains("\r\nauthorization: geheim"))
        let resource = try #require(request.body["resourceSpans"]?[0]?["resource"]?["attributes"])
        #expect(OTLPReceiver.value(resource, "service.name") == "shop")
        #expect(OTLPReceiver.value(resource, "deployment.environment.name") == "test")
        await receiver.stop()
    }

    @Test func `an access line names the trace`() async throws {
        let lines = try AccessLines()
        let receiver = try await OTLPReceiver()
        let gateway = try await BuiltInGateway(
            gateway: "\(Self.tracing(receiver.port)), logging: { access: { fields: [status, traceId] } }".asTwoLines,
            accessLog: lines.writer)
        _ = try await gateway.ask("GET /get/7", "traceparent: 00-\(Self.trace)-\(Self.span)-00")
        await gateway.stop()
        #expect(lines.read() == ["200 trace_id=\(Self.trace)"])
        await receiver.stop()
    }
}

extension String {
    /// The line of a mapping in flow style after another.
    fileprivate var asTwoLines: String {
        ranges(of: ", logging:").first.map { "\(self[..<$0.lowerBound])\n  logging:\(self[$0.upperBound...])" } ?? self
    }
}
