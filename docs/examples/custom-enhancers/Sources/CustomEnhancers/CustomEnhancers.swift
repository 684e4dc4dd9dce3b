import Foundation
import MartletGateway
import Microservices

/// Starts the service, then the gateway in front of it.
@main
struct CustomEnhancers {
    static func main() async throws {
        let example = Example()
        let orders = example.orders(port: 3001)
        try await orders.start()
        let gateway = try Gateway(routesAt: "routes.yaml", enhancers: example.enhancers)
        print(
            """
            Let in:        curl -H 'x-tenant: acme' http://127.0.0.1:8080/orders/7
            Turned away:   curl http://127.0.0.1:8080/orders/7
            The service turns away as well, where the gateway asks nobody:
                           curl http://127.0.0.1:8080/unguarded/orders/7
            """)
        // At once, even into a pipe.
        fflush(nil)
        try await gateway.run()
        await orders.shutdown()
    }
}
