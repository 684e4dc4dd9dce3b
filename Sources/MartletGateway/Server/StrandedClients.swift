/// An address that the service manager listens on, and the route file does not: its clients would wait for good.
package struct StrandedClients: Error, CustomStringConvertible {
    package let description: String

    /// - Parameters:
    ///   - address: The service manager's.
    ///   - name: What its unit calls the socket.
    ///   - listed: What the route file has.
    package init(address: String, name: String? = nil, listed: [String]) {
        description =
            "the service manager opened \(address)\(name.map { " (\($0))" } ?? ""), which no \"listen\" of the "
            + "route file names; it has \(listed.joined(separator: ", "))"
    }
}
