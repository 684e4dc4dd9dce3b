import Foundation
import Testing

@testable import MartletGateway

@Suite struct ReasonCodesTests {
    @Test func `every code of the page of errors has a number of its own, and no other code has one`() throws {
        let page = try String(contentsOfFile: Self.root + "/docs/errors.md", encoding: .utf8)
        let rows = page.matches(of: /(?m)^\| (?:\d{3}|any) \| `([a-z0-9_]+)`/).map { String($0.1) }
        let mapped = ["no_handler", "service_error"]
        #expect(Set(rows).count > 60)
        #expect(Set(ReasonCodes.all) == Set(rows + mapped + ["", "other"]))
        #expect(Set(ReasonCodes.all).count == ReasonCodes.all.count)
        #expect(ReasonCodes.all.count <= 256)
    }

    @Test func `a code of a service's own is counted as other`() {
        #expect(ReasonCodes.number(of: "EMAIL_TAKEN") == ReasonCodes.other)
        #expect(ReasonCodes.all[Int(ReasonCodes.number(of: "not_found"))] == "not_found")
        #expect(ReasonCodes.all[Int(ReasonCodes.other)] == "other")
    }

    /// The repository.
    private static let root = #filePath.components(separatedBy: "/Tests/")[0]
}
