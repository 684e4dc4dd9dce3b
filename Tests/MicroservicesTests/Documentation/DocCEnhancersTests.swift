import Microservices
import Testing

private struct TokenGuard: Guard {
    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        context.switchToRPC().metadata["token"] == "open"
    }
}

private struct Wrapping: Interceptor {
    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        try await next.handle().map { ["data": $0] }
    }
}

private struct Trim: PipeTransform {
    func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
        .string(value?.stringValue?.filter { $0 != " " } ?? "")
    }
}

private struct Missing: ExceptionFilter {
    func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
        (error as? RPCError)?.statusCode == 404 ? .value(["missing": true]) : nil
    }
}

/// The code of the article "Guards, pipes, interceptors and filters".
@Suite(.timeLimit(.minutes(1)))
struct DocCEnhancersTests {

    private static func register(_ service: Microservice) {
        service.use(guards: [TokenGuard()])
        service.controller(use: Enhancers(interceptors: [Wrapping()])) { orders in
            orders.onMessage("order", use: Enhancers(pipes: [Trim()], filters: [Missing()])) { (id: String, context) in
                guard id == "A-7" else { throw RPCError(statusCode: 404, message: "No such order") }
                return "order \(id)"
            }
        }
    }

    @Test(arguments: ["order", "order.find"])
    func `all of them run around a handler`(pattern: String) async throws {
        try await TransportHarness.run {
            Self.register($0)
            $0.add(OrderController())
        } _: { harness in
            let client = harness.client
            let answer = try await client.send("\(pattern)", " A-7 ", metadata: ["token": "open"]).value
            #expect(answer == ["data": "order A-7"])
            await #expect(throws: RPCError("Forbidden resource")) {
                try await client.send("\(pattern)", "A-7").value
            }
            let missing = try await client.send("order", "B", metadata: ["token": "open"]).value
            #expect(missing == ["missing": true])
        }
    }
}

@Controller(use: Enhancers(interceptors: [Wrapping()]))
private struct OrderController {
    @MessagePattern("order.find", use: Enhancers(pipes: [Trim()]))
    func find(_ id: String) -> String { "order \(id)" }
}
