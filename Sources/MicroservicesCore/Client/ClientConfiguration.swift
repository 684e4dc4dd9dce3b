public import MessageWire
import NetworkIO
import Pooling

/// What a client proxy needs to know of its service.
public struct ClientConfiguration: Sendable {
    /// Where the service listens; at least one. Connections are spread over them in turn.
    package var endpoints: [HostPort]
    package var poolLimits = PoolLimits.defaults
    /// The largest frame taken from the service, in UTF-16 code units, as NestJS's `maxBufferSize`.
    package var frameLimits = FrameLimits(maxFrameUnits: 16 * 1024 * 1024)
    /// Bytes that may wait to be written on one connection before it takes no further request.
    package var maxSendBuffer = 16 * 1024 * 1024
    /// Bytes of messages that may wait for a connection.
    package var maxQueueSize = Int.max
    /// What of one answer may wait for its caller.
    var unread = UnreadLimits()
    /// Whom to believe and what to show; `nil` for plain TCP. Read for each connection.
    package var tls: TLSContextBox<TLSClientContext>?
    /// What is done to packets beside NestJS's own way.
    package var coding = PacketCoding()
    /// Where the endpoints' hosts are names; nil for TCP.
    package var network: (any LocalNetwork)?
    /// What timeouts go by; nil for the system's clock.
    package var clock: (any LoopClock)?
    /// The same as files, read when the client proxy is made; goes before ``tls``.
    package var tlsOptions: ClientTLSOptions?
    /// How long an answer may take; 5 seconds unless set otherwise.
    package var timeouts = ReplyTimeouts(5_000_000_000)
    /// Further attempts that ``ClientProxy/connect()`` makes after the first has failed.
    package var retryAttempts = 0
    /// The pause between two of them.
    package var retryDelay = Duration.zero
    /// What every call carries beside its payload: a request id, `traceparent`. Asked with each `send` and `emit`, in the caller's
    /// task, so that its task-local values count; what the call itself says goes before it. Nil for nothing.
    public var metadata: (@Sendable () -> [String: String])?
    /// Whether requests with a timeout say in their metadata until when they wait.
    package var sendsDeadline = false

    /// The configuration for the endpoints of one service.
    package init(endpoints: [HostPort]) {
        precondition(!endpoints.isEmpty, "a service has at least one endpoint")
        self.endpoints = endpoints
    }

    /// The configuration for one endpoint.
    ///
    /// - Parameters:
    ///   - host: Name or IP literal; NestJS's default is `localhost`.
    ///   - port: NestJS's default is 3000.
    ///   - timeout: How long an answer may take; `nil` waits for ever.
    public init(host: String = "localhost", port: Int = 3000, timeout: Duration? = .seconds(5)) {
        self.init(endpoints: [HostPort(host: host, port: port)])
        self.timeouts = ReplyTimeouts(timeout?.nanoseconds ?? .max)
        self.limits = .defaults
        self.poolLimits.retriesOnDemand = true
        self.frameLimits = FrameLimits(maxUnits: TCPServerLimits.defaults.maxBufferSize)
    }

    /// A service behind NestJS's TCP transport: `{ transport: Transport.TCP, options: { host, port, ... } }`.
    ///
    /// - Parameters:
    ///   - host: Name or IP literal.
    ///   - port: Where the service listens.
    ///   - timeout: How long an answer may take, all its values together; nil waits for ever, as NestJS does.
    ///   - maxBufferSize: UTF-16 code units of answers that may wait to be read, checked after each read as NestJS does. More
    ///     ends the connection.
    ///   - tls: Whom to believe and what to show (`tlsOptions`); nil for plain TCP. The files are read when the client proxy is
    ///     made; when they cannot be used, every call throws ``MicroserviceError`` `badCertificate`, which says why.
    ///   - framing: How packets are put into the stream of bytes (`socketClass`); the service must have the same.
    ///   - serializer: What is done to requests and events before they are sent; nil for nothing.
    ///   - deserializer: What is done to answers before they are read; nil for nothing.
    ///   - limits: What it takes at most: connections, messages under way and waiting, time to connect.
    ///   - retryAttempts: Further attempts that ``ClientProxy/connect()`` makes after the first has failed. A message makes one,
    ///     or waits for the one that is under way. NestJS's TCP client has the option and ignores it.
    ///   - retryDelay: The pause between two attempts.
    ///   - sendsDeadline: Whether a request with a timeout carries `deadline` in its metadata: milliseconds since 1970, as text. A
    ///     Swift service stops working on it then. It needs clocks that agree; NestJS ignores it.
    /// - Returns: The configuration, to be given to a ``ClientProxy`` or a ``ClientRegistry``.
    public static func tcp(
        host: String = "localhost", port: Int = 3000, timeout: Duration? = .seconds(5),
        maxBufferSize: Int = 134_217_728, tls: ClientTLSOptions? = nil, framing: any MessageFraming = .json,
        serializer: (any PacketSerializer)? = nil, deserializer: (any PacketDeserializer)? = nil,
        limits: TCPClientLimits = .defaults, retryAttempts: Int = 0, retryDelay: Duration = .zero,
        sendsDeadline: Bool = false
    ) -> ClientConfiguration {
        var configuration = ClientConfiguration(host: host, port: port, timeout: timeout)
        configuration.frameLimits = FrameLimits(maxUnits: maxBufferSize)
        configuration.tlsOptions = tls
        configuration.limits = limits
        configuration.coding = PacketCoding(framing: framing, serializer: serializer, deserializer: deserializer)
        configuration.retryAttempts = max(retryAttempts, 0)
        configuration.retryDelay = retryDelay
        configuration.sendsDeadline = sendsDeadline
        return configuration
    }
}

extension ClientConfiguration {
    /// An endpoint's address for the log.
    func name(ofEndpoint endpoint: Int) -> String {
        network == nil ? endpoints[endpoint].description : "in-memory:\(endpoints[endpoint].host)"
    }

    /// The endpoints for messages to people.
    var addresses: String { endpoints.indices.map(name(ofEndpoint:)).joined(separator: ", ") }

    /// The configuration checked, and with its TLS files read.
    ///
    /// - Returns: The configuration to connect with, or the reason why there is none.
    func prepared() -> (ClientConfiguration, MicroserviceError?) {
        if network == nil, let endpoint = endpoints.first(where: { !(1...65535).contains($0.port) }) {
            return (self, MicroserviceError(.badConfiguration, "\(endpoint): a port is a number from 1 to 65535"))
        }
        guard let tlsOptions else { return (self, nil) }
        do {
            return (try secured(by: tlsOptions), nil)
        } catch let error as MicroserviceError {
            return (self, error)
        } catch {
            return (self, MicroserviceError(.badCertificate, "\(error)", cause: error))
        }
    }

    /// Gives opening a connection a time of its own; for command lines, where nobody else is waiting.
    package mutating func allowSlowConnect(_ time: Duration = .seconds(5)) {
        poolLimits.connectTimeout = time.nanoseconds
    }
}
