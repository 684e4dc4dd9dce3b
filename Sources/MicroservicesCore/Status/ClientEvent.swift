/// Something that happened to the connections of a client proxy: what NestJS's `client.on(...)` tells.
///
/// Each one names the endpoint as it was configured.
public enum ClientEvent: Sendable {
    /// A connection was opened.
    case connect(NetworkAddress)
    /// A connection ended, or an attempt to open one did.
    case close(NetworkAddress)
    /// A connection, or the attempt to open one, failed; `close` follows.
    case error(NetworkAddress, any Error)
    /// Everything that waited to be written to a slow service has left again.
    case drain(NetworkAddress)
}

/// The monitor of a client proxy.
typealias ClientMonitor = Monitor<ClientEvent>
