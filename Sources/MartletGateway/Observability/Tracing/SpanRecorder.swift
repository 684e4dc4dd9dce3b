import HTTPWire
import MicroservicesCore
import NIOCore

/// Records the spans of one event loop's requests that are sampled: one for the request, one for the message to the service.
///
/// They are written as they will be sent: what a generation's routes bring is copied (``SpanPieces``), and nothing is made that would
/// have to be counted and freed.
///
/// World: one event loop.
final class SpanRecorder {
    private let tracing: GatewayTracing
    private var clock = LineClock()
    private var text = LineBuffer()
    /// Where the spans of ``text`` end.
    private var ends: [Int] = []
    /// The host that was asked for last, and its attributes: most gateways have few.
    private var host = LineBuffer()
    private var hostAttributes = LineBuffer()

    init(_ tracing: GatewayTracing) {
        self.tracing = tracing
    }

    /// What has to be noted of each request: which of them are sampled is known a moment later.
    var wanted: RequestNotes.Wanted { [.target, .host, .client] }

    /// Records a sampled request that is over.
    func record(_ exchange: Exchange, _ trace: TraceContext) {
        // Of a generation that records nothing no span is made.
        let texts = UnsafePointer(exchange.routeTexts)
        guard tracing.queue != nil, texts.pointee.hasSpans else { return }
        writeRequest(exchange, trace, texts)
        ends.append(text.count)
        if exchange.timing.sentAt != 0, let route = exchange.routeIndex {
            writeMessage(exchange, trace, texts, route)
            ends.append(text.count)
        }
    }

    /// Hands over what was recorded.
    func flush() {
        guard !ends.isEmpty else { return }
        var all = ByteBuffer(bytes: text.bytes)
        var start = 0
        let spans = ends.compactMap { end in
            defer { start = end }
            return all.readSlice(length: end - start)
        }
        tracing.queue?.add(spans)
        text.clear()
        ends.removeAll(keepingCapacity: true)
    }

    private func wall(_ time: Int64) -> UInt64 { UInt64(max(clock.wall(time), 0)) }

    // MARK: The two spans

    /// Spec: OpenTelemetry semantic conventions for HTTP spans, "HTTP server"
    private func writeRequest(_ exchange: Exchange, _ trace: TraceContext, _ texts: UnsafePointer<RouteTexts>) {
        text.beginSpan(
            (trace.traceHigh, trace.traceLow), id: trace.request, parent: trace.parent, state: exchange.traceState)
        let method = HTTPMethod(exchange.notes.method)
        text.ascii(",\"name\":\"")
        text.ascii(method == .other ? "HTTP" : method.text)
        if let route = exchange.routeIndex { text.raw(texts.pointee.spans.templates[route]) }
        text.ascii("\",\"kind\":2")
        text.spanTimes(wall(exchange.startedAt), wall(exchange.endedAt))
        text.ascii(",\"attributes\":[{\"key\":\"http.request.method\",\"value\":{\"stringValue\":\"")
        text.ascii(method == .other ? "_OTHER" : method.text)
        text.attribute("\"}},{\"key\":\"url.path\",\"value\":{\"stringValue\":", exchange.notes.path)
        text.ascii(",{\"key\":\"url.scheme\",\"value\":{\"stringValue\":\"")
        text.ascii(exchange.tls == nil ? "http\"}}" : "https\"}}")
        text.attribute(",{\"key\":\"http.response.status_code\",\"value\":{\"intValue\":\"", exchange.status)
        text.attribute(",{\"key\":\"http.request.body.size\",\"value\":{\"intValue\":\"", exchange.bytesIn)
        text.attribute(",{\"key\":\"http.response.body.size\",\"value\":{\"intValue\":\"", exchange.bytesOut)
        text.ascii(",{\"key\":\"network.protocol.version\",\"value\":{\"stringValue\":\"")
        text.ascii(exchange.isHTTP2 ? "2\"}}" : exchange.minorVersion == 0 ? "1.0\"}}" : "1.1\"}}")
        text.attribute(",{\"key\":\"client.address\",\"value\":{\"stringValue\":", exchange.notes.client)
        text.ascii(",{\"key\":\"martlet.request.id\",\"value\":{\"stringValue\":")
        exchange.withRequestID { text.json($0) }
        text.ascii("}}")
        if method == .other {
            text.attribute(
                ",{\"key\":\"http.request.method_original\",\"value\":{\"stringValue\":", exchange.notes.method)
        }
        if let route = exchange.routeIndex { text.raw(texts.pointee.spans.routes[route]) }
        writeHost(exchange.notes.host)
        end(exchange, isError: exchange.status >= 500)
    }

    /// Spec: OpenTelemetry semantic conventions for RPC client spans and for messaging producer spans
    private func writeMessage(
        _ exchange: Exchange, _ trace: TraceContext, _ texts: UnsafePointer<RouteTexts>, _ route: Int
    ) {
        text.beginSpan(
            (trace.traceHigh, trace.traceLow), id: trace.message, parent: trace.request, state: exchange.traceState)
        text.raw(texts.pointee.spans.message(route, variant: exchange.variant))
        let last = exchange.timing.lastReplyAt == 0 ? exchange.endedAt : exchange.timing.lastReplyAt
        text.spanTimes(wall(exchange.timing.sentAt), wall(max(last, exchange.timing.sentAt)))
        text.ascii(",\"attributes\":")
        text.raw(texts.pointee.spans.messageAttributes(route, variant: exchange.variant))
        if let endpoint = exchange.ticket.endpoint {
            text.raw(texts.pointee.spans.upstreams[texts.pointee.upstream(ofRoute: route, endpoint)])
        }
        let queued = exchange.timing.sentAt - exchange.startedAt
        if queued > Self.noticeableQueueing {
            text.ascii(",{\"key\":\"martlet.queue.milliseconds\",\"value\":{\"doubleValue\":")
            var cursor = text.open(LineCursor.millisecondsBytes)
            cursor.milliseconds(queued)
            text.close(cursor)
            text.ascii("}}")
        }
        end(exchange, isError: exchange.status >= 500 || !exchange.code.isEmpty)
    }

    /// A wait for a connection below it is none.
    private static let noticeableQueueing: Int64 = 1_000_000

    /// How it went, and the span's end.
    private func end(_ exchange: Exchange, isError: Bool) {
        if !exchange.code.isEmpty {
            text.ascii(",{\"key\":\"error.type\",\"value\":{\"stringValue\":")
            text.spanText(exchange.code)
            text.ascii("}}")
        } else if isError {
            text.ascii(",{\"key\":\"error.type\",\"value\":{\"stringValue\":\"")
            text.integer(exchange.status)
            text.ascii("\"}}")
        }
        text.ascii(isError ? "],\"status\":{\"code\":2}}" : "]}")
    }

    private func writeHost(_ host: UnsafeRawBufferPointer) {
        guard !host.isEmpty else { return }
        if !self.host.bytes.elementsEqual(host) {
            self.host.clear()
            self.host.raw(host)
            hostAttributes.clear()
            hostAttributes.attributeList(SpanPieces.server(String(decoding: host, as: UTF8.self)))
        }
        text.byte(0x2C)
        text.raw(hostAttributes.bytes)
    }
}
