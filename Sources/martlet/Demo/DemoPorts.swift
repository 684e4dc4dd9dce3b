import ArgumentParser
import MartletGateway
import MicroservicesCore
import NetworkIO
import Routing

/// Where `martlet demo` was told to put its two halves, and whether the route file lets it.
struct DemoPorts {
    static let gatewayVariable = "MARTLET_DEMO_ADDRESS"
    static let serviceVariable = "MARTLET_DEMO_SERVICE"

    /// `--port`; `nil` when it was not given.
    var gateway: Int?
    /// `--service-port`
    var service: Int?
    var environment: (String) -> String? = ProcessEnvironment.value

    /// Refuses what is no port.
    static func check(_ port: Int?, option: String) throws {
        if let port, !(0...65_535).contains(port) {
            throw ValidationError("\(option) must be between 0 (any free port) and 65535, not \(port)")
        }
    }

    /// Where the demo service is to listen: the option, else the environment, else port 3000.
    func serviceAddress() throws -> HostPort {
        if let service { return HostPort(host: "127.0.0.1", port: service) }
        guard let text = environment(Self.serviceVariable), !text.isEmpty else {
            return HostPort(host: "127.0.0.1", port: 3000)
        }
        do {
            return try HostPort(text)
        } catch {
            throw ValidationError("\(Self.serviceVariable): \(error)")
        }
    }

    /// What the route file's variables are.
    ///
    /// - Parameter service: Where the demo service listens.
    /// - Returns: Values that go before the environment's.
    func variables(service: NetworkAddress) -> [String: String] {
        var variables = [Self.serviceVariable: "\(service)"]
        if let gateway {
            variables[Self.gatewayVariable] = "127.0.0.1:\(gateway)"
        } else if environment(Self.gatewayVariable)?.isEmpty != false {
            variables[Self.gatewayVariable] = "127.0.0.1:8080"
        }
        return variables
    }

    /// Refuses ports that were asked for and that a route file does not take up.
    ///
    /// - Parameters:
    ///   - file: The route file, loaded with ``variables(service:)``.
    ///   - name: Its name.
    ///   - service: Where the demo service listens.
    /// - Throws: `ValidationError`, which says what to do.
    func check(_ file: RouteFile, name: String, service: NetworkAddress) throws {
        if let gateway, !file.gateway.listen.contains(where: { $0.address.port == gateway }) {
            let addresses = file.gateway.listen.map(\.address.description).joined(separator: ", ")
            throw ValidationError(
                "--port has no effect: \(name) listens on \(addresses); leave --port out, or write in it "
                    + "`gateway: { listen: [\"${\(Self.gatewayVariable)}\"] }`")
        }
        if self.service != nil, !file.services.contains(where: { $0.leads(to: service) }) {
            throw ValidationError(
                "--service-port has no effect: no service of \(name) has port \(service.port); leave --service-port out, "
                    + "or write under a service in it `endpoints: [\"${\(Self.serviceVariable)}\"]`")
        }
    }
}

extension ServiceSettings {
    /// Whether the demo service, on this machine, is one of its endpoints.
    func leads(to address: NetworkAddress) -> Bool {
        let local: Set = ["127.0.0.1", "localhost", "::1", address.host]
        return endpoints.contains { $0.port == address.port && local.contains($0.host) }
    }
}
