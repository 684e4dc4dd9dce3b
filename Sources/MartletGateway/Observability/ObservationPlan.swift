import Logging
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
