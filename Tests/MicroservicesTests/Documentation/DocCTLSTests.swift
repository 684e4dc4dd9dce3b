import Microservices
import Testing

/// The code of the article "TLS"; `ServiceTLSTests` runs such services with certificates.
@Suite struct DocCTLSTests {
    private func serve() {
        let tls = ServerTLSOptions(certificate: "orders.pem", key: "orders.key")
        let service = Microservice(transport: .tcp(host: "0.0.0.0", port: 3443, tls: tls))
        _ = service
    }

    private func call() {
        var options = ClientTLSOptions()
        options.ca = ["old-ca.pem", "new-ca.pem"]
        let orders = ClientProxy(.tcp(host: "orders.internal", port: 3443, tls: options))
        _ = orders
    }

    private static func mutual(environment: [String: String]) -> ServerTLSOptions {
        let secret = PEM.text(environment["ORDERS_KEY"] ?? "")
        var mutual = ServerTLSOptions(certificate: "orders.pem", key: secret)
        mutual.clientCA = ["internal-ca.pem"]
        return mutual
    }

    @Test func `a text shows nothing of itself, and the start says which file cannot be had`() async {
        let options = Self.mutual(environment: ["ORDERS_KEY": "-----BEGIN secret"])
        #expect(!"\(options.key)".contains("secret"))
        let service = Microservice(
            transport: .tcp(host: "127.0.0.1", port: 0, tls: options), eventLoopCount: 1, logger: .quiet)
        let error = await #expect(throws: MicroserviceError.self) { try await service.start() }
        #expect(error?.code == .badCertificate)
        #expect(error?.message.contains("orders.pem") == true)
    }
}
