import ArgumentParser
import Logging
import MartletGateway
import NetworkIO
import Routing
import ServiceLifecycle

/// `martlet serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the gateway.",
        discussion: """
            Examples:
              martlet serve --routes Routes/
              martlet serve --routes shop.yaml --access-log json --log-format json

              martlet serve --routes Routes/ --handover /run/martlet/handover.sock

            SIGTERM and SIGINT stop accepting, finish what is in flight (up to gateway.shutdown.drain) and exit with 0; the
            second one ends at once, with 143 or 130. SIGHUP reads the route files and certificates again.

            With --handover a second `martlet serve` takes the listening sockets over from the running one, which then
            drains and ends: a restart without a refused connection. Sockets of systemd (LISTEN_FDS) are used, and it
            is told how we are doing (NOTIFY_SOCKET).
            """)

    @Option(name: .shortAndLong, help: "The route file, or a folder of route files.")
    var routes: String

    @Flag(help: "Read the route files again on SIGHUP and by the admin listener only, not whenever they change.")
    var noWatch = false

    @OptionGroup var server: ServerOptions

    @OptionGroup var process: ProcessOptions

    func run() async throws {
        server.bootstrapLogging()
        server.bootstrapTracing()
        var configuration = server.gatewayConfiguration()
        let sockets = ListeningSockets()
        configuration.sockets = sockets
        configuration.watchesRouteFiles = !noWatch
        let gateway = try CommandFailure.makeGateway(routes, configuration)
        let settings = gateway.file.gateway
        DescriptorLimit.raise()
        DescriptorLimit.warn(connections: settings.limits.connections, logger: configuration.logger)
        let preparation = ProcessPreparation(
            options: process, sockets: sockets, loops: configuration.loops,
            files: gateway.observedPaths, logger: configuration.logger)
        try await CommandFailure.reportingStart {
            let former = try preparation.run(listeningOn: settings.listen.map(\.address))
            let notifier = ServiceNotifier(isSuccessor: former != nil)
            let services = ServeServices(
                gateway: gateway, sockets: sockets, former: former, options: process, notifier: notifier,
                logger: configuration.logger)
            try await runServices(
                services.services, logger: configuration.logger,
                signals: ProcessSignals(reload: { await services.reload() }, reopenLogs: { Gateway.reopenLogs() }))
        }
    }
}

/// Runs services until SIGTERM or SIGINT, then shuts them down in reverse order.
func runServices(
    _ services: [ServiceGroupConfiguration.ServiceConfiguration], logger: Logger,
    signals: ProcessSignals = ProcessSignals()
) async throws {
    defer { LogWriter.flushAll() }
    try await signals.run(
        ServiceGroup(configuration: .init(services: services, logger: logger)), logger: logger)
}
