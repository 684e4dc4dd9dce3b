import Foundation
import Logging
import Microservices
import Testing

/// The code of docs/getting-started-service.md, compiled and run. Each snippet of the page stands here word for word.
@Suite(.timeLimit(.minutes(1)))
struct GettingStartedTests {
    /// Where the page's code is compiled.
    private static let sources = [
        "GettingStartedTests.swift": "Tests/MicroservicesTests/Server/GettingStartedTests.swift",
        "GettingStartedSnippets.swift": "Tests/MicroservicesTests/Documentation/GettingStartedSnippets.swift",
        "TutorialReadme.swift": "Tests/MicroservicesTests/Documentation/TutorialReadme.swift",
        "ServiceExampleTests.swift": "Tests/PipelineTests/ServiceExampleTests.swift",
    ]

    @Test func `every snippet of the page is compiled, but for the package's description`() throws {
        let page = try TutorialPage("docs/getting-started-service.md")
        #expect(page.snippets.filter { $0.mark == "not compiled" }.count == 1)
        try page.expectCompiled(in: Self.sources)
    }

    @Test func `the snippets do what the page says`() async throws {
        try await ServerHarness.run {
            patterns($0)
            payloads($0)
            streams($0)
            events($0)
            errors($0)
            context($0)
        } _: { harness in
            let cases = [
                (#"{"cmd":"find","v":3}"#, "7", #""response":"order 7""#),
                (
                    #"{"cmd":"place"}"#, #"{"sku":"x","count":1,"due":0}"#,
                    #""response":{"sku":"x","count":1,"due":"1970-01-01T00:00:00.000Z"}"#
                ),
                (
                    #"{"cmd":"place"}"#, #"{"sku":"x","count":"1"}"#,
                    #""err":{"statusCode":400,"message":["count must be an integer"],"error":"Bad Request"}"#
                ),
                (
                    #"{"cmd":"ship"}"#, "0",
                    #""err":{"statusCode":404,"message":"No such order","error":"Not Found"}"#
                ), (#"{"cmd":"ship"}"#, "1", #""err":{"code":"ALREADY_SHIPPED","message":"Too late","order":1}"#),
                (#"{"cmd":"ship"}"#, "2", #""err":{"status":"error","message":"Something is wrong"}"#),
                (#"{"cmd":"ship"}"#, "3", #""err":{"status":"error","message":"Internal server error"}"#),
                (#"{"cmd":"countdown"}"#, "0", #""response":0"#), (#""user_created""#, "{}", ""),
            ]
            for (pattern, data, expected) in cases {
                let answer = try await harness.answer(
                    to: #"{"pattern":\#(pattern),"data":\#(data),"id":"1"}"#,
                    endingWith: #""isDisposed":true,"id":"1"}"#)
                let packet = expected.isEmpty ? "" : expected + ","
                #expect(answer.hasSuffix(#"{\#(packet)"isDisposed":true,"id":"1"}"#), "\(answer)")
            }
            let context = try await harness.answer(
                to: #"{"pattern":"whoami","id":"1","metadata":{"traceparent":"00"}}"#)
            #expect(context.contains(#""trace":"00""#))
            #expect(context.contains(#""peer":"127.0.0.1:"#))
        }
    }

    @Test func `the smallest service has a handler`() async throws {
        let smallest = Self.smallest()
        await smallest.shutdown()
        #expect(smallest.address == nil)
    }

    @Test func `start and stop by hand`() async throws {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 0), eventLoopCount: 1)
        try await service.start()
        print("listening on", service.address?.port ?? 0)
        await service.shutdown()
        #expect(service.address == nil)
    }

    private static func smallest() -> Microservice {
        let service = Microservice(transport: .tcp(host: "127.0.0.1", port: 3000))

        service.onMessage(["cmd": "sum"]) { (numbers: [Int], context) in
            numbers.reduce(0, +)
        }
        return service
    }

    private func patterns(_ service: Microservice) {
        service.onMessage("time.now") { (_: JSONValue?, context) in Date() }
        service.onMessage(["cmd": "find", "v": 2], ["cmd": "find", "v": 3]) { (id: Int, context) in "order \(id)" }
    }

    private func payloads(_ service: Microservice) {
        struct Order: Codable, Sendable {
            var sku: String
            var count: Int
            var due: Date?
        }

        service.onMessage(["cmd": "place"]) { (order: Order, context) in
            order
        }
    }

    private func streams(_ service: Microservice) {
        service.onMessage(["cmd": "countdown"]) { (from: Int, context) in
            AsyncStream { continuation in
                for number in stride(from: from, through: 0, by: -1) { continuation.yield(number) }
                continuation.finish()
            }
        }
    }

    private func events(_ service: Microservice) {
        service.onEvent("user_created") { (user: JSONValue, context) in
            print("welcome", user["name"]?.stringValue ?? "stranger")
        }
    }

    private func errors(_ service: Microservice) {
        struct DatabaseIsDown: Error {}

        service.onMessage(["cmd": "ship"]) { (id: Int, context) in
            switch id {
            case 0: throw RPCError(statusCode: 404, message: "No such order", error: "Not Found")
            case 1: throw RPCError(["code": "ALREADY_SHIPPED", "message": "Too late", "order": 1])
            case 2: throw RPCError("Something is wrong")
            default: throw DatabaseIsDown()
            }
        }
    }

    private func context(_ service: Microservice) {
        service.onMessage("whoami") { (_: JSONValue?, context) in
            ["peer": context.peerAddress?.description ?? "-", "trace": context.metadata["traceparent"] ?? "-"]
        }
    }
}
