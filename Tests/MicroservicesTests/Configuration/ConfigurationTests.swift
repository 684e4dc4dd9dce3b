import Configuration
import Foundation
import NetworkIO
import TestSupport
import Testing

@testable import MicroservicesCore

/// Options from environment variables and JSON files.
@Suite struct ConfigurationTests {
    private func environment(_ variables: [String: String]) -> ConfigReader {
        ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: variables))
    }

    /// A configuration out of a JSON file.
    private func json(_ text: String) async throws -> ConfigReader {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let place = InMemoryProvider(values: ["filePath": .init(.string(file.path), isSecret: false)])
        return ConfigReader(provider: try await FileProvider<JSONSnapshot>(config: ConfigReader(provider: place)))
    }

    private func options(_ config: ConfigReader) throws -> TCPServerOptions {
        var reader = OptionReader(config.snapshot())
        let options = TCPServerOptions(&reader)
        try reader.finish()
        return options
    }

    /// The lines of the error that reading a server's options ends with.
    private func faults(_ config: ConfigReader) -> [String] {
        do {
            _ = try ServerTransport.tcp(config: config)
            return []
        } catch {
            #expect((error as? MicroserviceError)?.code == .badConfiguration)
            return "\(error)".split(separator: "\n").map(String.init)
        }
    }

    // MARK: Servers

    @Test func `nothing said is the defaults`() throws {
        let options = try options(environment([:]))
        #expect((options.host, options.port) == ("localhost", 3000))
        #expect(options.limits == .defaults)
        #expect(options.tls == nil)
    }

    @Test func `environment variables and a JSON file say the same`() async throws {
        let variables = environment([
            "ORDERS_HOST": "0.0.0.0", "ORDERS_PORT": "4000", "ORDERS_MAX_BUFFER_SIZE": "1MiB",
            "ORDERS_INCOMPLETE_MESSAGE_TIMEOUT": "5s", "ORDERS_SEND_BUFFER_PAUSE_SIZE": "65536",
            "ORDERS_MAX_SEND_BUFFER_SIZE": "2MB", "ORDERS_SEND_TIMEOUT": "none", "ORDERS_MAX_CONNECTIONS": "50",
            "ORDERS_MAX_HANDLERS_IN_FLIGHT": "7", "ORDERS_HANDSHAKE_TIMEOUT": "1500", "ORDERS_TLS_CERT": "s.pem",
            "ORDERS_TLS_KEY": "s.key", "ORDERS_TLS_PASSPHRASE": "swordfish", "ORDERS_TLS_CA": "a.pem, b.pem",
            "ORDERS_TLS_REJECT_UNAUTHORIZED": "false", "ORDERS_TLS_MIN_VERSION": "1.3",
        ])
        let file = try await json(
            """
            {"orders": {
              "host": "0.0.0.0", "port": 4000, "maxBufferSize": 1048576, "incompleteMessageTimeout": 5000,
              "sendBufferPauseSize": "64KiB", "maxSendBufferSize": "2MB", "sendTimeout": "none", "maxConnections": 50,
              "maxHandlersInFlight": 7, "handshakeTimeout": "1.5s",
              "tls": {"cert": "s.pem", "key": "s.key", "passphrase": "swordfish", "ca": ["a.pem", "b.pem"],
                      "rejectUnauthorized": false, "minVersion": "TLSv1.3"}
            }}
            """)
        for config in [variables, file] {
            let options = try options(config.scoped(to: "orders"))
            #expect((options.host, options.port) == ("0.0.0.0", 4000))
            var limits = TCPServerLimits()
            limits.maxBufferSize = 1_048_576
            limits.incompleteMessageTimeout = .seconds(5)
            limits.sendBufferPauseSize = 65536
            limits.maxSendBufferSize = 2_000_000
            limits.sendTimeout = nil
            limits.maxConnections = 50
            limits.maxHandlersInFlight = 7
            limits.handshakeTimeout = .milliseconds(1500)
            #expect(options.limits == limits)
            var tls = ServerTLSOptions(
                certificate: "s.pem", key: "s.key", passphrase: "swordfish", clientCA: ["a.pem", "b.pem"])
            tls.requiresClientCertificate = false
            tls.minVersion = .tls13
            #expect(options.tls == tls)
        }
    }

    @Test func `an environment variable goes before the file when its provider stands first`() async throws {
        let file = try await json(#"{"port": 4000, "maxConnections": 5}"#)
        let variables = EnvironmentVariablesProvider(environmentVariables: ["PORT": "5000"])
        #expect(try options(file).port == 4000)
        let both = ConfigReader(providers: [variables, InMemoryProvider(values: ["port": 4000, "maxConnections": 5])])
        let options = try options(both)
        #expect((options.port, options.limits.maxConnections) == (5000, 5))
    }

    @Test func `PEM texts are taken where files are, with line ends that are escaped, too`() throws {
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        let config = environment(["TLS_CERT": text.replacing("\n", with: "\\n"), "TLS_KEY": "s.key", "TLS_CA": text])
        let tls = try #require(try options(config).tls)
        #expect(tls.certificate == .text(text))
        #expect(tls.clientCA == [.text(text.trimmingCharacters(in: .newlines))] || tls.clientCA == [.text(text)])
    }

    @Test func `TLS can be switched off as a whole`() throws {
        let config = environment(["TLS_ENABLED": "false", "TLS_CERT": "s.pem", "TLS_KEY": "s.key"])
        #expect(try options(config).tls == nil)
    }

    // MARK: Errors

    @Test func `each option that cannot be used is named with its value and what is expected`() async throws {
        let time = "a time above 0 and at most 30 days: milliseconds such as 5000, or 250ms, 5s, 1m, 1h"
        let file = try await json(
            """
            {"orders": {"host": 7, "port": "many", "maxBufferSize": -1, "sendTimeout": "5 s", "handshakeTimeout": "none",
              "maxConnections": 0, "tls": {"enabled": "perhaps", "cert": "a.pem", "key": "a.key", "minVersion": "1.1"}}}
            """)
        #expect(
            faults(file.scoped(to: "orders")) == [
                "orders.host is \"7\"; expected a text",
                "orders.port is \"many\"; expected a whole number from 0 to 65535",
                "orders.maxBufferSize is \"-1\"; expected a size above 0, such as 65536, 64KiB or 1MB",
                "orders.sendTimeout is \"5 s\"; expected \(time), or none",
                "orders.maxConnections is \"0\"; expected a whole number from 1 to 10000000",
                "orders.handshakeTimeout is \"none\"; expected \(time)",
                "orders.tls.enabled is \"perhaps\"; expected true or false",
                "orders.tls.minVersion is \"1.1\"; expected 1.2 or 1.3 (TLSv1.2, TLSv1.3)",
            ])
    }

    @Test func `what belongs together is asked for together`() {
        #expect(
            faults(environment(["TLS_CERT": "a.pem"])) == [
                "tls.key is missing; expected a PEM file or text, or tls.enabled: false"
            ])
        #expect(
            faults(environment(["TLS_ENABLED": "true"])) == [
                "tls.cert is missing; expected a PEM file or text, or tls.enabled: false"
            ])
        #expect(
            faults(environment(["TLS_CERT": "a.pem", "TLS_KEY": "a.key", "TLS_REQUEST_CERT": "true"])) == [
                "tls.requestCert needs tls.ca, which says whose certificates are believed"
            ])
    }

    @Test func `an empty value is not a missing one`() {
        #expect(
            faults(environment(["HOST": "", "TLS_CERT": "a.pem", "TLS_KEY": "", "TLS_CA": ""])) == [
                "host is \"\"; expected a text", "tls.key cannot be used; expected a PEM file or text",
                "tls.ca cannot be used; expected files or PEM texts, at least one and none empty",
                "tls.key is missing; expected a PEM file or text, or tls.enabled: false",
            ])
    }

    @Test func `secrets are marked as such, and no error shows them`() async throws {
        let file = try await json(#"{"port": "x", "tls": {"cert": "a.pem", "key": 4711, "passphrase": [4712]}}"#)
        let said = faults(file)
        #expect(said.contains("tls.key cannot be used; expected a text"))
        #expect(said.contains("tls.passphrase cannot be used; expected a text"))
        #expect(!said.contains { $0.contains("471") })

        let reporter = SecretKeys()
        let provider = InMemoryProvider(values: [
            "tls.cert": "a.pem", "tls.key": "-----BEGIN PRIVATE KEY-----", "tls.passphrase": "swordfish",
        ])
        _ = try ServerTransport.tcp(config: ConfigReader(provider: provider, accessReporter: reporter))
        #expect(reporter.secrets.notes.sorted() == ["tls.key", "tls.passphrase"])
    }

    // MARK: Clients

    @Test func `a client's options come from the same place`() throws {
        let config = environment([
            "USERS_HOST": "users.internal", "USERS_PORT": "3001", "USERS_TIMEOUT": "250ms",
            "USERS_MAX_BUFFER_SIZE": "1000",
            "USERS_TLS_CA": TestCertificates.path("ca.pem"), "USERS_TLS_SERVER_NAME": "users",
            "USERS_TLS_CERT": TestCertificates.path("client.pem"), "USERS_TLS_KEY": TestCertificates.path("client.key"),
        ])
        let client = try ClientConfiguration(config: config.scoped(to: "users"))
        #expect(client.endpoints.map(\.description) == ["users.internal:3001"])
        #expect(client.timeouts == ReplyTimeouts(250_000_000))
        let settings = try #require(client.tls?.current.settings)
        #expect(settings.serverName == "users")
        #expect(settings.files.count == 3)

        let plain = try ClientConfiguration(config: environment(["TIMEOUT": "none"]))
        #expect(plain.timeouts == ReplyTimeouts(.max))
        #expect(plain.endpoints.map(\.description) == ["localhost:3000"])
        #expect(plain.tls == nil)
    }

    @Test func `a client's limits come from there as well`() throws {
        #expect(try ClientConfiguration(config: environment([:])).limits == .defaults)
        let config = environment([
            "MAX_CONNECTIONS": "3", "MAX_REQUESTS_IN_FLIGHT": "100", "MAX_QUEUED": "7", "MAX_QUEUE_SIZE": "1MiB",
            "CONNECT_TIMEOUT": "2s", "IDLE_TIMEOUT": "5m", "SEND_BUFFER_PAUSE_SIZE": "64KiB",
            "MAX_UNREAD_VALUES": "50", "MAX_UNREAD_SIZE": "2MiB",
        ])
        var limits = TCPClientLimits()
        limits.maxConnections = 3
        limits.maxRequestsInFlight = 100
        limits.maxQueued = 7
        limits.maxQueueSize = 1024 * 1024
        limits.connectTimeout = .seconds(2)
        limits.idleTimeout = .seconds(300)
        limits.sendBufferPauseSize = 65536
        limits.maxUnreadValues = 50
        limits.maxUnreadSize = 2 * 1024 * 1024
        #expect(try ClientConfiguration(config: config).limits == limits)
        #expect(try ClientConfiguration(config: environment(["IDLE_TIMEOUT": "none"])).limits.idleTimeout == nil)
        let error = #expect(throws: MicroserviceError.self) {
            try ClientConfiguration(config: environment(["MAX_CONNECTIONS": "0", "IDLE_TIMEOUT": "never"]))
        }
        #expect(error?.message.split(separator: "\n").count == 2)
    }

    @Test func `a client's errors name the option, or the file`() {
        #expect {
            _ = try ClientConfiguration(config: environment(["PORT": "0", "TLS_CERT": "a.pem"]))
        } throws: { error in
            "\(error)" == """
                port is "0"; expected a whole number from 1 to 65535
                tls.key is missing; a certificate needs its key, and a key its certificate
                """
        }
        #expect {
            _ = try ClientConfiguration(config: environment(["TLS_CA": "none.pem"]))
        } throws: { error in
            (error as? MicroserviceError)?.code == .badCertificate && "\(error)" == "cannot read none.pem: no such file"
        }
    }
}

/// Notes the keys of the secrets that were read.
private final class SecretKeys: AccessReporter {
    let secrets = Recorder()

    func report(_ event: AccessEvent) {
        if case .success(let value?) = event.result, value.isSecret { secrets.note("\(event.metadata.key)") }
    }
}
