import ArgumentParser
import MartletGateway
import MicroservicesCore
import NetworkIO
import Routing
import ServiceLifecycle

/// The demo service and the gateway in one: the service is up before the gateway and stops after it.
struct DemoProcess: Service {
    let service: Microservice
    let gateway: Gateway
    let banner: DemoBanner
    /// Gets the banner once everything is up.
    var announce: @Sendable (String) -> Void = { LogWriter.standardOutput.write(line: $0) }

    /// Starts the service and makes the gateway. The service comes first because only then is its port known.
    ///
    /// - Parameters:
    ///   - ports: What the command line says.
    ///   - path: A route file; `nil` for the built-in one.
    ///   - configuration: The gateway's.
    /// - Returns: What is to be run.
    /// - Throws: What the start of the service and the reading of the routes throw; nothing is left running then.
    static func start(
        _ ports: DemoPorts, routes path: String?, _ configuration: GatewayConfiguration
    ) async throws -> DemoProcess {
        let wanted = try ports.serviceAddress()
        let service = DemoService.make(transport: .tcp(host: wanted.host, port: wanted.port))
        try await service.start()
        do {
            let address = service.address ?? NetworkAddress(host: wanted.host, port: wanted.port)
            let variables = ports.variables(service: address)
            let name = path ?? DemoRoutes.name
            let gateway =
                if let path {
                    try CommandFailure.makeGateway(path, variables: variables, configuration)
                } else {
                    Gateway(
                        routes: try CommandFailure.loadBuiltInRoutes(DemoRoutes.text, name: name, variables: variables),
                        configuration: configuration)
                }
            try ports.check(gateway.file, name: name, service: address)
            return DemoProcess(
                service: service, gateway: gateway,
                banner: DemoBanner(file: gateway.file, name: name, service: address))
        } catch {
            await service.shutdown()
            throw error
        }
    }

    func run() async throws {
        do {
            try await gateway.run { announce(banner.text(addresses: $0)) }
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }
}
