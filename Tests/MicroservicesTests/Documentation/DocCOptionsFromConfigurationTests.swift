import Configuration
import Logging
import Microservices
import Testing

/// The code of the article "Options from configuration".
@Suite(.timeLimit(.minutes(1)))
struct DocCOptionsFromConfigurationTests {
    private func environment() throws {
        let config = ConfigReader(provider: EnvironmentVariablesProvider())
        let orders = try Microservice(config: config.scoped(to: "orders"))
        let users = ClientProxy(try ClientConfiguration(config: config.scoped(to: "users")))
        _ = (orders, users)
    }

    @Test func `a service listens where its configuration says`() async throws {
        let values: [AbsoluteConfigKey: ConfigValue] = [
            "orders.host": "127.0.0.1", "orders.port": 0, "orders.sendTimeout": "5s",
        ]
        let memory = ConfigReader(provider: InMemoryProvider(values: values))
        let service = try Microservice(config: memory.scoped(to: "orders"))
        try await service.start()
        #expect(service.address?.host == "127.0.0.1")
        await service.shutdown()
    }

    @Test func `what cannot be used is said with its key`() throws {
        let wrong = ConfigReader(provider: InMemoryProvider(values: ["orders.port": "tcp://10.0.0.7:3001"]))
        do {
            _ = try Microservice(config: wrong.scoped(to: "orders"))
        } catch let error as MicroserviceError {
            print(error)  // orders.port is "tcp://10.0.0.7:3001"; expected a whole number from 0 to 65535
        }
        let error = #expect(throws: MicroserviceError.self) {
            try Microservice(config: wrong.scoped(to: "orders"))
        }
        #expect(
            error?.message
                == #"orders.port is "tcp://10.0.0.7:3001"; expected a whole number from 0 to 65535"#)
    }

    private struct Vault {
        func number(_ name: String) async throws -> Int { name.count }
    }

    @Test func `options that are waited for`() async throws {
        func transport(from vault: Vault) async throws -> ServerTransport {
            .tcp(port: try await vault.number("port"))
        }
        #expect(try await transport(from: Vault()).description == "tcp localhost:4")
    }
}
