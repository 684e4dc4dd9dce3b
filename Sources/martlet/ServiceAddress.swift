import ArgumentParser
import NetworkIO

/// `tcp://HOST:PORT` or `tls://HOST:PORT` on a command line.
struct ServiceAddress: ExpressibleByArgument, Sendable {
    var address: HostPort
    var isSecure = false

    init?(argument: String) {
        var rest = argument
        for (prefix, isSecure) in [("tcp://", false), ("tls://", true)] where argument.hasPrefix(prefix) {
            rest = String(argument.dropFirst(prefix.count))
            self.isSecure = isSecure
        }
        guard !rest.contains("/"), let address = try? HostPort(rest), address.port > 0 else { return nil }
        self.address = address
    }

    var defaultValueDescription: String { "\(isSecure ? "tls" : "tcp")://\(address)" }
}
