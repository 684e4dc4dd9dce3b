import MartletGateway
import Microservices

/// A service and a gateway in front of it that ask the same guard.
struct Example: Sendable {
    let tenants = TenantGuard(allowed: ["acme", "globex"])

    /// What the route file may name beside the built-in ones.
    var enhancers: EnhancerRegistry {
        var enhancers = EnhancerRegistry()
        enhancers.addGuard("Tenant") { options in
            var guardian = tenants
            if let name = options["as"]?.stringValue { guardian.claims = name }
            return guardian
        }
        return enhancers
    }

    /// The service that the route file calls `orders`.
    func orders(port: Int) -> Microservice {
        struct Question: Codable, Sendable {
            var tenant: String
            var id: String
        }
        struct Order: Codable, Sendable {
            var id: String
            var owner: String
        }

        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: port))
        service.onMessage(["cmd": "get_order"], use: Enhancers(guards: [tenants])) { (question: Question, _) in
            Order(id: question.id, owner: question.tenant)
        }
        return service
    }
}
