import Logging
import NetworkIO
import Pipeline
import Routing

/// What is written of requests: access lines and spans, as a route file and the command line want them.
///
/// Made when a route file is read, the same for all event loops.
struct ObservationPlan: Sendable {
    /// For requests whose route says nothing else; `nil` for no lines.
    let access: AccessLogForm?
    /// Where lines go.
    let writer: LogWriter
    /// Only answers from this status on.
    let minStatus: Int
    /// Which of the lines that tell of no failure are kept.
    let sampling: Sampling
    /// `nil` for no traces of the gateway's own.
    let tracing: GatewayTracing?
    /// Fields of lines whose route chooses the form.
    private let fields: [AccessField]?
    /// Whether routes may have lines although there is no log otherwise.
    private let routesHaveLines: Bool

    private let configuration: GatewayConfiguration
    private let settings: LoggingSettings
    /// Of the gateway's own lines.
    private let ownWriter: LogWriter?

    /// - Parameters:
    ///   - file: What the route file says.
    ///   - configuration: What the program says; it counts where the file says nothing, or where it is fixed.
    ///   - former: That of the generation before it; its spans' way is taken over when nothing of it has changed.
    /// - Throws: `RouteFileError` with the places of files that cannot be used.
    init(
        _ file: RouteFile, _ configuration: GatewayConfiguration, after former: ObservationPlan?
    ) throws(RouteFileError) {
        let tracing = try GatewayTracing.made(
            file.gateway.tracing, after: former?.tracing, logger: configuration.logger)
        do throws(LogFileError) {
            try self.init(file, configuration, tracing)
        } catch {
            let logging = file.gateway.logging
            let places = [logging.access?.destination, logging.destination].compactMap { destination -> SourcePlace? in
                guard case .file(error.path, let place) = destination else { return nil }
                return place
            }
            throw RouteFileError(
                errors: places.first.map { [Diagnostic(.error, $0, "\(error)")] } ?? [], warnings: [])
        }
    }

    private init(
        _ file: RouteFile, _ configuration: GatewayConfiguration, _ tracing: GatewayTracing?
    ) throws(LogFileError) {
        self.configuration = configuration
        self.settings = file.gateway.logging
        ownWriter = try file.gateway.logging.destination.map { destination throws(LogFileError) in
            try LogWriter.writer(for: destination, standard: .standardError)
        }
        let settings = file.gateway.logging.access
        var format = configuration.accessLog
        if let settings, !configuration.isAccessLogFixed {
            format = settings.isOff ? nil : settings.format.map { $0 == .json ? .json : .text } ?? .text
        }
        access = format.map { AccessLogForm($0, fields: settings?.fields) }
        fields = settings?.fields
        minStatus = settings?.minStatus ?? 0
        sampling = Sampling(settings?.sample ?? 1)
        writer = try LogWriter.writer(for: settings?.destination, standard: configuration.accessLogWriter)
        routesHaveLines = file.routes.contains { route in
            route.plan.interceptors.contains { index in
                if case .interceptor(.accessLog) = file.enhancers[index].settings { true } else { false }
            }
        }
        self.tracing = tracing
    }

    /// The generation serves now: the process's loggers go by it, and spans go its way.
    func takeEffect(after former: ObservationPlan?) {
        configuration.logSettings.apply(settings, writer: ownWriter)
        guard tracing !== former?.tracing else { return }
        tracing?.begin()
        former?.tracing?.retire()
    }

    /// The form of a route that has chosen text or JSON.
    func form(_ format: LogFormat) -> AccessLogForm {
        AccessLogForm(format, fields: fields)
    }

    /// What has to be noted of each request.
    var wanted: RequestNotes.Wanted {
        var wanted: RequestNotes.Wanted = []
        if let access { wanted.formUnion(RequestNotes.Wanted(access.fields)) }
        if routesHaveLines {
            for format in LogFormat.allCases { wanted.formUnion(RequestNotes.Wanted(form(format).fields)) }
        }
        return wanted
    }
}

/// Which of many are kept: a share of them, decided by bits that are as good as random, so that whoever knows the bits decides
/// alike.
struct Sampling: Sendable, Equatable {
    /// Bits below it are kept; `nil` for all.
    private let bound: UInt64?

    /// - Parameter share: 0 to 1.
    init(_ share: Double) {
        bound = share >= 1 ? nil : UInt64(max(share, 0) * 0x1p64)
    }

    @inline(__always)
    var keepsAll: Bool { bound == nil }

    @inline(__always)
    func keeps(_ bits: UInt64) -> Bool {
        guard let bound else { return true }
        return bits < bound
    }
}

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
