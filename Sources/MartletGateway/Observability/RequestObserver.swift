import Logging
import NetworkIO
import Pipeline
import Routing

/// Follows the requests of one event loop: notes what will be said of them, writes their lines, records their spans.
///
/// World: one event loop.
final class RequestObserver {
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

    init(_ plan: ObservationPlan, loop: EventLoopContext) {
        self.loop = loop
        self.plan = plan
        wanted = plan.wanted
        logs = [:]
        use(plan)
    }

    /// Goes by another plan from the next request on. Requests that are under way are told of with what was noted of them.
    func use(_ plan: ObservationPlan) {
        self.plan = plan
        wanted = plan.wanted
        logs = Dictionary(
            uniqueKeysWithValues: LogFormat.allCases.map { format in
                (format, AccessLog(plan.form(format), writer: plan.writer, loop: loop))
            })
        log = plan.access.flatMap { logs[$0.format] }
        spans = plan.tracing.map { SpanRecorder($0, loop: loop) }
        if let spans { wanted.formUnion(spans.wanted) }
        traces = plan.tracing.map { ($0.sampling, $0.settings.followsParent) }
    }

    /// Where spans of enhancers go.
    var spanQueue: SpanQueue? { plan.tracing?.queue }

    /// A request is there.
    @inline(__always)
    func began(_ request: RequestView, _ exchange: Exchange) {
        guard !wanted.isEmpty else { return }
        exchange.isHTTP2 = exchange.stream != nil
        exchange.notes.note(request, client: exchange.clientAddress, wanted)
        if let traces {
            let trace = TraceContext(
                request.fields, ids: &ids, sampling: traces.sampling, followsParent: traces.followsParent)
            exchange.trace = trace
            if trace.parent != 0 { exchange.traceState = trace.state(request.fields) }
        }
    }

    /// A request is over.
    func finished(_ exchange: Exchange, end: Int64) {
        if let log = accessLog(for: exchange) { log.write(exchange, end: end) }
        if let spans, let trace = exchange.trace, trace.isSampled { spans.record(exchange, trace, end: end) }
    }

    /// Where the exchange's line goes, if it has one: a route's own `AccessLog` has the say.
    private func accessLog(for exchange: Exchange) -> AccessLog? {
        guard let settings = exchange.plan?.accessLog else {
            guard let log, exchange.status >= plan.minStatus, isKept(exchange) else { return nil }
            return log
        }
        guard exchange.status >= settings.minStatus, isKept(exchange) else { return nil }
        switch settings.format {
        case nil: return log ?? logs[.text]
        case .text: return logs[.text]
        case .json: return logs[.json]
        }
    }

    /// Failures have their lines, and a share of all else: by its trace where it has one, so that others who log by the trace
    /// keep the same.
    private func isKept(_ exchange: Exchange) -> Bool {
        if exchange.status >= 500 || !exchange.code.isEmpty { return true }
        return plan.sampling.keepsAll || plan.sampling.keeps(exchange.knownTrace?.traceLow ?? exchange.id.bits)
    }
}
