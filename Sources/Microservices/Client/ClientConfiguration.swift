import MessageWire
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
    /// Whom to believe and what to show; `nil` for plain TCP. Read for each connection.
    package var tls: TLSContextBox<TLSClientContext>?
    /// What is done to packets beside NestJS's own way.
    package var coding = PacketCoding()
    /// Where the endpoints' hosts are names; nil for TCP.
    package var network: (any LocalNetwork)?
    /// What timeouts go by; nil for the system's clock.
    package var clock: (any LoopClock)?
    /// How long an answer may take; 5 seconds unless set otherwise.
    package var timeouts = ReplyTimeouts(5_000_000_000)

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
    }
}

extension ClientConfiguration {
    /// An endpoint's address for the log.
    func name(ofEndpoint endpoint: Int) -> String {
        network == nil ? endpoints[endpoint].description : "in-memory:\(endpoints[endpoint].host)"
    }

    /// Gives opening a connection, and waiting for it, a time of its own; for command lines, where nobody else is waiting.
    package mutating func allowSlowConnect(_ time: Duration = .seconds(5)) {
        poolLimits.connectTimeout = time.nanoseconds
        poolLimits.queueTimeout = time.nanoseconds + 500_000_000
    }
}
