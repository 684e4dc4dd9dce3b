import MessageWire
import MicroservicesCore
import NIOCore
import Routing

/// One line for each finished request, written when a tick ends and handed to the writer in one piece.
///
/// Only what was asked for by name is logged; never a query, and of headers two that are asked for: they carry secrets more
/// often than not. Bytes are written where they stay until they leave: a line makes no strings.
///
/// World: one event loop.
final class AccessLog {
    private let plan: AccessLinePlan
    private let writer: LogWriter
    private var lines = LineBuffer()
    private var clock = LineClock()
    /// For the line that is being written.
    private var room = 0
    private static let maxBatch = 64 * 1024

    init(_ form: AccessLogForm, writer: LogWriter) {
        plan = AccessLinePlan(form)
        self.writer = writer
    }

    /// Writes the line of a request that is over.
    func write(_ exchange: Exchange) {
        room = plan.room + exchange.notes.count
        let isPlain = exchange.notes.isPlain(in: plan.format)
        var line = lines.open(room)
        line.piece(plan.opening)
        if plan.beginsWithTime {
            clock.write(exchange.endedAt, &line)
            line.piece(plan.behindTime)
        }
        let first = lines.count
        for step in plan.steps { write(step, exchange, isPlain, &line) }
        if lines.position(of: line) > first { line.back() }
        line.short(plan.closing)
        lines.close(line)
        if lines.count > Self.maxBatch { flush() }
    }

    /// Hands over what was written.
    func flush() {
        guard lines.count > 0 else { return }
        writer.write(lines.bytes, isPatient: true)
        lines.clear()
    }

    // MARK: Values

    private typealias Step = AccessLinePlan.Step

    @inline(__always)
    private func write(_ step: Step, _ exchange: Exchange, _ isPlain: Bool, _ line: inout LineCursor) {
        // What stands before a value is written before it is known whether there is one: without it the next value takes the place.
        var value = line
        value.piece(step.before)
        switch step.field {
        case .time: clock.write(exchange.endedAt, &value)
        case .status: value.integer(exchange.status)
        case .bytesIn: value.integer(exchange.bytesIn)
        case .bytesOut: value.integer(exchange.bytesOut)
        case .duration: guard value.span(exchange.startedAt, exchange.endedAt) else { return }
        case .queueTime: guard value.span(exchange.startedAt, exchange.timing.sentAt) else { return }
        case .firstReplyTime:
            guard value.span(exchange.timing.sentAt, exchange.timing.firstReplyAt) else { return }
        case .upstreamTime: guard value.span(exchange.timing.sentAt, exchange.timing.lastReplyAt) else { return }
        case .method, .path, .host, .userAgent, .referer, .client:
            let bytes = exchange.notes.text(of: step.field)
            // There is room for what was noted.
            guard isPlain, bytes.count > 0, let start = bytes.baseAddress else {
                line = text(step, bytes, line)
                return
            }
            value.piece(LinePiece(start: start, count: bytes.count))
        case .protocol: value.piece(plan.protocolName(exchange.protocolIndex))
        case .route, .service, .upstream:
            guard let name = name(step.field, exchange), name.count <= AccessLinePlan.maxText else {
                line = longName(step, exchange, line)
                return
            }
            value.piece(name)
        case .requestId:
            guard exchange.admission == nil else {
                line = requestID(step, exchange, line)
                return
            }
            value.fill(RequestID.length) { exchange.id.write(to: $0) }
        case .traceId:
            guard let trace = exchange.knownTrace else { return }
            value.fill(TraceContext.traceIDBytes) { trace.writeTraceID(to: $0) }
        case .code, .tls, .identity:
            line = rareText(step, exchange, line)
            return
        }
        value.short(step.behind)
        line = value
    }

    /// What a generation's routes bring; `nil` where the request has none of it.
    @inline(__always)
    private func name(_ field: AccessField, _ exchange: Exchange) -> LinePiece? {
        guard let index = exchange.routeIndex else { return nil }
        let texts = exchange.routeTexts
        switch field {
        case .route: return texts.pointee.routes.piece(index, plan.format)
        case .service: return texts.pointee.service(ofRoute: index, plan.format)
        default:
            guard let endpoint = exchange.ticket.endpoint else { return nil }
            let place = texts.pointee.upstream(ofRoute: index, endpoint)
            return texts.pointee.upstreams.piece(place, plan.format)
        }
    }

    // A cursor that these were lent could not stay in a register for all others.

    @inline(never)
    private func longName(_ step: Step, _ exchange: Exchange, _ line: LineCursor) -> LineCursor {
        guard let name = name(step.field, exchange) else {
            return text(step, UnsafeRawBufferPointer(start: nil, count: 0), line)
        }
        var line = line
        line.piece(step.before)
        line = long(UnsafeRawBufferPointer(start: name.start, count: name.count), line) { $0.raw($1) }
        line.short(step.behind)
        return line
    }

    @inline(never)
    private func requestID(_ step: Step, _ exchange: Exchange, _ line: LineCursor) -> LineCursor {
        var line = line
        exchange.withRequestID { line = text(step, $0, line) }
        return line
    }

    @inline(__always)
    private func rareText(_ step: Step, _ exchange: Exchange, _ line: LineCursor) -> LineCursor {
        switch step.field {
        case .code: exchange.code.isEmpty ? line : text(step, exchange.code, line)
        case .tls: text(step, exchange.tlsVersion, line)
        default: text(step, exchange.identity, line)
        }
    }

    private func text(_ step: Step, _ text: String?, _ line: LineCursor) -> LineCursor {
        guard var text else { return line }
        return text.withUTF8 { self.text(step, UnsafeRawBufferPointer($0), line) }
    }

    /// Of any length, whatever its bytes are.
    @inline(never)
    private func text(_ step: Step, _ bytes: UnsafeRawBufferPointer, _ line: LineCursor) -> LineCursor {
        guard step.isAlways || !bytes.isEmpty else { return line }
        var line = line
        line.piece(step.before)
        line = long(bytes, line) { [isJSON = plan.format == .json] in
            if isJSON { $0.jsonContents($1) } else { $0.word($1) }
        }
        line.short(step.behind)
        return line
    }

    /// What there is no room for may move all that is there; behind it there is as much room as before.
    private func long(
        _ bytes: UnsafeRawBufferPointer, _ line: LineCursor,
        _ write: (inout LineBuffer, UnsafeRawBufferPointer) -> Void
    ) -> LineCursor {
        lines.close(line)
        write(&lines, bytes)
        return lines.open(room)
    }
}

extension LineCursor {
    /// From one moment to another.
    ///
    /// - Returns: Whether that has come; if not, nothing was written.
    @inline(__always)
    fileprivate mutating func span(_ start: Int64, _ end: Int64) -> Bool {
        guard end != 0 else { return false }
        milliseconds(end &- start)
        return true
    }
}
