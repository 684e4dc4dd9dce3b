import Microservices
import MicroservicesTesting
import TestSupport
import Testing

@testable import OrderService

/// docs/tutorial-order-service.md: its code is the code that is compiled, and its calls have the answers that it shows.
@Suite(.timeLimit(.minutes(1)))
struct TutorialTests {
    /// Where the page's code may be compiled.
    private static let sources = [
        "OrderService.swift": "Sources/OrderService/OrderService.swift",
        "TutorialSteps.swift": "Tests/MicroservicesTests/Documentation/TutorialSteps.swift",
        "TutorialExampleTests.swift": "Tests/MicroservicesTests/Documentation/TutorialExampleTests.swift",
    ]

    @Test func `every snippet of the tutorial is compiled, but for the package's description`() throws {
        let page = try TutorialPage("docs/tutorial-order-service.md")
        #expect(page.snippets.filter { $0.mark == "not compiled" }.count == 2)
        try page.expectCompiled(in: Self.sources)
    }

    @Test func `the service of the README is compiled, and counts`() async throws {
        try TutorialPage("README.md").expectCompiled(
            in: ["TutorialReadme.swift": "Tests/MicroservicesTests/Documentation/TutorialReadme.swift"])
        try await TransportHarness.run {
            $0.add(StockController())
        } _: { harness in
            try await harness.client.emit("delivered", ["sku": "A-7", "count": 3] as JSONValue)
            try await eventually("the delivery") {
                try await harness.client.send(["cmd": "stock"], ["sku": "A-7"]).value == 3
            }
        }
    }

    @Test func `a snippet that differs from the source is found out`() {
        let source = "func a() {\n    one()\n    two()\n\n    three()\n}"
        func missing(_ code: String) -> String? { TutorialPage.Snippet(mark: nil, code: code).missing(in: source) }
        #expect(missing("one()\ntwo()\n") == nil)
        #expect(missing("func a() {\n\n    three()\n}\n") == nil)
        #expect(missing("one()\nthree()\n") == "one()\nthree()")
        #expect(missing("three()\n\none()\n") == "one()")
    }

    @Test func `the frames of the tutorial are answered as it says`() async throws {
        let page = try TutorialPage.text(of: "docs/tutorial-order-service.md")
        try await ServerHarness.run {
            TutorialSteps.register(on: $0)
        } _: { harness in
            let frame = try #require(page.firstMatch(of: /printf '(.+)' \| nc -q 1 127.0.0.1 3000\n(.+)\n/))
            let packet = try #require(frame.1.firstRange(of: "#")).upperBound
            #expect(Int(frame.1[..<packet].dropLast()) == frame.1[packet...].utf16.count)
            #expect(try await harness.answer(to: String(frame.1[packet...])) == String(frame.2))
        }
    }

    @Test func `the calls of the tutorial are answered as it says`() async throws {
        try await TransportHarness.run {
            TutorialSteps.register(on: $0)
        } _: { harness in
            let orders = harness.client
            #expect(try await orders.send(["cmd": "place"], ["item": "book"]).decoded(as: Order.self).id == 1)
            let refusals: [(MessagePattern, JSONValue, JSONValue)] = [
                (["cmd": "order"], ["id": 9], ["statusCode": 404, "message": "No such order"]),
                (
                    ["cmd": "order"], ["id": "x"],
                    ["statusCode": 400, "message": ["id must be an integer"], "error": "Bad Request"]
                ),
                (
                    ["cmd": "place"], [:],
                    ["statusCode": 400, "message": ["item is required"], "error": "Bad Request"]
                ),
                (
                    ["cmd": "place"], ["item": "sword"],
                    ["statusCode": 403, "message": "sword is not for sale", "error": "Forbidden"]
                ),
            ]
            for (pattern, data, expected) in refusals {
                let error = await #expect(throws: RPCError.self) { try await orders.send(pattern, data).value }
                #expect(error?.value == expected)
            }
            let receipt = try await orders.send(["cmd": "receipt"], ["id": 1], metadata: ["x-request-id": "r7"]).value
            #expect(receipt == "order 1, request r7")
            try await buy("lamp", from: orders)
            #expect(try await orders.send(["cmd": "order"], ["id": 2]).value?["state"] == "paid")
        }
    }
}
