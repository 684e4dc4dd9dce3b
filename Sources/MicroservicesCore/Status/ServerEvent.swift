/// Something that happened to a microservice: what NestJS's `server.on(...)` tells.
public enum ServerEvent: Sendable {
    /// Connections are accepted at this address.
    case listening(NetworkAddress)
    /// A connection was accepted; its peer, nil when the transport has no address for it.
    case connection(NetworkAddress?)
    /// A connection was refused, since there are as many as allowed.
    case drop(NetworkAddress?)
    /// Everything that waited to be written to a slow peer has left again.
    case drain(NetworkAddress?)
    /// The service could not start (no peer), or a connection failed: its peer has reset it or does not keep to the protocol.
    case error(any Error, peer: NetworkAddress?)
    /// No connection is accepted any more.
    case close
}

/// The monitor of a microservice.
typealias ServerMonitor = Monitor<ServerEvent>
