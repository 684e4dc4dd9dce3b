import ArgumentParser
import MartletGateway
import ServiceLifecycle

/// `martlet demo`
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a demo service and a gateway to it, in one process, over real TCP.",
        discussion: """
            Nothing else needs to be installed. The gateway's routes stand in
            Routes/demo.yaml; without --routes a built-in copy is used. Another route file
            takes the ports from ${\(DemoPorts.gatewayVariable)} (under gateway.listen)
            and ${\(DemoPorts.serviceVariable)} (under a service's endpoints).

            Examples:
              martlet demo
              martlet demo --port 9000 --service-port 4000
            """)

    @Option(help: "The port of the gateway on 127.0.0.1; 0 is any free port. (default: 8080)")
    var port: Int?

    @Option(help: "The port of the demo service on 127.0.0.1; 0 is any free port. (default: 3000)")
    var servicePort: Int?

    @Option(name: .shortAndLong, help: "A route file to use instead of the built-in one.")
    var routes: String?

    @OptionGroup var server: ServerOptions

    func validate() throws {
        try DemoPorts.check(port, option: "--port")
        try DemoPorts.check(servicePort, option: "--service-port")
    }

    func run() async throws {
        server.bootstrapLogging()
        DescriptorLimit.raise()
        let configuration = server.gatewayConfiguration()
        let ports = DemoPorts(gateway: port, service: servicePort)
        try await CommandFailure.reportingStart {
            let demo = try await DemoProcess.start(ports, routes: routes, configuration)
            try await runServices([.init(service: demo)], logger: configuration.logger)
        }
    }
}
