import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Routing

/// One line for each finished request, gathered for a tick and handed to the writer in one piece.
///
/// Only what was asked for by name is logged; never a query, and of headers two that are asked for: they carry secrets more
/// often than not. Bytes are written where they stay until they leave: a line makes no strings.
///
/// World: one event loop.
final class AccessLog: TickFlushable {
    private let form: AccessLogForm
    private let writer: LogWriter
    private let loop: EventLoopContext
    private var lines = LineBuffer()
    private var clock = LineClock()
    private var isDirty = false
    private static let maxBatch = 64 * 1024

    init(_ form: AccessLogForm, writer: LogWriter, loop: EventLoopContext) {
        self.form = form
        self.writer = writer
        self.loop = loop
    }

    /// - Parameters:
    ///   - exchange: A finished request.
    ///   - end: When it finished, on the loop's clock.
    func write(_ exchange: Exchange, end: Int64) {
        switch form.format {
        case .text: writeText(exchange, end)
        case .json: writeJSON(exchange, end)
        }
        if lines.count > Self.maxBatch {
            flush()
        } else if !isDirty {
            isDirty = true
            loop.flushAtEndOfTick(self)
        }
    }

    func flushTick() {
        isDirty = false
        flush()
    }

    private func flush() {
        guard lines.count > 0 else { return }
        lines.take { writer.write($0, isPatient: true) }
    }

    // MARK: Text

    private func writeText(_ exchange: Exchange, _ end: Int64) {
        var isFirst = true
        for field in form.fields {
            guard field.isColumn || exchange.has(field) else { continue }
            if isFirst { isFirst = false } else { lines.byte(0x20) }
            column(field, exchange, end)
        }
        lines.byte(0x0A)
    }

    /// The columns of every line stand without their names, the rest as `name=value`.
    private func column(_ field: AccessField, _ exchange: Exchange, _ end: Int64) {
        switch field {
        case .time: clock.write(end, into: &lines)
        case .status: lines.integer(exchange.status)
        case .method: exchange.notes.withMethod { lines.word($0) }
        case .path: exchange.notes.withPath { lines.word($0) }
        case .duration:
            lines.milliseconds(end - exchange.startedAt)
            lines.ascii("ms")
        case .bytesOut:
            lines.integer(exchange.bytesOut)
            lines.byte(0x42)
        case .client: lines.word(exchange.clientForLine)
        default:
            lines.ascii(field.textName)
            value(field, exchange, end) { $0.word($1) }
        }
    }

    // MARK: JSON

    private func writeJSON(_ exchange: Exchange, _ end: Int64) {
        lines.byte(0x7B)
        // The order of all other lines: when, how bad, what.
        let beginsWithTime = form.fields.first == .time
        if beginsWithTime {
            member(.time, exchange, end)
            lines.byte(0x2C)
        }
        lines.ascii("\"level\":\"info\",\"msg\":\"request\"")
        for field in form.fields.dropFirst(beginsWithTime ? 1 : 0) where field == .route || exchange.has(field) {
            lines.byte(0x2C)
            member(field, exchange, end)
        }
        lines.ascii("}\n")
    }

    private func member(_ field: AccessField, _ exchange: Exchange, _ end: Int64) {
        lines.ascii(field.jsonName)
        switch field {
        case .time:
            lines.byte(0x22)
            clock.write(end, into: &lines)
            lines.byte(0x22)
        case .status: lines.integer(exchange.status)
        case .method: exchange.notes.withMethod { lines.json($0) }
        case .path: exchange.notes.withPath { lines.json($0) }
        case .duration: lines.milliseconds(end - exchange.startedAt)
        case .bytesOut: lines.integer(exchange.bytesOut)
        case .client: lines.json(exchange.clientForLine)
        default: value(field, exchange, end) { $0.json($1) }
        }
    }

    // MARK: Both

    /// What is no column: numbers as they are, texts in the way of the form.
    private func value(
        _ field: AccessField, _ exchange: Exchange, _ end: Int64,
        _ text: (inout LineBuffer, UnsafeRawBufferPointer) -> Void
    ) {
        func string(_ value: String) {
            var value = value
            value.withUTF8 { text(&lines, UnsafeRawBufferPointer($0)) }
        }
        switch field {
        case .host: exchange.notes.withHost { text(&lines, $0) }
        case .userAgent: exchange.notes.withUserAgent { text(&lines, $0) }
        case .referer: exchange.notes.withReferer { text(&lines, $0) }
        case .protocol: string(exchange.protocolName)
        case .route: string(exchange.route?.id ?? "")
        case .service: string(exchange.serviceName ?? "")
        case .code: string(exchange.code)
        case .bytesIn: lines.integer(exchange.bytesIn)
        case .requestId: exchange.withRequestID { text(&lines, $0) }
        case .traceId: exchange.knownTrace?.withTraceID { text(&lines, $0) }
        case .upstream: string(exchange.ticket.endpoint ?? "")
        case .queueTime: lines.milliseconds(exchange.timing.sentAt - exchange.startedAt)
        case .firstReplyTime: lines.milliseconds(exchange.timing.firstReplyAt - exchange.timing.sentAt)
        case .upstreamTime: lines.milliseconds(exchange.timing.lastReplyAt - exchange.timing.sentAt)
        case .tls: string(exchange.tlsVersion ?? "")
        case .identity: string(exchange.identity ?? "")
        case .time, .status, .method, .path, .duration, .bytesOut, .client: break
        }
    }
}

/// How access lines look, the same for all loops.
struct AccessLogForm: Sendable {
    var format: LogFormat
    var fields: [AccessField]

    init(_ format: LogFormat, fields: [AccessField]?) {
        self.format = format
        self.fields = fields ?? (format == .text ? AccessField.standardText : AccessField.standardJSON)
    }
}

extension AccessField {
    /// Has its place in every line of text, also when there is nothing to say.
    fileprivate var isColumn: Bool {
        switch self {
        case .time, .status, .method, .path, .duration, .bytesOut, .client, .route: true
        default: false
        }
    }

    /// The member of a line of JSON.
    fileprivate var jsonName: StaticString {
        switch self {
        case .time: "\"ts\":"
        case .client: "\"client\":"
        case .method: "\"method\":"
        case .path: "\"path\":"
        case .host: "\"host\":"
        case .protocol: "\"protocol\":"
        case .route: "\"route\":"
        case .service: "\"service\":"
        case .status: "\"status\":"
        case .code: "\"code\":"
        case .duration: "\"duration_ms\":"
        case .bytesIn: "\"bytes_in\":"
        case .bytesOut: "\"bytes\":"
        case .requestId: "\"request_id\":"
        case .traceId: "\"trace_id\":"
        case .upstream: "\"upstream\":"
        case .queueTime: "\"queue_ms\":"
        case .firstReplyTime: "\"first_reply_ms\":"
        case .upstreamTime: "\"upstream_ms\":"
        case .userAgent: "\"user_agent\":"
        case .referer: "\"referer\":"
        case .tls: "\"tls\":"
        case .identity: "\"identity\":"
        }
    }

    /// What stands before the value in a line of text.
    fileprivate var textName: StaticString {
        switch self {
        // As lines of text have always called it.
        case .requestId: "id="
        case .time: "ts="
        case .client: "client="
        case .method: "method="
        case .path: "path="
        case .host: "host="
        case .protocol: "protocol="
        case .route: "route="
        case .service: "service="
        case .status: "status="
        case .code: "code="
        case .duration: "duration_ms="
        case .bytesIn: "bytes_in="
        case .bytesOut: "bytes="
        case .traceId: "trace_id="
        case .upstream: "upstream="
        case .queueTime: "queue_ms="
        case .firstReplyTime: "first_reply_ms="
        case .upstreamTime: "upstream_ms="
        case .userAgent: "user_agent="
        case .referer: "referer="
        case .tls: "tls="
        case .identity: "identity="
        }
    }
}
