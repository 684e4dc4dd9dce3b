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
    private let plan: AccessLinePlan
    private let writer: LogWriter
    private let loop: EventLoopContext
    private var lines = LineBuffer()
    private var clock = LineClock()
    private var isDirty = false
    /// For the line that is being written.
    private var room = 0
    private static let maxBatch = 64 * 1024

    init(_ form: AccessLogForm, writer: LogWriter, loop: EventLoopContext) {
        plan = AccessLinePlan(form)
        self.writer = writer
        self.loop = loop
    }

    /// - Parameters:
    ///   - exchange: A finished request.
    ///   - end: When it finished, on the loop's clock.
    func write(_ exchange: Exchange, end: Int64) {
        let start = lines.count
        room = plan.room + exchange.notes.count
        var line = lines.open(room)
        line.piece(plan.opening)
        for step in plan.steps { write(step, exchange, end, &line) }
        lines.close(line)
        if lines.count > start { lines.removeLast(AccessLinePlan.separatorBytes) }
        line = lines.open(plan.closing.count + LinePiece.slack)
        line.piece(plan.closing)
        lines.close(line)
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
        writer.write(lines.bytes, isPatient: true)
        lines.clear()
    }

    // MARK: Values

    @inline(__always)
    private func write(_ step: AccessLinePlan.Step, _ exchange: Exchange, _ end: Int64, _ line: inout LineCursor) {
        switch step.field {
        case .time:
            line.piece(step.before)
            clock.write(end, &line)
            line.piece(step.behind)
        case .status: number(step, exchange.status, &line)
        case .bytesIn: number(step, exchange.bytesIn, &line)
        case .bytesOut: number(step, exchange.bytesOut, &line)
        case .duration: time(step, end - exchange.startedAt, &line)
        case .queueTime: time(step, exchange.startedAt, exchange.timing.sentAt, &line)
        case .firstReplyTime: time(step, exchange.timing.sentAt, exchange.timing.firstReplyAt, &line)
        case .upstreamTime: time(step, exchange.timing.sentAt, exchange.timing.lastReplyAt, &line)
        case .method: text(step, exchange.notes.method, &line)
        case .path: text(step, exchange.notes.path, &line)
        case .host: text(step, exchange.notes.host, &line)
        case .userAgent: text(step, exchange.notes.userAgent, &line)
        case .referer: text(step, exchange.notes.referer, &line)
        case .client:
            let client = exchange.notes.client
            if client.isEmpty { text(step, exchange.clientAddress, &line) } else { text(step, client, &line) }
        case .code: if !exchange.code.isEmpty { text(step, exchange.code, &line) }
        case .upstream: text(step, exchange.ticket.endpoint, &line)
        case .tls: text(step, exchange.tlsVersion, &line)
        case .identity: text(step, exchange.identity, &line)
        case .protocol:
            let name = exchange.protocolName
            text(step, UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), &line)
        case .route:
            guard let index = exchange.routeIndex else { return text(step, "", &line) }
            name(step, exchange.dispatcher.routesInLines.piece(index, plan.format), &line)
        case .service:
            guard let route = exchange.route else { return }
            name(step, exchange.dispatcher.servicesInLines.piece(route.service, plan.format), &line)
        case .requestId:
            if let id = exchange.admission?.requestID { return text(step, id, &line) }
            line.piece(step.before)
            line.fill(RequestID.length) { exchange.id.write(to: $0) }
            line.piece(step.behind)
        case .traceId:
            guard let trace = exchange.knownTrace else { return }
            line.piece(step.before)
            line.fill(TraceContext.traceIDBytes) { trace.writeTraceID(to: $0) }
            line.piece(step.behind)
        }
    }

    @inline(__always)
    private func number(_ step: AccessLinePlan.Step, _ value: Int, _ line: inout LineCursor) {
        line.piece(step.before)
        line.integer(value)
        line.piece(step.behind)
    }

    @inline(__always)
    private func time(_ step: AccessLinePlan.Step, _ nanoseconds: Int64, _ line: inout LineCursor) {
        line.piece(step.before)
        line.milliseconds(nanoseconds)
        line.piece(step.behind)
    }

    /// From one moment to another, if that has come.
    @inline(__always)
    private func time(_ step: AccessLinePlan.Step, _ start: Int64, _ end: Int64, _ line: inout LineCursor) {
        if end != 0 { time(step, end - start, &line) }
    }

    /// Of any length.
    @inline(__always)
    private func name(_ step: AccessLinePlan.Step, _ name: LinePiece, _ line: inout LineCursor) {
        line.piece(step.before)
        if name.count > AccessLinePlan.maxText {
            long(UnsafeRawBufferPointer(start: name.start, count: name.count), &line) { $0.raw($1) }
        } else {
            line.piece(name)
        }
        line.piece(step.behind)
    }

    /// What was noted, for which there is room, or a text of the program's own.
    @inline(__always)
    private func text(_ step: AccessLinePlan.Step, _ bytes: UnsafeRawBufferPointer, _ line: inout LineCursor) {
        guard step.isAlways || !bytes.isEmpty else { return }
        line.piece(step.before)
        let isPlain =
            switch plan.format {
            case .json: line.plain(bytes, lowest: LineCursor.lowestInJSON)
            case .text: !bytes.isEmpty && line.plain(bytes, lowest: LineCursor.lowestInText)
            }
        if !isPlain { escaped(bytes, &line) }
        line.piece(step.behind)
    }

    private func text(_ step: AccessLinePlan.Step, _ text: String?, _ line: inout LineCursor) {
        guard var text else { return }
        text.withUTF8 { longText(step, UnsafeRawBufferPointer($0), &line) }
    }

    /// Of any length.
    private func longText(_ step: AccessLinePlan.Step, _ bytes: UnsafeRawBufferPointer, _ line: inout LineCursor) {
        guard bytes.count > AccessLinePlan.maxText else { return text(step, bytes, &line) }
        line.piece(step.before)
        escaped(bytes, &line)
        line.piece(step.behind)
    }

    @inline(never)
    private func escaped(_ bytes: UnsafeRawBufferPointer, _ line: inout LineCursor) {
        long(bytes, &line) { [isJSON = plan.format == .json] in
            if isJSON { $0.jsonContents($1) } else { $0.word($1) }
        }
    }

    /// What there is no room for may move all that is there; behind it there is as much room as before.
    private func long(
        _ bytes: UnsafeRawBufferPointer, _ line: inout LineCursor,
        _ write: (inout LineBuffer, UnsafeRawBufferPointer) -> Void
    ) {
        lines.close(line)
        write(&lines, bytes)
        line = lines.open(room)
    }
}
