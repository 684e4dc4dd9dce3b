import Foundation
import Logging
import Microservices
import TestSupport
import Testing

/// TLS of services and client proxies, against OpenSSL's own programs where they prove more than we ourselves.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ServiceTLSTests {
    private static let ca = TestCertificates.path("ca.pem")

    private let quiet = Logger(label: "test") { _ in LogRecorder() }

    private static func text(_ path: String) throws -> PEM {
        .text(try String(contentsOfFile: path, encoding: .utf8))
    }

    /// Starts a service that adds numbers.
    private func start(
        _ options: ServerTLSOptions, log: LogRecorder = LogRecorder(), called: Recorder = Recorder()
    ) async throws -> (Microservice, port: Int) {
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0, tls: options), eventLoopCount: 1,
            logger: Logger(label: "test") { _ in log })
        service.onMessage(["cmd": "sum"]) { (numbers: [Int], _) in
            called.note("sum")
            return numbers.reduce(0, +)
        }
        try await service.start()
        return (service, try #require(service.address?.port))
    }

    /// Asks a service for a sum over a connection of its own.
    private func sum(_ port: Int, _ change: (inout ClientTLSOptions) -> Void) async throws -> Int {
        var options = ClientTLSOptions()
        change(&options)
        let client = ClientProxy(
            try ClientConfiguration(host: "localhost", port: port, timeout: .seconds(30)).secured(by: options),
            logger: quiet)
        do {
            let sum: Int = try await client.send(["cmd": "sum"], [1, 2]).decoded()
            await client.close()
            return sum
        } catch {
            await client.close()
            throw error
        }
    }

    // MARK: Texts and passphrases

    @Test func `OpenSSL's client talks to a service whose certificate and encrypted key are texts`() async throws {
        let called = Recorder()
        let options = ServerTLSOptions(
            certificate: try Self.text(TestCertificates.path("ec.pem")),
            key: try Self.text(TestCertificates.path("encrypted.key")), passphrase: "secret")
        let (service, port) = try await start(options, called: called)
        async let client = Command.run(
            "openssl",
            [
                "s_client", "-quiet", "-connect", "127.0.0.1:\(port)", "-CAfile", Self.ca, "-verify_return_error",
                "-verify_hostname", "localhost",
            ], input: #"47#{"pattern":{"cmd":"sum"},"data":[1,2],"id":"a"}"#)
        await called.wait(for: "sum")
        await service.shutdown()
        #expect(try await client.output == #"41#{"response":3,"isDisposed":true,"id":"a"}"#)
    }

    @Test func `OpenSSL's server believes a client whose certificate and encrypted key are texts`() async throws {
        let authority = try await TestAuthority("Clients")
        defer { authority.remove() }
        try await authority.issue("shop")
        let encrypted = try await Command.run(
            "openssl", ["pkey", "-in", authority.path("shop.key"), "-aes256", "-passout", "pass:swordfish"])
        // In TLS 1.2 the handshake is over for the client when the server has judged its certificate.
        let server = try await ForeignServer.openssl([
            "-tls1_2", "-cert", TestCertificates.path("ec.pem"), "-key", TestCertificates.path("ec.key"), "-Verify",
            "1",
            "-verify_return_error", "-CAfile", authority.ca,
        ])
        defer { server.stop() }
        var options = ClientTLSOptions()
        options.ca = [try Self.text(Self.ca)]
        options.certificate = try Self.text(authority.path("shop.pem"))
        options.key = .text(encrypted.output)
        options.passphrase = "swordfish"
        let client = ClientProxy(
            try ClientConfiguration(host: "localhost", port: server.port).secured(by: options), logger: quiet)
        try await client.connect()
        try await eventually("the server writes down whom it saw") { server.seen.contains("CN = shop") }
        await client.close()
    }

    // MARK: Authorities

    @Test func `callers of each of several authorities are believed, and nobody else`() async throws {
        let authorities = [try await TestAuthority("A"), try await TestAuthority("B"), try await TestAuthority("C")]
        defer { for authority in authorities { authority.remove() } }
        for authority in authorities { try await authority.issue("caller") }
        let (service, port) = try await start(
            ServerTLSOptions(
                certificate: .file(TestCertificates.path("ec.pem")), key: .file(TestCertificates.path("ec.key")),
                clientCA: [.file(authorities[0].ca), try Self.text(authorities[1].ca)]))
        for authority in authorities[..<2] {
            let sum = try await sum(port) { options in
                options.ca = [.file(Self.ca)]
                options.certificate = .file(authority.path("caller.pem"))
                options.key = .file(authority.path("caller.key"))
            }
            #expect(sum == 3)
        }
        await #expect(throws: (any Error).self) {
            try await sum(port) { options in
                options.ca = [.file(Self.ca)]
                options.certificate = .file(authorities[2].path("caller.pem"))
                options.key = .file(authorities[2].path("caller.key"))
            }
        }
        let refused = try await Command.run(
            "openssl",
            [
                "s_client", "-quiet", "-tls1_2", "-connect", "127.0.0.1:\(port)", "-CAfile", Self.ca, "-cert",
                authorities[2].path("caller.pem"), "-key", authorities[2].path("caller.key"),
            ])
        #expect(refused.status != 0)
        #expect(refused.errors.contains("alert unknown ca"))
        await service.shutdown()
    }

    @Test func `a client believes services of each of its authorities`() async throws {
        let other = try await TestAuthority("Other")
        defer { other.remove() }
        try await other.issue("localhost")
        let (service, port) = try await start(
            ServerTLSOptions(certificate: .file(other.path("localhost.pem")), key: .file(other.path("localhost.key"))))
        #expect(try await sum(port) { $0.ca = [.file(Self.ca), .file(other.ca)] } == 3)
        await #expect(throws: (any Error).self) { try await sum(port) { $0.ca = [.file(Self.ca)] } }
        await service.shutdown()
    }

    // MARK: What cannot be used

    @Test func `a service with an encrypted key and no passphrase says so, and does not start`() async throws {
        let key = try Self.text(TestCertificates.path("encrypted.key"))
        await #expect {
            _ = try await start(ServerTLSOptions(certificate: .file(TestCertificates.path("ec.pem")), key: key))
        } throws: { error in
            (error as? MicroserviceError)?.code == .badCertificate
                && "\(error)".contains("127.0.0.1:0: the private key in the text given as key is encrypted")
        }
    }

    @Test func `a client's certificate needs its key`() throws {
        var options = ClientTLSOptions()
        options.certificate = "client.pem"
        #expect(throws: MicroserviceError.self) { try ClientConfiguration().secured(by: options) }
    }

    @Test func `options show neither texts nor passphrases`() {
        let options = ServerTLSOptions(
            certificate: "a.pem", key: "-----BEGIN PRIVATE KEY-----\nswordfish", passphrase: "swordfish")
        var shown = "\(options)"
        dump(options, to: &shown)
        #expect(!shown.contains("swordfish"))
        #expect(shown.contains("a.pem"))
    }

    // MARK: New files

    @Test func `a changed certificate is for new connections, and a bad one changes nothing`() async throws {
        let authorities = [try await TestAuthority("Old"), try await TestAuthority("New")]
        defer { for authority in authorities { authority.remove() } }
        for authority in authorities { try await authority.issue("localhost") }
        let (folder, log) = (authorities[0], LogRecorder())
        let (certificate, key) = (folder.path("localhost.pem"), folder.path("localhost.key"))
        let (service, port) = try await start(
            ServerTLSOptions(certificate: .file(certificate), key: .file(key)), log: log)
        var options = ClientTLSOptions()
        options.ca = [.file(folder.ca)]
        let open = ClientProxy(
            try ClientConfiguration(host: "localhost", port: port).secured(by: options), logger: quiet)
        try await open.connect()

        for (file, path) in [("localhost.pem", certificate), ("localhost.key", key)] {
            try Data(contentsOf: URL(fileURLWithPath: authorities[1].path(file))).write(
                to: URL(fileURLWithPath: path), options: .atomic)
        }
        try await eventually("the new files are taken") { log.contains("certificates reloaded") }
        #expect(try await sum(port) { $0.ca = [.file(authorities[1].ca)] } == 3)
        let still: Int = try await open.send(["cmd": "sum"], [4, 5]).decoded()
        #expect(still == 9)

        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate), options: .atomic)
        try await eventually("the bad file is refused") { log.contains("certificates not reloaded, the old ones stay") }
        #expect(log.contains("\(certificate) holds no certificate"))
        #expect(try await sum(port) { $0.ca = [.file(authorities[1].ca)] } == 3)
        await open.close()
        await service.shutdown()
    }

    @Test func `a client reads its files again when it is told to`() async throws {
        let (old, new) = (try await TestAuthority("Old"), try await TestAuthority("New"))
        defer {
            old.remove()
            new.remove()
        }
        try await new.issue("localhost")
        let (service, port) = try await start(
            ServerTLSOptions(certificate: .file(new.path("localhost.pem")), key: .file(new.path("localhost.key"))))
        var options = ClientTLSOptions()
        options.ca = [.file(old.ca)]
        let configuration = try ClientConfiguration(host: "localhost", port: port).secured(by: options)
        let client = ClientProxy(configuration, logger: quiet)
        await #expect(throws: (any Error).self) { try await client.connect() }
        try Data(contentsOf: URL(fileURLWithPath: new.ca)).write(to: URL(fileURLWithPath: old.ca), options: .atomic)
        try configuration.reloadCertificates()
        try await eventually("the new authority is believed") { (try? await client.connect()) != nil }
        await client.close()
        await service.shutdown()
    }
}
