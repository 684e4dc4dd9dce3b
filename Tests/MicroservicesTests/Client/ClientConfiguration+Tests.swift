import Logging
import Microservices

extension ClientConfiguration {
    /// The configuration of a client of this machine that gives a busy one time.
    static func local(
        _ port: Int, host: String = "127.0.0.1", timeout: Duration? = .seconds(60), maxBufferSize: Int = 134_217_728,
        tls: ClientTLSOptions? = nil, retryAttempts: Int = 0, sendsDeadline: Bool = false
    ) -> ClientConfiguration {
        var configuration = ClientConfiguration.tcp(
            host: host, port: port, timeout: timeout, maxBufferSize: maxBufferSize, tls: tls,
            retryAttempts: retryAttempts, sendsDeadline: sendsDeadline)
        configuration.allowSlowConnect(.seconds(60))
        return configuration
    }
}

extension Logger {
    /// A logger that keeps to itself.
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}
