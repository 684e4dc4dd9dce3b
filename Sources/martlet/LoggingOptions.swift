import ArgumentParser
import Logging
import MartletGateway

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
    @Option(help: "The lowest level that is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .notice

    @Option(help: "How log lines on standard error look: text or json.")
    var logFormat: LogFormat = .text

    @Option(help: "Access lines on standard output: text, json or off.")
    var accessLog: AccessLogOption = .text

    @Option(help: "Event loops, each with a thread of its own (default: the cores this process may use).")
    var loops: Int?

    func validate() throws {
        if let loops, !(1...1024).contains(loops) { throw ValidationError("--loops must be between 1 and 1024") }
    }

    /// Makes all loggers of the process write lines in the chosen form.
    func bootstrapLogging() {
        let (format, level) = (logFormat, logLevel)
        LoggingSystem.bootstrap { LineLogHandler(label: $0, format: format, level: level) }
    }

    /// The gateway's part of these options.
    func gatewayConfiguration() -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            loops: loops, accessLog: accessLog.format, logger: Logger(label: "martlet"))
        configuration.sharedMetrics = .system
        return configuration
    }
}
