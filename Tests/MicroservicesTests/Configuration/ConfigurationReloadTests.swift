import Configuration
import Foundation
import Logging
import Microservices
import ServiceLifecycle
import TestSupport
import Testing

/// Options that change while a service runs.
@Suite(.timeLimit(.minutes(1)))
struct ConfigurationReloadTests {
    private static func pem(_ name: String) throws -> ConfigValue {
        .init(.string(try String(contentsOfFile: TestCertificates.path(name), encoding: .utf8)), isSecret: false)
    }

    /// A service whose options stand in memory, and which answers `echo`.
    private func run(
        _ values: [AbsoluteConfigKey: ConfigValue] = [:],
        _ body: (MutableInMemoryProvider, LogRecorder, _ port: Int) async throws -> Void
    ) async throws {
        var all: [AbsoluteConfigKey: ConfigValue] = ["host": "127.0.0.1", "port": 0, "shutdownTimeout": "200ms"]
        all.merge(values) { _, new in new }
        let (provider, log) = (MutableInMemoryProvider(initialValues: all), LogRecorder())
        let service = try Microservice(
            config: ConfigReader(provider: provider), eventLoopCount: 1, logger: Logger(label: "test") { _ in log })
        service.onMessage("echo") { (text: String, _) in text }
        try await service.start()
        do {
            try await body(provider, log, try #require(service.address?.port))
        } catch {
            await service.shutdown()
            throw error
        }
        await service.shutdown()
    }

    private func frame(_ count: Int) -> String {
        #"{"pattern":"echo","data":"\#(String(repeating: "x", count: count))","id":"a"}"#
    }

    /// Whether a connection is answered, and not ended.
    private func isAnswered(_ peer: ServerPeer, _ count: Int) async throws -> Bool {
        let before = peer.soFar.bytes.count
        try await peer.send(frame: frame(count))
        return await !peer.received(count: before + count).isEnded
    }

    private func isAnswered(_ port: Int, _ count: Int) async throws -> Bool {
        let peer = try await ServerPeer.connect(port: port)
        let result = try await isAnswered(peer, count)
        await peer.close()
        return result
    }

    @Test func `new limits are those of new connections, and open ones keep theirs`() async throws {
        try await run { provider, log, port in
            let open = try await ServerPeer.connect(port: port)
            #expect(try await isAnswered(open, 500))
            provider.setValue(100, forKey: ["maxBufferSize"])
            try await eventually("the new limit is taken") { log.contains("options reloaded, for new connections") }
            #expect(log.contains(#""changed": limits"#))
            #expect(try await isAnswered(port, 20))
            #expect(try await !isAnswered(port, 500))
            #expect(try await isAnswered(open, 500))
            await open.close()
        }
    }

    @Test func `a lower limit of connections ends none, and refuses the next`() async throws {
        try await run { provider, log, port in
            let open = [try await ServerPeer.connect(port: port), try await ServerPeer.connect(port: port)]
            for peer in open { #expect(try await isAnswered(peer, 20)) }
            provider.setValue(2, forKey: ["maxConnections"])
            try await eventually("the new limit is taken") { log.contains("options reloaded") }
            let third = try await ServerPeer.connect(port: port)
            #expect(await third.receivedAll().bytes.isEmpty)
            #expect(log.contains("connection refused: too many connections"))
            for peer in open {
                #expect(try await isAnswered(peer, 20))
                await peer.close()
            }
        }
    }

    @Test func `a value that cannot be used is refused as an error, and the old one stays`() async throws {
        try await run(["maxBufferSize": 100]) { provider, log, port in
            provider.setValue("plenty", forKey: ["maxBufferSize"])
            try await eventually("the bad value is refused") {
                log.contains("error options not reloaded, the old ones stay")
            }
            #expect(log.contains(#""reason": maxBufferSize is "plenty"; expected a size above 0"#))
            #expect(try await !isAnswered(port, 500))
            provider.setValue("1KiB", forKey: ["maxBufferSize"])
            try await eventually("the next good value is taken") { log.contains("options reloaded") }
            #expect(try await isAnswered(port, 500))
        }
    }

    @Test func `a service does not move while it runs`() async throws {
        try await run { provider, log, port in
            provider.setValue(1, forKey: ["port"])
            try await eventually("the new port is refused") {
                log.contains("host and port are taken at the start only: restart the service to move it from 127.0.0.1")
            }
            #expect(try await isAnswered(port, 20))
            provider.setValue(0, forKey: ["port"])
            provider.setValue("ec.pem", forKey: ["tls", "cert"])
            provider.setValue("ec.key", forKey: ["tls", "key"])
            try await eventually("TLS is refused") { log.contains("TLS is switched on and off at the start only") }
            #expect(try await isAnswered(port, 20))
        }
    }

    @Test func `a new certificate is for new connections`() async throws {
        let authority = try await TestAuthority("New")
        defer { authority.remove() }
        try await authority.issue("localhost")
        func text(_ name: String) throws -> ConfigValue {
            .init(.string(try String(contentsOfFile: authority.path(name), encoding: .utf8)), isSecret: true)
        }
        let values: [AbsoluteConfigKey: ConfigValue] = [
            ["tls", "cert"]: try Self.pem("ec.pem"), ["tls", "key"]: try Self.pem("ec.key"),
        ]
        try await run(values) { provider, log, port in
            func client(_ ca: String) throws -> ClientProxy {
                var options = ClientTLSOptions()
                options.ca = [.file(ca)]
                return ClientProxy(
                    try ClientConfiguration(host: "localhost", port: port, timeout: nil).secured(by: options),
                    logger: Logger(label: "test") { _ in LogRecorder() })
            }
            let open = try client(TestCertificates.path("ca.pem"))
            try await open.connect()
            // Between the two the key does not belong to the certificate: that state is refused, if it is seen at all.
            provider.setValue(try text("localhost.pem"), forKey: ["tls", "cert"])
            provider.setValue(try text("localhost.key"), forKey: ["tls", "key"])
            try await eventually("the new certificate is taken") { log.contains(#""changed": tls"#) }
            let new = try client(authority.ca)
            let answer: String = try await new.send("echo", "new").decoded()
            #expect(answer == "new")
            let still: String = try await open.send("echo", "open").decoded()
            #expect(still == "open")
            #expect(!log.contains("PRIVATE KEY"))
            await new.close()
            await open.close()
        }
    }

    @Test func `a service follows a JSON file that is edited, with variables before it`() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        func write(_ text: String) throws { try Data(text.utf8).write(to: file, options: .atomic) }
        try write(#"{"orders": {"port": 0, "maxBufferSize": 100}}"#)
        defer { try? FileManager.default.removeItem(at: file) }
        let log = LogRecorder()
        let logger = Logger(label: "test") { _ in log }
        let place = InMemoryProvider(values: [
            "filePath": .init(.string(file.path), isSecret: false), "pollIntervalSeconds": 1,
        ])
        let provider = try await ReloadingFileProvider<JSONSnapshot>(
            config: ConfigReader(provider: place), logger: logger)
        let variables = EnvironmentVariablesProvider(environmentVariables: ["ORDERS_HOST": "127.0.0.1"])
        let service = try Microservice(
            config: ConfigReader(providers: [variables, provider]).scoped(to: "orders"), eventLoopCount: 1,
            logger: logger)
        service.onMessage("echo") { (text: String, _) in text }
        let group = ServiceGroup(services: [provider, service], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await eventually("the service listens") { service.address != nil }
            let port = try #require(service.address?.port)
            #expect(try await !isAnswered(port, 500))
            try write(#"{"orders": {"port": 0, "maxBufferSize": "64KiB"}}"#)
            try await eventually("the edited file is taken") { log.contains("options reloaded, for new connections") }
            #expect(try await isAnswered(port, 500))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
