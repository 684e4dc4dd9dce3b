import Logging
import Microservices
import MicroservicesTesting

/// The two transports that handlers must not be able to tell apart.
enum TestTransport: String, CaseIterable, CustomStringConvertible {
    case tcp
    case inMemory

    var description: String { rawValue }
}

/// What a client or service of a test has beside the defaults.
struct TestCoding: Sendable {
    var framing: any MessageFraming = .json
    var serializer: (any PacketSerializer)?
    var deserializer: (any PacketDeserializer)?
}

/// A service on one event loop and a client of it.
struct TransportHarness: Sendable {
    let service: Microservice
    let client: ClientProxy
    /// What both log.
    let log: LogRecorder

    /// Starts a service with a client, runs `body`, and ends both.
    static func run(
        _ transport: TestTransport = .inMemory, clock: ManualClock? = nil, limits: TCPServerLimits = .defaults,
        server: TestCoding = TestCoding(), client: TestCoding? = nil, timeout: Duration? = .seconds(30),
        _ register: (Microservice) -> Void, _ body: @Sendable (TransportHarness) async throws -> Void
    ) async throws {
        let log = LogRecorder()
        let logger = Logger(label: "test") { _ in log }
        let network = InMemoryNetwork(clock: clock)
        var serverTransport: ServerTransport
        switch transport {
        case .inMemory:
            serverTransport = .inMemory(
                network, limits: limits, framing: server.framing, serializer: server.serializer,
                deserializer: server.deserializer)
        case .tcp:
            serverTransport = .tcp(
                host: "127.0.0.1", port: 0, limits: limits, framing: server.framing, serializer: server.serializer,
                deserializer: server.deserializer)
        }
        if let clock { serverTransport = serverTransport.driven(by: clock) }
        let service = Microservice(
            transport: serverTransport, eventLoopCount: 1, shutdownTimeout: .milliseconds(200), logger: logger)
        register(service)
        try await service.start()
        var configuration: ClientConfiguration
        if let port = service.address?.port {
            configuration = ClientConfiguration(host: "127.0.0.1", port: port, timeout: timeout)
        } else {
            configuration = .inMemory(network, timeout: timeout)
        }
        let coding = client ?? server
        configuration.framing = coding.framing
        configuration.serializer = coding.serializer
        configuration.deserializer = coding.deserializer
        if let clock { configuration = configuration.driven(by: clock) }
        let harness = TransportHarness(
            service: service, client: ClientProxy(configuration.patient, logger: logger), log: log)
        do {
            try await body(harness)
        } catch {
            await harness.end()
            throw error
        }
        await harness.end()
    }

    private func end() async {
        await client.close()
        await service.shutdown()
    }
}

extension ClientConfiguration {
    /// The same with time to connect on a busy machine.
    var patient: ClientConfiguration {
        var configuration = self
        configuration.allowSlowConnect(.seconds(30))
        return configuration
    }
}
