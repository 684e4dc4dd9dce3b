import ArgumentParser
import Logging
import MartletGateway
import Microservices
import ServiceLifecycle

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `martlet demo`
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a demo service and a gateway to it, in one process, over real TCP.",
        discussion: """
            Nothing else needs to be installed. The gateway's routes stand in Routes/demo.yaml; without --routes a built-in
            copy is used.

            Examples:
              martlet demo
              martlet demo --port 9000 --service-port 4000
            """)

    @Option(help: "The port of the gateway on 127.0.0.1.")
    var port: Int = 8080

    @Option(help: "The port of the demo service on 127.0.0.1.")
    var servicePort: Int = 3000

    @Option(name: .shortAndLong, help: "A route file to use instead of the built-in one.")
    var routes: String?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        server.bootstrapLogging()
        setenv("MARTLET_DEMO_ADDRESS", "127.0.0.1:\(port)", 1)
        setenv("MARTLET_DEMO_SERVICE", "127.0.0.1:\(servicePort)", 1)
        let file =
            try routes.map(CommandFailure.loadRoutes)
            ?? CommandFailure.loadBuiltInRoutes(DemoRoutes.text, name: DemoRoutes.name)
        let configuration = server.gatewayConfiguration()
        let gateway = Gateway(routes: file, configuration: configuration)
        let service = DemoService.make(transport: .tcp(host: "127.0.0.1", port: servicePort))
        LogWriter.standardOutput.write(line: Self.welcome(port: port, servicePort: servicePort))
        try await CommandFailure.reportingStart {
            try await runServices([DemoProcess(service: service, gateway: gateway)], logger: configuration.logger)
        }
    }

    static func welcome(port: Int, servicePort: Int) -> String {
        """
        Demo service on 127.0.0.1:\(servicePort), gateway on http://127.0.0.1:\(port). Try, in another terminal:

          curl -s --json '[1,2,3]' localhost:\(port)/math/sum                       # 6
          curl -s 'localhost:\(port)/math/sum?values=1&values=2'                    # 3, from the query
          curl -s --json '{"text":"안녕 😀"}' localhost:\(port)/echo
          curl -sN -H 'accept: text/event-stream' localhost:\(port)/stream/5        # several answers
          curl -si --json '{"id":7}' localhost:\(port)/events/user-created          # 202, an event
          curl -si localhost:\(port)/fail                                           # an error of the service
          martlet send tcp://127.0.0.1:\(servicePort) '{"cmd":"sum"}' '[1,2,3]'        # without HTTP

        Ctrl-C stops both.
        """
    }
}

/// The demo service and the gateway in one: the service is up before the gateway and stops after it.
private struct DemoProcess: Service {
    let service: Microservice
    let gateway: Gateway

    func run() async throws {
        try await service.start()
        do {
            try await gateway.run()
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }
}
