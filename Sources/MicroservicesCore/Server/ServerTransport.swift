import Configuration
public import MessageWire
import NetworkIO

/// How messages reach a ``Microservice``. Handlers never see it: another transport changes no handler.
public struct ServerTransport: Sendable {
    enum Kind: Sendable {
        case tcp(TCPServerOptions)
        /// Within this process, under a name.
        case local(any LocalNetwork, name: String, TCPServerLimits)
    }

    let kind: Kind
    var coding = PacketCoding()
    /// What limits of time go by; nil for the system's clock.
    package var clock: (any LoopClock)?

    /// NestJS's TCP transport: one frame for each packet, many packets at once on each connection.
    ///
    /// - Parameters:
    ///   - host: A name or IP literal of this machine; `0.0.0.0` or `::` for every address of it.
    ///   - port: 0 lets the system choose; see ``Microservice/address``.
    ///   - limits: What a peer may demand.
    ///   - tls: The certificate to show, and what to ask of callers; nil for plain TCP.
    ///   - framing: How packets are put into the stream of bytes (`socketClass`); NestJS's unless set otherwise.
    ///   - serializer: What is done to answers before they are sent; nil for nothing.
    ///   - deserializer: What is done to requests and events before they are read; nil for nothing.
    ///   - retryAttempts: How often listening is tried again while the address is in use, when the service starts. NestJS never
    ///     tries again then: its option of this name counts the attempts after the listening socket was closed from below.
    ///   - retryDelay: How long to wait before each of these attempts; 100 ms at least.
    /// - Returns: The transport, to be given to ``Microservice``.
    ///
    /// Spec: docs/wire-protocol.md
    public static func tcp(
        host: String = "localhost", port: Int = 3000, limits: TCPServerLimits = .defaults,
        tls: ServerTLSOptions? = nil, framing: any MessageFraming = .json,
        serializer: (any PacketSerializer)? = nil, deserializer: (any PacketDeserializer)? = nil,
        retryAttempts: Int = 0, retryDelay: Duration = .zero
    ) -> ServerTransport {
        let options = TCPServerOptions(
            host: host, port: port, limits: limits, tls: tls, retryAttempts: retryAttempts, retryDelay: retryDelay)
        let coding = PacketCoding(framing: framing, serializer: serializer, deserializer: deserializer)
        return ServerTransport(kind: .tcp(options), coding: coding)
    }

    /// A transport within this process.
    package static func local(
        _ network: any LocalNetwork, name: String, limits: TCPServerLimits, coding: PacketCoding
    ) -> ServerTransport {
        ServerTransport(kind: .local(network, name: name, limits), coding: coding)
    }

    /// What a listener of this transport goes by; without a network only the limits count.
    var options: TCPServerOptions {
        switch kind {
        case .tcp(let options): options
        case .local(_, let name, let limits): TCPServerOptions(host: name, port: 0, limits: limits)
        }
    }
}

extension ServerTransport: CustomStringConvertible {
    /// What it is and where, as configured: `tcp localhost:3000`.
    public var description: String {
        switch kind {
        case .tcp(let options): "tcp \(HostPort(host: options.host, port: options.port))"
        case .local(_, let name, _): "in-memory:\(name)"
        }
    }
}

/// Where a TCP server listens, and its limits.
struct TCPServerOptions: Sendable {
    var host: String
    var port: Int
    var limits: TCPServerLimits
    var tls: ServerTLSOptions?
    /// Where the options come from, to be followed while the service runs; nil for code.
    var config: ConfigReader?
    var retryAttempts = 0
    var retryDelay = Duration.zero
}

/// What a peer may demand of a TCP server. NestJS has the first limit only.
public struct TCPServerLimits: Sendable, Hashable {
    /// UTF-16 code units that may be buffered of one peer, checked after each read as NestJS does (its `maxBufferSize`).
    /// More ends the connection; with another framing than NestJS's it counts bytes. Default 134,217,728; defends from a
    /// frame without end.
    public var maxBufferSize = 134_217_728

    /// From the first bytes of a message to its last; nil for no limit. A peer that takes longer is disconnected.
    /// Default 30 seconds; defends from peers that send half a frame and stall.
    public var incompleteMessageTimeout: Duration? = .seconds(30)

    /// Bytes of answers waiting for a peer at which the server stops reading from it, until half of them have left.
    /// Default 1 MiB; keeps one slow reader from filling the memory.
    public var sendBufferPauseSize = 1024 * 1024

    /// Bytes of answers waiting for a peer at which it is disconnected. Default 64 MiB; the answers of handlers that were
    /// running already when reading stopped can still add up to this.
    public var maxSendBufferSize = 64 * 1024 * 1024

    /// How long a peer above ``sendBufferPauseSize`` may take nothing at all; nil for no limit. It is disconnected then.
    /// Default 30 seconds; defends from readers that never read.
    public var sendTimeout: Duration? = .seconds(30)

    /// Open connections in all; another one is closed as soon as it is accepted. Default 10,000.
    public var maxConnections = 10_000

    /// Handlers running at the same time for one connection; at the limit the server stops reading from it. Default 4,096;
    /// one connection carries all requests of a gateway's event loop.
    public var maxHandlersInFlight = 4096

    /// From a TLS connection's beginning to the end of its handshake. Default 10 seconds; defends from peers that connect and
    /// say nothing.
    public var handshakeTimeout = Duration.seconds(10)

    /// The defaults.
    public static let defaults = TCPServerLimits()

    /// The defaults, to be changed member by member.
    public init() {}
}

/// A host with a port.
public struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// Name or IP literal, without brackets.
    public var host: String
    /// 0 to 65535.
    public var port: Int

    /// Makes an address from its two parts.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// `host:port`, an IPv6 literal in brackets.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
