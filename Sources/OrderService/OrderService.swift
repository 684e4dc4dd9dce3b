import Microservices

@main struct OrderService {
    static func main() async throws {
        let service = Microservice()
        try await service.run()
    }
}
