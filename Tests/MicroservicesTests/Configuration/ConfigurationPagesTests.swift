import Configuration
import Foundation
import Logging
import Microservices
import ServiceLifecycle
import Testing

/// The Swift code of docs/configuration.md and docs/tls.md, compiled. Each snippet stands here word for word.
@Suite struct ConfigurationPagesTests {
    @Test(arguments: [("configuration.md", 3), ("tls.md", 3)])
    func `every snippet of the page is compiled here`(name: String, count: Int) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/\(name)"), encoding: .utf8)
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let lines = Set(source.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
        let snippets = page.components(separatedBy: "<!-- snippet: ").dropFirst()
        #expect(snippets.count == count)
        for snippet in snippets {
            let code = snippet.components(separatedBy: "```swift\n")[1].components(separatedBy: "```")[0]
            for line in code.split(separator: "\n") {
                #expect(lines.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
            }
        }
    }

    @Test func `the page's table has every default`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let limits = TCPServerLimits.defaults
        #expect(page.contains("| `maxBufferSize` | size | \(limits.maxBufferSize) |"))
        #expect(page.contains("| `maxConnections` | 1 to 10000000 | \(limits.maxConnections) |"))
        #expect(page.contains("| `maxHandlersInFlight` | 1 to 1000000 | \(limits.maxHandlersInFlight) |"))
        for label in Mirror(reflecting: limits).children.compactMap(\.label) {
            #expect(page.contains("\n| `\(label)` | "), "\(label) has no row")
        }
    }

    // MARK: configuration.md

    private func environment() throws {
        let config = ConfigReader(provider: EnvironmentVariablesProvider())
        let orders = try Microservice(config: config.scoped(to: "orders"))
        let users = ClientProxy(try ClientConfiguration(config: config.scoped(to: "users")))
        _ = (orders, users)
    }

    private func file(logger: Logger) async throws {
        let environment = EnvironmentVariablesProvider()
        let place = ConfigReader(provider: environment).scoped(to: "options")
        let file = try await ReloadingFileProvider<JSONSnapshot>(config: place)
        let config = ConfigReader(providers: [environment, file])
        let orders = try Microservice(config: config.scoped(to: "orders"), logger: logger)

        try await ServiceGroup(services: [file, orders], logger: logger).run()
    }

    private struct Vault {
        struct Secrets {
            let certificate: String
            let key: String
        }

        func secrets(of name: String) async throws -> Secrets { Secrets(certificate: "", key: "") }
    }

    private func factory(vault: Vault) async throws {
        func transport(from vault: Vault) async throws -> ServerTransport {
            let secrets = try await vault.secrets(of: "orders")
            return .tcp(
                port: 3001, tls: ServerTLSOptions(certificate: .text(secrets.certificate), key: .text(secrets.key)))
        }

        let service = Microservice(transport: try await transport(from: vault))
        _ = service
    }

    // MARK: tls.md

    private func tls() throws {
        let tls = ServerTLSOptions(certificate: "users.pem", key: "users.key")
        let service = Microservice(transport: .tcp(host: "0.0.0.0", port: 3001, tls: tls))

        var options = ClientTLSOptions()
        options.ca = ["old-ca.pem", "new-ca.pem"]
        let configuration = try ClientConfiguration(host: "users-host", port: 3001).secured(by: options)
        let users = ClientProxy(configuration)
        _ = (service, users)

        try configuration.reloadCertificates()
    }

    private func texts(folder: String) {
        let environment = ProcessInfo.processInfo.environment
        var tls = ServerTLSOptions(
            certificate: .file(folder + "/users.pem"), key: .text(environment["USERS_KEY"] ?? ""),
            passphrase: environment["USERS_PASSPHRASE"])
        tls.clientCA = [.text(environment["INTERNAL_CA"] ?? ""), "partner-ca.pem"]
    }
}
