import Foundation
import Testing

@testable import Routing

/// The route file of docs/tutorial-order-service.md: the page's blocks of YAML, one behind the other.
@Suite struct TutorialRoutesTests {
    @Test func `the tutorial's routes load and send what the service expects`() throws {
        let page = try String(contentsOfFile: Examples.root + "/docs/tutorial-order-service.md", encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count == 2)
        let files = TextFiles(["shop.yaml": blocks.joined()])
        let file = try RouteFile.load("shop.yaml", from: files, environment: { _ in nil })
        #expect(file.warnings.isEmpty)
        #expect(file.routes.map(\.kind) == [.send, .send, .send, .emit, .send])
        #expect(TestRequest("POST /orders", body: #"{"item":"pen"}"#).payload(of: file) == #"{"item":"pen"}"#)
        for request in ["GET /orders/3", "GET /orders/3/states", "POST /orders/3/paid", "GET /orders/3/receipt"] {
            #expect(TestRequest(request).payload(of: file) == #"{"id":3}"#)
        }
    }
}
