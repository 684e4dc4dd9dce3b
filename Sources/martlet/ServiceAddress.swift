import ArgumentParser
import NetworkIO

/// `tcp://HOST:PORT` on a command line.
struct ServiceAddress: ExpressibleByArgument, Sendable {
    var address: HostPort

    init?(argument: String) {
        let prefix = "tcp://"
        let rest = argument.hasPrefix(prefix) ? String(argument.dropFirst(prefix.count)) : argument
        guard !rest.contains("/"), let address = try? HostPort(rest), address.port > 0 else { return nil }
        self.address = address
    }

    var defaultValueDescription: String { "tcp://\(address)" }
}
