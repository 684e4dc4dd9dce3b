import ArgumentParser
import Logging
import MartletGateway
import Routing
import ServiceLifecycle
import UnixSignals

/// `martlet serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway.",
        discussion: """
            Examples:
              martlet serve --routes Routes/
              martlet serve --routes shop.yaml --access-log json --log-format json

            SIGTERM and SIGINT stop accepting, finish what is in flight (up to gateway.shutdown.drain) and exit with 0.
            """)

    @Option(name: .shortAndLong, help: "The route file, or a folder of route files.")
    var routes: String

    @OptionGroup var server: ServerOptions

    func run() async throws {
        server.bootstrapLogging()
        server.bootstrapTracing()
        let configuration = server.gatewayConfiguration()
        let gateway = try CommandFailure.makeGateway(routes, configuration)
        DescriptorLimit.raise()
        DescriptorLimit.warn(connections: gateway.file.gateway.limits.connections, logger: configuration.logger)
        try await CommandFailure.reportingStart { try await runServices([gateway], logger: configuration.logger) }
    }
}

/// Runs services until SIGTERM or SIGINT, then shuts them down in reverse order.
func runServices(_ services: [any Service], logger: Logger) async throws {
    let group = ServiceGroup(
        configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    defer {
        LogWriter.standardOutput.flush()
        LogWriter.standardError.flush()
    }
    try await group.run()
}
