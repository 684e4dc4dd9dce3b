import ArgumentParser
import Logging
import MartletGateway
import Tracing

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension LogFormat: ExpressibleByArgument {}

/// The form of access lines, or none.
enum AccessLogOption: String, CaseIterable, ExpressibleByArgument {
    case text
    case json
    case off

    var format: LogFormat? { LogFormat(rawValue: rawValue) }
}

/// Options that every command with a server has.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The lowest level that is logged: trace, debug, info, notice, warning, error or critical (default: what the route file says, else notice).",
            valueName: "log-level"))
    var logLevel: Logger.Level?

    @Option(help: "How log lines look: text or json (default: what the route file says, else text).")
    var logFormat: LogFormat?

    @Option(help: "Access lines: text, json or off (default: what the route file says, else text).")
    var accessLog: AccessLogOption?

    @Option(help: "Event loops, each with a thread of its own (default: the cores this process may use).")
    var loops: Int?

    func validate() throws {
        if let loops, !(1...1024).contains(loops) { throw ValidationError("--loops must be between 1 and 1024") }
    }

    /// Makes all loggers of the process write lines in the chosen form, or that of the route file.
    func bootstrapLogging() {
        LogSettings.process.fix(level: logLevel, format: logFormat)
        LoggingSystem.bootstrap(
            { LineLogHandler(label: $0, settings: .process, metadataProvider: $1) },
            metadataProvider: MartletTracer.metadataProvider)
    }

    /// Lets enhancers trace below their requests. Only where no service runs in the process: it would make a span of each message.
    func bootstrapTracing() { InstrumentationSystem.bootstrap(MartletTracer.shared) }

    /// The gateway's part of these options.
    func gatewayConfiguration() -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            loops: loops, accessLog: accessLog.map(\.format) ?? .text, logger: Logger(label: "martlet"))
        configuration.isAccessLogFixed = accessLog != nil
        configuration.sharedMetrics = .system
        return configuration
    }
}
