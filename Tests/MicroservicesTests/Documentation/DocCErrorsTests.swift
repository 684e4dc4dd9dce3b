import Microservices
import Testing

/// The code of the article "Errors".
@Suite(.timeLimit(.minutes(1)))
struct DocCErrorsTests {
    private struct DatabaseIsDown: Error {}
    private struct OutOfStock: Error {}

    private static func register(_ service: Microservice) {
        service.onMessage(["cmd": "ship"]) { (id: Int, context) in
            switch id {
            case 0: throw RPCError(statusCode: 404, message: "No such order", error: "Not Found")
            case 1: throw RPCError(["code": "ALREADY_SHIPPED", "message": "Too late", "order": 1])
            case 2: throw RPCError("Something is wrong")
            default: throw DatabaseIsDown()
            }
        }
    }

    private static func ship(_ client: ClientProxy) async throws {
        do {
            _ = try await client.send(["cmd": "ship"], 0).value
        } catch let error as RPCError {
            print(error.statusCode ?? 0, error.message ?? "")  // 404 No such order
        } catch let failure as UpstreamFailure {
            print(failure.wasNeverSent ? "try again" : "it may have been done")
        }
    }

    struct OutOfStockFilter: ExceptionFilter {
        func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
            guard error is OutOfStock else { return nil }
            throw RPCError(statusCode: 409, message: "Sold out")
        }
    }

    private static func filter(_ service: Microservice) {
        service.use(filters: [OutOfStockFilter()])
    }

    @Test(arguments: [
        (#"{"cmd":"ship"}"#, 0, #"{"statusCode":404,"message":"No such order","error":"Not Found"}"#),
        (#"{"cmd":"ship"}"#, 1, #"{"code":"ALREADY_SHIPPED","message":"Too late","order":1}"#),
        (#"{"cmd":"ship"}"#, 2, #"{"status":"error","message":"Something is wrong"}"#),
        (#"{"cmd":"ship"}"#, 3, #"{"status":"error","message":"Internal server error"}"#),
        (#""nobody""#, 4, #""There is no matching message handler defined in the remote service.""#),
    ])
    func `the packets are those of the table`(pattern: String, id: Int, error: String) async throws {
        try await ServerHarness.run {
            Self.register($0)
        } _: { harness in
            let answer = try await harness.answer(to: #"{"pattern":\#(pattern),"data":\#(id),"id":"1"}"#)
            #expect(answer.contains(#""err":\#(error)"#), "\(answer)")
        }
    }

    @Test func `the caller catches what was thrown, and a filter answers in an error's place`() async throws {
        try await TransportHarness.run {
            Self.register($0)
            Self.filter($0)
            $0.onMessage("buy") { (_: JSONValue?, _) in throw OutOfStock() }
        } _: { harness in
            try await Self.ship(harness.client)
            await #expect(throws: RPCError(statusCode: 404, message: "No such order", error: "Not Found")) {
                try await harness.client.send(["cmd": "ship"], 0).value
            }
            await #expect(throws: RPCError(statusCode: 409, message: "Sold out")) {
                try await harness.client.send("buy", 1).value
            }
        }
    }
}
