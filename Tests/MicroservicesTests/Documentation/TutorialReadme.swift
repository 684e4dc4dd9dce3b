import Microservices

// The service of README.md and of docs/getting-started-service.md.

struct Goods: Codable, Sendable {
    var sku: String
    var count: Int
}

@Controller actor StockController {
    private var counts: [String: Int] = [:]

    @MessagePattern(["cmd": "stock"]) func count(@Payload("sku") sku: String) -> Int { counts[sku] ?? 0 }

    @EventPattern("delivered") func delivered(_ goods: Goods) { counts[goods.sku, default: 0] += goods.count }
}

enum TutorialReadme {
    /// Compiled only: it ends with its task.
    static func main() async throws {
        let service = Microservice(transport: .tcp(port: 3000))
        service.add(StockController())
        try await service.run()
    }
}
