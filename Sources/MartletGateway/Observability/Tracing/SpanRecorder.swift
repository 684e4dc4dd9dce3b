import MessageWire
import MicroservicesCore
import Pipeline
import Routing

/// Records the spans of one event loop's requests that are sampled: one for the request, one for the message to the service.
///
/// World: one event loop.
final class SpanRecorder {
    private let tracing: GatewayTracing
    private var clock = LineClock()
    private var spans: [SpanRecord] = []

    /// Spans of one tick; more are dropped, and counted with those that found no room.
    private static let maxSpans = 1024

    init(_ tracing: GatewayTracing) {
        self.tracing = tracing
    }

    /// What has to be noted of each request: which of them are sampled is known a moment later.
    var wanted: RequestNotes.Wanted { [.target, .host, .client] }

    /// Records a sampled request that is over.
    func record(_ exchange: Exchange, _ trace: TraceContext) {
        guard tracing.queue != nil else { return }
        spans.append(requestSpan(exchange, trace))
        if exchange.timing.sentAt != 0 { spans.append(messageSpan(exchange, trace)) }
        if spans.count >= Self.maxSpans { flush() }
    }

    /// Hands over what was recorded.
    func flush() {
        guard !spans.isEmpty else { return }
        tracing.queue?.add(spans)
        spans.removeAll(keepingCapacity: true)
    }

    private func wall(_ time: Int64) -> UInt64 { UInt64(max(clock.wall(time), 0)) }

    // MARK: The two spans

    /// Spec: OpenTelemetry semantic conventions for HTTP spans, "HTTP server"
    private func requestSpan(_ exchange: Exchange, _ trace: TraceContext) -> SpanRecord {
        let method = String(decoding: exchange.notes.method, as: UTF8.self)
        let known = MethodSet.named.contains { $0.name == method } ? method : "_OTHER"
        let template = exchange.route?.path.text
        var span = SpanRecord(
            traceHigh: trace.traceHigh, traceLow: trace.traceLow, span: trace.request, parent: trace.parent,
            state: exchange.traceState, name: (known == "_OTHER" ? "HTTP" : known) + (template.map { " \($0)" } ?? ""),
            kind: .server, start: wall(exchange.startedAt), end: wall(exchange.endedAt))
        span.attributes = [
            .init("http.request.method", .text(known)),
            .init("url.path", .text(String(decoding: exchange.notes.path, as: UTF8.self))),
            .init("url.scheme", .text(exchange.tlsVersion == nil ? "http" : "https")),
            .init("http.response.status_code", .integer(exchange.status)),
            .init("http.request.body.size", .integer(exchange.bytesIn)),
            .init("http.response.body.size", .integer(exchange.bytesOut)),
            .init("network.protocol.version", .text(String(exchange.protocolName.dropFirst("HTTP/".count)))),
            .init("client.address", .text(String(decoding: exchange.notes.client, as: UTF8.self))),
            .init("martlet.request.id", .text(exchange.requestID)),
        ]
        if known == "_OTHER" { span.attributes.append(.init("http.request.method_original", .text(method))) }
        if let route = exchange.route {
            span.attributes.append(.init("http.route", .text(route.path.text)))
            span.attributes.append(.init("martlet.route", .text(route.id)))
        }
        span.attributes += Self.address(String(decoding: exchange.notes.host, as: UTF8.self), "server")
        fail(&span, exchange, isError: exchange.status >= 500)
        return span
    }

    /// Spec: OpenTelemetry semantic conventions for RPC client spans and for messaging producer spans
    private func messageSpan(_ exchange: Exchange, _ trace: TraceContext) -> SpanRecord {
        let pattern = exchange.route.map { route in
            let pattern = route.pattern.variants[min(exchange.variant, route.pattern.variants.count - 1)]
            return pattern.stringValue ?? pattern.serialized()
        }
        let service = exchange.serviceName ?? ""
        let isEvent = exchange.route?.kind == .emit
        let last = exchange.timing.lastReplyAt == 0 ? exchange.endedAt : exchange.timing.lastReplyAt
        var span = SpanRecord(
            traceHigh: trace.traceHigh, traceLow: trace.traceLow, span: trace.message, parent: trace.request,
            state: exchange.traceState, name: isEvent ? "send \(pattern ?? "")" : "\(service)/\(pattern ?? "")",
            kind: isEvent ? .producer : .client, start: wall(exchange.timing.sentAt),
            end: wall(max(last, exchange.timing.sentAt)))
        span.attributes =
            isEvent
            ? [
                .init("messaging.system", .text("nestjs")), .init("messaging.operation.type", .text("send")),
                .init("messaging.destination.name", .text(pattern ?? "")), .init("peer.service", .text(service)),
            ]
            : [
                .init("rpc.system", .text("nestjs")), .init("rpc.service", .text(service)),
                .init("rpc.method", .text(pattern ?? "")), .init("peer.service", .text(service)),
            ]
        span.attributes.append(.init("network.transport", .text("tcp")))
        if let upstream = exchange.upstream {
            span.attributes += Self.address(upstream, "server")
        }
        let queued = exchange.timing.sentAt - exchange.startedAt
        if queued > Self.noticeableQueueing {
            span.attributes.append(.init("martlet.queue.milliseconds", .double(Double(queued / 1000) / 1000)))
        }
        fail(&span, exchange, isError: exchange.status >= 500 || !exchange.code.isEmpty)
        return span
    }

    /// A wait for a connection below it is none.
    private static let noticeableQueueing: Int64 = 1_000_000

    private func fail(_ span: inout SpanRecord, _ exchange: Exchange, isError: Bool) {
        if isError { span.isError = true }
        if !exchange.code.isEmpty {
            span.attributes.append(.init("error.type", .text(exchange.code)))
        } else if isError {
            span.attributes.append(.init("error.type", .text("\(exchange.status)")))
        }
    }

    /// `host:port` as two attributes.
    private static func address(_ text: String, _ prefix: String) -> [SpanRecord.Attribute] {
        guard !text.isEmpty else { return [] }
        guard let address = EndpointAddress(text) else { return [.init("\(prefix).address", .text(text))] }
        return [
            .init("\(prefix).address", .text(address.host)), .init("\(prefix).port", .integer(address.port)),
        ]
    }
}
