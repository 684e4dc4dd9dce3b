import Microservices
import TestSupport
import Testing

/// The example of the documentation, compiled and run.
@Suite(.timeLimit(.minutes(1)))
struct ServiceExampleTests {
    struct TokenGuard: Guard {
        func canActivate(_ context: ExecutionContext) async throws -> Bool {
            guard let token = context.switchToRPC().metadata["authorization"] else { return false }
            context.claims["auth"] = ["sub": .string(token)]
            return true
        }
    }

    struct Envelope: Interceptor {
        func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
            try await next.handle().map { ["data": $0] }
        }
    }

    struct Trim: PipeTransform {
        func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
            .string(value?.stringValue?.filter { $0 != " " } ?? "")
        }
    }

    struct MissingOrder: ExceptionFilter {
        func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
            (error as? RPCError)?.statusCode == 404 ? .value(["missing": true]) : nil
        }
    }

    private func register(on service: Microservice) {
        service.use(guards: [TokenGuard()])
        service.controller(use: Enhancers(interceptors: [Envelope()])) { orders in
            orders.onMessage(["cmd": "order"], use: Enhancers(pipes: [Trim()], filters: [MissingOrder()])) {
                (id: String, context) -> JSONValue in
                guard id == "A-7" else { throw RPCError(statusCode: 404, message: "No such order") }
                return ["id": .string(id), "for": context.execution?.claims["auth"]?["sub"] ?? .null]
            }
        }
    }

    @Test func `the example does what it says`() async throws {
        try await ServiceUnderTest.run {
            register(on: $0)
        } _: { service in
            let refused = try await service.ask(#"{"cmd":"order"}"#, data: #""A-7""#)
            #expect(refused.contains(#"{"status":"error","message":"Forbidden resource"}"#))
            for (id, answer) in [
                ("A - 7", #"{"data":{"id":"A-7","for":"ann"}}"#), ("B", #"{"missing":true}"#),
            ] {
                try await service.send(
                    #"{"pattern":{"cmd":"order"},"data":"\#(id)","id":"1","metadata":{"authorization":"ann"}}"#)
                let received = await service.connection.receive(until: #""isDisposed":true,"id":"1"}"#) ?? ""
                #expect(received.hasSuffix(#"{"response":\#(answer),"isDisposed":true,"id":"1"}"#), "\(received)")
            }
        }
    }
}
