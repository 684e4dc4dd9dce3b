import Logging
import NIOCore
import NetworkIO

/// What a gateway needs to know beside its route file.
public struct GatewayConfiguration: Sendable {
    /// Event loops, each with a thread of its own; by default one for each core that this process may use.
    public var loops: Int
    /// The form of access lines where the route file says nothing of them; `nil` writes none.
    public var accessLog: LogFormat?
    /// Whether ``accessLog`` goes before what the route file says.
    public var isAccessLogFixed = false
    /// Where access lines go where the route file says nothing of it; standard output unless set otherwise.
    public var accessLogWriter: LogWriter = .standardOutput
    /// What enhancers and services in this process count through swift-metrics; shown with the gateway's own metrics.
    public var sharedMetrics: PrometheusMetrics?
    /// What `gateway.logging` of the route file changes: level, form and destination of the lines of ``LineLogHandler``s that go by
    /// them.
    public var logSettings = LogSettings.process
    /// For everything else that is worth a line.
    public var logger: Logger
    /// Whether ``Gateway/run()`` reads the route files again when they change.
    public var watchesRouteFiles = true
    /// How often refused files are tried again although they did not change: what they need may have come.
    package var retriesReloadEvery: Duration = .seconds(10)
    /// Listening sockets that the process was given, and where its own are known for the next process; `nil` for neither.
    package var sockets: ListeningSockets?

    /// The defaults: a loop for each core, access lines as text.
    ///
    /// - Parameters:
    ///   - loops: Event loops, at least one; `nil` for one for each core.
    ///   - accessLog: The form of access lines; `nil` writes none.
    ///   - logger: For everything else.
    public init(loops: Int? = nil, accessLog: LogFormat? = .text, logger: Logger = Logger(label: "martlet")) {
        self.loops = max(1, loops ?? Self.usableCores)
        self.accessLog = accessLog
        self.logger = logger
    }

    /// How many cores Linux lets this process run on: the ones in the mask `Cpus_allowed` of `/proc/self/status`.
    private static var allowedCores: Int? {
        guard let status = try? DiskFileSource().read("/proc/self/status") else { return nil }
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("Cpus_allowed:")
        }
        guard let mask = line?.split(separator: "\t").last else { return nil }
        return mask.reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    }

    /// The cores that this process may run on (an affinity mask or a container may leave it fewer than the machine has).
    public static var usableCores: Int {
        max(1, min(System.coreCount, allowedCores ?? .max))
    }
}
