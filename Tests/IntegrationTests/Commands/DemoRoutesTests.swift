import Testing

@testable import martlet

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct DemoRoutesTests {
    @Test func `the built-in demo routes are Routes/demo.yaml`() throws {
        let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let file = try String(contentsOfFile: "/\(root)/Routes/demo.yaml", encoding: .utf8)
        #expect(DemoRoutes.text + "\n" == file)
    }
}
