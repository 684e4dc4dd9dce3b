import Logging
import NetworkIO
import Pipeline
import Routing

/// Follows the requests of one event loop: notes what will be said of them, writes their lines, records their spans.
///
/// What is over is told of when the tick ends, all of it at once: between two answers the code that writes lines would drive the code
/// that answers out of the processor's first cache, and the other way round.
///
/// World: one event loop.
final class RequestObserver: TickFlushable {
    private let loop: EventLoopContext
    private var plan: ObservationPlan
    private var wanted: RequestNotes.Wanted
    private var log: AccessLog?
    /// For routes whose lines have a form of their own.
    private var logs: [LogFormat: AccessLog]
    private var spans: SpanRecorder?
    /// What decides over traces; `nil` when there are none.
    private var traces: (sampling: Sampling, followsParent: Bool)?
    private var ids = TraceIDs()
    /// Over, not told of yet.
    private var ended: [Unmanaged<Exchange>] = []
    /// The end of the tick is waited for.
    private var isWaiting = false

    /// No more wait than stay in the processor's caches.
    private static let maxEnded = 24

    init(_ plan: ObservationPlan, loop: EventLoopContext) {
        self.loop = loop
        self.plan = plan
        wanted = plan.wanted
        logs = [:]
        use(plan)
    }

    /// Goes by another plan from the next request on. Requests that are under way are told of with what was noted of them.
    func use(_ plan: ObservationPlan) {
        tell()
        self.plan = plan
        wanted = plan.wanted
        logs = Dictionary(
            uniqueKeysWithValues: LogFormat.allCases.map { format in
                (format, AccessLog(plan.form(format), writer: plan.writer))
            })
        log = plan.access.flatMap { logs[$0.format] }
        spans = plan.tracing.map { SpanRecorder($0) }
        if let spans { wanted.formUnion(spans.wanted) }
        traces = plan.tracing.map { ($0.sampling, $0.settings.followsParent) }
    }

    /// Where spans of enhancers go.
    var spanQueue: SpanQueue? { plan.tracing?.queue }

    /// Whether anything is noted of requests.
    @inline(__always)
    var isInterested: Bool { !wanted.isEmpty }

    /// A request is there.
    @inline(__always)
    func began(_ head: some RequestHead, _ exchange: Exchange, client: UnsafeRawBufferPointer) {
        if isInterested { note(head, exchange, client) }
    }

    private func note(_ head: some RequestHead, _ exchange: Exchange, _ client: UnsafeRawBufferPointer) {
        exchange.notes.note(head, wanted, client: client)
        if let traces {
            let trace = TraceContext(
                head, ids: &ids, sampling: traces.sampling, followsParent: traces.followsParent)
            exchange.trace = trace
            if trace.parent != 0 { exchange.traceState = trace.state(head) }
        }
    }

    /// Takes a request that is over and is still with its connection.
    ///
    /// - Returns: Whether something will be told of it; then its worker gets it back afterwards.
    @inline(__always)
    func ended(_ exchange: Exchange, at end: Int64) -> Bool {
        // A route of an earlier generation may be the last that has lines.
        guard !wanted.isEmpty || exchange.plan?.accessLog != nil else { return false }
        return take(exchange, end)
    }

    private func take(_ exchange: Exchange, _ end: Int64) -> Bool {
        let isRecorded = exchange.trace?.isSampled ?? false
        guard log != nil || isRecorded || exchange.plan?.accessLog != nil else { return false }
        // Of what is no request nothing is noted yet.
        if wanted.contains(.client), !exchange.notes.hasClient { exchange.notes.note(client: exchange.clientAddress) }
        if isRecorded || wanted.contains(.tls) { exchange.notes.note(tls: exchange.sink?.tls) }
        exchange.end(at: end)
        ended.append(.passRetained(exchange))
        if ended.count == Self.maxEnded {
            tell()
        } else if !isWaiting {
            isWaiting = true
            loop.flushAtEndOfTick(self)
        }
        return true
    }

    func flushTick() {
        isWaiting = false
        tell()
    }

    /// Tells of all that are over, and gives them back.
    private func tell() {
        guard !ended.isEmpty else { return }
        // What is looked up for each of many is counted for each.
        let (spans, minStatus, sampling) = (spans, plan.minStatus, plan.sampling)
        let log = log.map(Unmanaged.passUnretained)
        for each in ended {
            each._withUnsafeGuaranteedRef { exchange in
                if let settings = exchange.plan?.accessLog {
                    if let log = self.log(for: exchange, settings) { log.write(exchange) }
                } else if let log, exchange.status >= minStatus, Self.isKept(exchange, sampling) {
                    log._withUnsafeGuaranteedRef { $0.write(exchange) }
                }
                if let spans, let trace = exchange.trace, trace.isSampled { spans.record(exchange, trace) }
            }
        }
        for log in logs.values { log.flush() }
        spans?.flush()
        // All are of one loop, hence of one worker.
        ended[0].takeUnretainedValue().worker.takeBack(ended)
        ended.removeAll(keepingCapacity: true)
    }

    /// Where the line goes, if there is one, of a route that has its own say.
    private func log(for exchange: Exchange, _ settings: AccessLogSettings) -> AccessLog? {
        guard exchange.status >= settings.minStatus, Self.isKept(exchange, plan.sampling) else { return nil }
        switch settings.format {
        case nil: return log ?? logs[.text]
        case .text: return logs[.text]
        case .json: return logs[.json]
        }
    }

    /// Failures have their lines, and a share of all else: by its trace where it has one, so that others who log by the trace
    /// keep the same.
    @inline(__always)
    private static func isKept(_ exchange: Exchange, _ sampling: Sampling) -> Bool {
        sampling.keepsAll || exchange.status >= 500 || !exchange.code.isEmpty
            || sampling.keeps(exchange.knownTrace?.traceLow ?? exchange.id.bits)
    }
}
