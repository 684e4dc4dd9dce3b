public import Configuration
public import Logging

extension Microservice {
    /// A service over TCP with its options from a configuration: those of ``ServerTransport/tcp(config:)``, and
    /// `shutdownTimeout`.
    ///
    /// ```swift
    /// let file = try await ReloadingFileProvider<JSONSnapshot>(filePath: "orders.json")
    /// let config = ConfigReader(providers: [EnvironmentVariablesProvider(), file])
    /// let service = try Microservice(config: config)
    /// try await ServiceGroup(services: [file, service], logger: logger).run()
    /// ```
    ///
    /// - Parameters:
    ///   - config: Scoped to the service's options.
    ///   - eventLoopCount: Threads that serve connections; nil for one for each core.
    ///   - logger: Gets failed handlers, refused peers, start and stop, and what became of changed options.
    /// - Throws: ``MicroserviceError`` `badConfiguration`: a line for each option that cannot be used.
    public convenience init(
        config: ConfigReader, eventLoopCount: Int? = nil, logger: Logger = Logger(label: "Microservice")
    ) throws {
        var options = OptionReader(config.snapshot())
        var tcp = TCPServerOptions(&options)
        let shutdownTimeout = options.duration("shutdownTimeout", mayBeZero: true) ?? .seconds(10)
        try options.finish()
        tcp.config = config
        self.init(
            transport: ServerTransport(kind: .tcp(tcp)), eventLoopCount: eventLoopCount,
            shutdownTimeout: shutdownTimeout, logger: logger)
    }
}
