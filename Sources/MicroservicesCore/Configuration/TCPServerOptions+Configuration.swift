public import Configuration

extension ServerTransport {
    /// NestJS's TCP transport, with its options from a configuration: environment variables, a JSON file, or whatever
    /// providers it has. What is not there has its default.
    ///
    /// ```swift
    /// let config = ConfigReader(provider: EnvironmentVariablesProvider())
    /// // ORDERS_PORT=3001 ORDERS_TLS_CERT=orders.pem ORDERS_TLS_KEY=orders.key
    /// let service = Microservice(transport: try .tcp(config: config.scoped(to: "orders")))
    /// ```
    ///
    /// While the service runs, it follows the configuration: changed limits and certificates are those of new connections,
    /// open ones keep theirs. A change that cannot be used is logged as an error, and the options from before stay. `host`,
    /// `port` and whether there is TLS at all are taken at the start only.
    ///
    /// - Parameter config: Scoped to the service's options.
    /// - Returns: The transport, to be given to ``Microservice``.
    /// - Throws: ``MicroserviceError`` `badConfiguration`: a line for each option that cannot be used, with its key, its value
    ///   unless it is a secret, and what is expected.
    ///
    /// Source: docs/configuration.md
    public static func tcp(config: ConfigReader) throws -> ServerTransport {
        var options = OptionReader(config.snapshot())
        var tcp = TCPServerOptions(&options)
        try options.finish()
        tcp.config = config
        return ServerTransport(kind: .tcp(tcp))
    }
}

extension TCPServerOptions {
    /// Everything that a configuration says of a TCP server; the rest has its default.
    init(_ options: inout OptionReader) {
        self.init(
            host: options.text("host") ?? "localhost", port: options.whole("port", in: 0...65535) ?? 3000,
            limits: TCPServerLimits(&options), tls: ServerTLSOptions(&options),
            retryAttempts: options.whole("retryAttempts", in: 0...1_000_000) ?? 0,
            retryDelay: options.duration("retryDelay", mayBeZero: true) ?? .zero)
    }
}

extension TCPServerLimits {
    /// The defaults, but for what a configuration says.
    init(_ options: inout OptionReader) {
        self.init()
        maxBufferSize = options.size("maxBufferSize") ?? maxBufferSize
        incompleteMessageTimeout = options.limit("incompleteMessageTimeout") ?? incompleteMessageTimeout
        sendBufferPauseSize = options.size("sendBufferPauseSize") ?? sendBufferPauseSize
        maxSendBufferSize = options.size("maxSendBufferSize") ?? maxSendBufferSize
        sendTimeout = options.limit("sendTimeout") ?? sendTimeout
        maxConnections = options.whole("maxConnections", in: 1...10_000_000) ?? maxConnections
        maxHandlersInFlight = options.whole("maxHandlersInFlight", in: 1...1_000_000) ?? maxHandlersInFlight
        handshakeTimeout = options.duration("handshakeTimeout") ?? handshakeTimeout
    }
}
