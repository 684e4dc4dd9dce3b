public import MessageWire
public import MicroservicesCore

extension ServerTransport {
    /// The transport of a service that is reached within the process; no handler can tell the difference from `.tcp`, but for
    /// ``MessageContext/peerAddress``, which is nil.
    ///
    /// - Parameters:
    ///   - network: Where.
    ///   - name: What clients find the service by; one service at a time has it.
    ///   - limits: What a peer may demand.
    ///   - framing: How packets are put into the stream of bytes.
    ///   - serializer: What is done to answers before they are sent; nil for nothing.
    ///   - deserializer: What is done to requests and events before they are read; nil for nothing.
    /// - Returns: The transport, to be given to ``Microservice``.
    public static func inMemory(
        _ network: InMemoryNetwork, name: String = "service", limits: TCPServerLimits = .defaults,
        framing: any MessageFraming = .json, serializer: (any PacketSerializer)? = nil,
        deserializer: (any PacketDeserializer)? = nil
    ) -> ServerTransport {
        var transport = ServerTransport.local(
            network, name: name, limits: limits,
            coding: PacketCoding(framing: framing, serializer: serializer, deserializer: deserializer))
        transport.clock = network.clock
        return transport
    }

    /// The same transport on a clock that a test moves.
    ///
    /// - Parameter clock: What its limits of time go by.
    /// - Returns: The transport, to be given to ``Microservice``.
    public func driven(by clock: ManualClock) -> ServerTransport {
        var transport = self
        transport.clock = clock
        return transport
    }
}

extension ClientConfiguration {
    /// A service that is reached within the process.
    ///
    /// - Parameters:
    ///   - network: Where.
    ///   - name: The service's name there.
    ///   - timeout: How long an answer may take; `nil` waits for ever.
    /// - Returns: The configuration for a ``ClientProxy``.
    public static func inMemory(
        _ network: InMemoryNetwork, name: String = "service", timeout: Duration? = .seconds(5)
    ) -> ClientConfiguration {
        var configuration = ClientConfiguration(host: name, port: 0, timeout: timeout)
        configuration.network = network
        configuration.clock = network.clock
        return configuration
    }

    /// The same on a clock that a test moves.
    ///
    /// - Parameter clock: What timeouts go by.
    /// - Returns: The configuration for a ``ClientProxy``.
    public func driven(by clock: ManualClock) -> ClientConfiguration {
        var configuration = self
        configuration.clock = clock
        return configuration
    }
}
