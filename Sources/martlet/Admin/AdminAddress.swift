import ArgumentParser
import NetworkIO

/// Where the admin listener is, with or without `http://` before it.
struct AdminAddress: ExpressibleByArgument, Sendable {
    let address: HostPort

    init(host: String, port: Int) { address = HostPort(host: host, port: port) }

    init?(argument: String) {
        var rest = Substring(argument)
        if rest.hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
        if rest.last == "/" { rest.removeLast() }
        guard let address = try? HostPort(String(rest)), address.port > 0 else { return nil }
        self.address = address
    }

    var defaultValueDescription: String { "\(address)" }
}
