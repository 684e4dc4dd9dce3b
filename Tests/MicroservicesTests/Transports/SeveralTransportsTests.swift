import Logging
import Microservices
import MicroservicesTesting
import TestSupport
import Testing

/// One service on several transports, and listening on an address that is in use.
@Suite(.timeLimit(.minutes(1)))
struct SeveralTransportsTests {
    private static func make(_ transports: [ServerTransport], log: LogRecorder = LogRecorder()) -> Microservice {
        let service = Microservice(
            transports: transports, eventLoopCount: 2, logger: Logger(label: "test") { _ in log })
        service.onMessage("echo") { (data: JSONValue, _) in data }
        return service
    }

    private static func tcp(_ port: Int = 0, _ framing: any MessageFraming = .json) -> ServerTransport {
        .tcp(host: "127.0.0.1", port: port, framing: framing)
    }

    private static func client(_ configuration: ClientConfiguration) -> ClientProxy {
        ClientProxy(configuration.patient, logger: Logger(label: "test") { _ in LogRecorder() })
    }

    @Test func `one set of handlers answers on all transports, each in its own way`() async throws {
        let network = InMemoryNetwork()
        let service = Self.make([Self.tcp(), .inMemory(network)])
        service.connect(Self.tcp(0, .ndjson))
        try await service.start()
        #expect(service.addresses.count == 2)
        #expect(service.address == service.addresses.first)
        var configurations = service.addresses.map { ClientConfiguration(host: $0.host, port: $0.port) }
        configurations[1].framing = .ndjson
        configurations.append(.inMemory(network))
        for configuration in configurations {
            let client = Self.client(configuration)
            let answer = try await client.send("echo", "hello").value
            #expect(answer == "hello")
            await client.close()
        }
        await service.shutdown()
        #expect(service.addresses.isEmpty)
    }

    @Test func `all transports start or none does, and the error names the one that cannot`() async throws {
        let taken = try await ScriptedServer()
        let network = InMemoryNetwork()
        let service = Self.make([.inMemory(network), Self.tcp(taken.port), Self.tcp()])
        let error = await #expect(throws: MicroserviceError.self) { try await service.start() }
        #expect(error?.code == .cannotListen)
        #expect(error?.message.contains("127.0.0.1:\(taken.port)") == true)
        let client = Self.client(.inMemory(network))
        let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("echo", 1).value }
        #expect(failure?.wasNeverSent == true)
        await client.close()
        await taken.stop()
    }

    @Test func `the error of a certificate names its transport`() async throws {
        let tls = ServerTLSOptions(certificate: "/nowhere/service.pem", key: "/nowhere/service.key")
        let service = Self.make([Self.tcp(), .tcp(host: "127.0.0.1", port: 3443, tls: tls)])
        let error = await #expect(throws: MicroserviceError.self) { try await service.start() }
        #expect(error?.code == .badCertificate)
        #expect(error?.message.contains("tcp 127.0.0.1:3443") == true)
    }

    @Test func `all transports drain together`() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let started = Recorder()
        let network = InMemoryNetwork()
        let service = Self.make([Self.tcp(), .inMemory(network)])
        service.onMessage("gated") { (_: JSONValue?, _) in
            started.note("started")
            for await _ in gate {}
            return "done"
        }
        try await service.start()
        let address = try #require(service.address)
        let clients = [ClientConfiguration(host: address.host, port: address.port), .inMemory(network)].map {
            Self.client($0)
        }
        let answers = clients.map { client in Task { try await client.send("gated", 1, timeout: .some(nil)).value } }
        await started.wait(for: "started", count: 2)
        async let stopped: Void = service.shutdown()
        open.finish()
        for answer in answers { #expect(try await answer.value == "done") }
        await stopped
        for client in clients { await client.close() }
    }

    @Test func `an address in use is tried again as often as told, and had once it is free`() async throws {
        let host = "127.34.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let taken = try await ScriptedServer(host: host)
        let clock = ManualClock()
        let transport = ServerTransport.tcp(
            host: host, port: taken.port, retryAttempts: 3, retryDelay: .seconds(1)
        ).driven(by: clock)
        let log = LogRecorder()
        let service = Self.make([transport], log: log)
        async let started: Void = service.start()
        await clock.sleepers()
        await clock.advance(by: .seconds(1))
        await clock.sleepers()
        #expect(log.contains("2 of 3"))
        await taken.stop()
        await clock.advance(by: .seconds(1))
        try await started
        #expect(service.address?.port == taken.port)
        #expect(!log.contains("3 of 3"))
        await service.shutdown()
    }

    @Test(arguments: [0, 2])
    func `after the last attempt the start fails`(attempts: Int) async throws {
        let taken = try await ScriptedServer()
        let log = LogRecorder()
        let service = Self.make(
            [.tcp(host: "127.0.0.1", port: taken.port, retryAttempts: attempts, retryDelay: .zero)], log: log)
        let error = await #expect(throws: MicroserviceError.self) { try await service.start() }
        #expect(error?.code == .cannotListen)
        #expect(error?.message.contains("already in use") == true)
        #expect(log.all.count { $0.contains("listening is tried again") } == attempts)
        await taken.stop()
    }

    @Test func `a start that is cancelled ends the attempts`() async throws {
        let taken = try await ScriptedServer()
        let clock = ManualClock()
        let transport = ServerTransport.tcp(
            host: "127.0.0.1", port: taken.port, retryAttempts: 1, retryDelay: .seconds(1)
        ).driven(by: clock)
        let service = Self.make([transport])
        let start = Task { try await service.start() }
        await clock.sleepers()
        start.cancel()
        let error = await #expect(throws: MicroserviceError.self) { try await start.value }
        #expect(error?.message.contains("cancelled before the address was free") == true)
        await taken.stop()
    }

    @Test func `shutdown ends the attempts at once`() async throws {
        let taken = try await ScriptedServer()
        let clock = ManualClock()
        let transport = ServerTransport.tcp(
            host: "127.0.0.1", port: taken.port, retryAttempts: .max, retryDelay: .seconds(1)
        ).driven(by: clock)
        let service = Self.make([transport])
        let start = Task { try await service.start() }
        await clock.sleepers()
        // The clock stands still: nothing else ends the wait.
        await service.shutdown()
        let error = await #expect(throws: MicroserviceError.self) { try await start.value }
        #expect(error?.message.contains("already in use") == true)
        await taken.stop()
    }

    @Test func `while one transport waits for its address, none serves`() async throws {
        let host = "127.37.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let taken = try await ScriptedServer(host: host)
        let clock = ManualClock()
        let network = InMemoryNetwork()
        let tcp = ServerTransport.tcp(host: host, port: taken.port, retryAttempts: 3, retryDelay: .seconds(1))
        let service = Self.make([.inMemory(network), tcp.driven(by: clock)])
        let start = Task { try await service.start() }
        let client = Self.client(.inMemory(network))
        for _ in 0..<2 {
            await clock.sleepers()
            let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("echo", 1).value }
            #expect(failure?.wasNeverSent == true)
            if service.addresses.isEmpty { await clock.advance(by: .seconds(1)) }
        }
        await clock.sleepers()
        await taken.stop()
        await clock.advance(by: .seconds(1))
        try await start.value
        #expect(try await client.send("echo", 1).value == 1)
        #expect(service.address?.port == taken.port)
        await client.close()
        await service.shutdown()
    }
}
