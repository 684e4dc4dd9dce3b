import Microservices

@Controller struct MathController {
    struct Division: Decodable, Sendable { var dividend, divisor: Double }

    @MessagePattern(["cmd": "sum"]) func sum(_ numbers: [Double]) -> Double { numbers.reduce(0, +) }

    @MessagePattern(["cmd": "divide"]) func divide(_ division: Division) throws -> Double {
        guard division.divisor != 0 else { throw RPCError(statusCode: 422, message: "The divisor is zero") }
        return division.dividend / division.divisor
    }

    @MessagePattern(["cmd": "count"]) func count(@Payload("to") end: Int) -> AsyncStream<Int> {
        AsyncStream { numbers in
            for number in stride(from: 1, through: min(end, 1000), by: 1) { numbers.yield(number) }
            numbers.finish()
        }
    }

    @EventPattern("rounded") func rounded(_ number: Double) { print("rounded to", number) }
}

@main struct Main {
    static func main() async throws {
        let service = Microservice(transport: .tcp(port: 3000))
        service.add(MathController())
        try await service.run()
    }
}
