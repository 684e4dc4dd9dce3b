public import Configuration
import MessageWire
import NetworkIO

extension ClientConfiguration {
    /// The configuration for one service, with its options from environment variables, a JSON file, or whatever providers a
    /// configuration has. What is not there has its default.
    ///
    /// ```swift
    /// // USERS_HOST=users.internal USERS_PORT=3001 USERS_TIMEOUT=2s USERS_TLS_CA=ca.pem
    /// let users = ClientProxy(try ClientConfiguration(config: config.scoped(to: "users")))
    /// ```
    ///
    /// It is read once; a client proxy keeps what it was made with.
    ///
    /// - Parameter config: Scoped to the client's options.
    /// - Throws: ``MicroserviceError``: `badConfiguration` with a line for each option that cannot be used, with its key, its
    ///   value unless it is a secret, and what is expected; `badCertificate` when a certificate or key cannot be used.
    ///
    /// Source: docs/configuration.md
    public init(config: ConfigReader) throws {
        var options = OptionReader(config.snapshot())
        self.init(
            host: options.text("host") ?? "localhost", port: options.whole("port", in: 1...65535) ?? 3000,
            timeout: options.limit("timeout") ?? .seconds(5))
        frameLimits = FrameLimits(maxUnits: options.size("maxBufferSize") ?? TCPServerLimits.defaults.maxBufferSize)
        limits = TCPClientLimits(&options)
        retryAttempts = options.whole("retryAttempts", in: 0...1_000_000) ?? 0
        retryDelay = options.duration("retryDelay", mayBeZero: true) ?? .zero
        sendsDeadline = options.flag("sendsDeadline") ?? false
        let tls = ClientTLSOptions(&options)
        try options.finish()
        if let tls { self = try secured(by: tls) }
    }
}

extension TCPClientLimits {
    /// The defaults, but for what a configuration says.
    init(_ options: inout OptionReader) {
        self.init()
        maxConnections = options.whole("maxConnections", in: 1...1000) ?? maxConnections
        maxRequestsInFlight = options.whole("maxRequestsInFlight", in: 1...65_535) ?? maxRequestsInFlight
        maxQueued = options.whole("maxQueued", in: 1...10_000_000) ?? maxQueued
        maxQueueSize = options.size("maxQueueSize") ?? maxQueueSize
        connectTimeout = options.duration("connectTimeout") ?? connectTimeout
        idleTimeout = options.limit("idleTimeout") ?? idleTimeout
        sendBufferPauseSize = options.size("sendBufferPauseSize") ?? sendBufferPauseSize
        maxUnreadValues = options.whole("maxUnreadValues", in: 1...10_000_000) ?? maxUnreadValues
        maxUnreadSize = options.size("maxUnreadSize") ?? maxUnreadSize
    }
}
