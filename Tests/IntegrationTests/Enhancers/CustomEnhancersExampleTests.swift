import Foundation
import Logging
import MartletGateway
import Microservices
import Routing
import TestSupport
import Testing

@testable import CustomEnhancers

/// The example in docs/examples/custom-enhancers, compiled and run.
@Suite(.timeLimit(.minutes(1)))
struct CustomEnhancersExampleTests {
    private let routes = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/examples/custom-enhancers/routes.yaml").path()

    @Test func `the gateway and the service ask the same guard`() async throws {
        let example = Example()
        let orders = example.orders(port: 0)
        try await orders.start()
        let port = try #require(orders.address?.port)
        let file = try RouteFile.load(routes, from: DiskFileSource(), custom: example.enhancers.names) { name in
            ["GATEWAY_PORT": "0", "ORDERS_PORT": "\(port)"][name]
        }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let gateway = Gateway(
            routes: file, enhancers: example.enhancers,
            configuration: GatewayConfiguration(loops: 1, accessLog: nil, logger: logger))
        let address = try #require(try await gateway.start().first)
        let gatewayPort = try #require(Int(address.split(separator: ":").last ?? ""))

        func ask(_ path: String, _ fields: String = "") async throws -> ParsedResponse? {
            let client = try await RawConnection.connect(port: gatewayPort)
            try await client.send(EnhancerRequest.get(path, fields))
            try? await client.halfClose()
            return ParsedResponse.parse(await client.receiveAll()).first
        }
        let allowed = try await ask("/orders/7", "x-tenant: acme\r\n")
        #expect(allowed?.status == 200)
        #expect(allowed?.body == #"{"id":"7","owner":"acme"}"#)
        for (path, fields) in [
            ("/orders/7", ""), ("/orders/7", "x-tenant: nobody\r\n"), ("/unguarded/orders/7", "x-tenant: acme\r\n"),
        ] {
            let refused = try await ask(path, fields)
            #expect(refused?.status == 403, "\(path)")
            #expect(refused?.body.contains("Only known tenants may ask") == true, "\(path)")
        }
        // Without any gateway in front of it.
        let client = try await RawConnection.connect(port: port)
        try await client.send(frame(#"{"pattern":{"cmd":"get_order"},"data":{"id":"7","tenant":"x"},"id":"1"}"#))
        #expect(await client.receive(until: #""id":"1"}"#)?.contains(#""err":{"statusCode":403"#) == true)
        try await client.close()
        await gateway.shutdown()
        await orders.shutdown()
    }
}
