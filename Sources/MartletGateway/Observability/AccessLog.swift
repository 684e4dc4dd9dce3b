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
        for index in plan.steps.indices { write(plan.steps[index], exchange, isPlain, &line) }
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
        switch step.field {
        case .time:
            line.piece(step.before)
            clock.write(exchange.endedAt, &line)
            line.short(step.behind)
        case .status: number(step, exchange.status, &line)
        case .bytesIn: number(step, exchange.bytesIn, &line)
        case .bytesOut: number(step, exchange.bytesOut, &line)
        case .duration: time(step, exchange.startedAt, exchange.endedAt, &line)
        case .queueTime: time(step, exchange.startedAt, exchange.timing.sentAt, &line)
        case .firstReplyTime: time(step, exchange.timing.sentAt, exchange.timing.firstReplyAt, &line)
        case .upstreamTime: time(step, exchange.timing.sentAt, exchange.timing.lastReplyAt, &line)
        case .method: noted(step, exchange.notes.method, isPlain, &line)
        case .path: noted(step, exchange.notes.path, isPlain, &line)
        case .host: noted(step, exchange.notes.host, isPlain, &line)
        case .userAgent: noted(step, exchange.notes.userAgent, isPlain, &line)
        case .referer: noted(step, exchange.notes.referer, isPlain, &line)
        case .client: noted(step, exchange.notes.client, isPlain, &line)
        case .code: if !exchange.code.isEmpty { line = text(step, exchange.code, line) }
        case .tls: line = text(step, exchange.tlsVersion, line)
        case .identity: line = text(step, exchange.identity, line)
        case .protocol: name(step, plan.protocolName(exchange.protocolIndex), &line)
        case .route:
            guard let index = exchange.routeIndex, let texts = exchange.routeTexts else {
                line = text(step, "", line)
                return
            }
            name(step, texts.pointee.routes.piece(index, plan.format), &line)
        case .service:
            guard let index = exchange.routeIndex, let texts = exchange.routeTexts else { return }
            name(step, texts.pointee.service(ofRoute: index, plan.format), &line)
        case .upstream:
            guard let index = exchange.routeIndex, let texts = exchange.routeTexts,
                let endpoint = exchange.ticket.endpoint
            else { return }
            name(
                step, texts.pointee.upstreams.piece(texts.pointee.upstream(ofRoute: index, endpoint), plan.format),
                &line)
        case .requestId:
            if let id = exchange.admission?.requestID {
                line = text(step, id, line)
                return
            }
            line.piece(step.before)
            line.fill(RequestID.length) { exchange.id.write(to: $0) }
            line.short(step.behind)
        case .traceId:
            guard let trace = exchange.knownTrace else { return }
            line.piece(step.before)
            line.fill(TraceContext.traceIDBytes) { trace.writeTraceID(to: $0) }
            line.short(step.behind)
        }
    }

    @inline(__always)
    private func number(_ step: Step, _ value: Int, _ line: inout LineCursor) {
        line.piece(step.before)
        line.integer(value)
        line.short(step.behind)
    }

    /// From one moment to another, if that has come.
    @inline(__always)
    private func time(_ step: Step, _ start: Int64, _ end: Int64, _ line: inout LineCursor) {
        guard end != 0 else { return }
        line.piece(step.before)
        line.milliseconds(end &- start)
        line.short(step.behind)
    }

    /// Of any length.
    @inline(__always)
    private func name(_ step: Step, _ name: LinePiece, _ line: inout LineCursor) {
        line.piece(step.before)
        if name.count > AccessLinePlan.maxText {
            line = long(UnsafeRawBufferPointer(start: name.start, count: name.count), line) { $0.raw($1) }
        } else {
            line.piece(name)
        }
        line.short(step.behind)
    }

    /// What was noted: there is room for it, and its bytes are known to stand for themselves or not.
    @inline(__always)
    private func noted(_ step: Step, _ bytes: UnsafeRawBufferPointer, _ isPlain: Bool, _ line: inout LineCursor) {
        guard isPlain, !bytes.isEmpty, let start = bytes.baseAddress else {
            line = text(step, bytes, line)
            return
        }
        line.piece(step.before)
        line.piece(LinePiece(start: start, count: bytes.count))
        line.short(step.behind)
    }

    // A cursor that these were lent could not stay in a register for all others.

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
