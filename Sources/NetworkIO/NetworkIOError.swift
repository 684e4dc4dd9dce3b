/// What can go wrong before a connection exists.
package enum NetworkIOError: Error, CustomStringConvertible {
    /// The address is in use by another process (or twice in one configuration).
    case addressInUse(String)
    /// The address cannot be listened on; the reason is the system's.
    case cannotListen(address: String, reason: String)
    /// The text is not `host:port`.
    case malformedAddress(String)

    /// A sentence for the operator, with what to do.
    package var description: String {
        switch self {
        case .addressInUse(let address):
            "cannot listen on \(address): the address is already in use; "
                + "stop the other process or choose another port"
        case .cannotListen(let address, let reason):
            "cannot listen on \(address): \(reason)"
        case .malformedAddress(let text):
            "\"\(text)\" is not an address: expected HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080"
        }
    }
}
