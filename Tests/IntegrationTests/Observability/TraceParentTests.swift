import Testing

@testable import MartletGateway

/// Spec: W3C Trace Context (Recommendation), §3.2
@Suite struct TraceParentTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"

    private func parsed(_ text: String) -> TraceParent? {
        Array(text.utf8).withUnsafeBytes { TraceParent($0) }
    }

    @Test(arguments: [
        ("00-\(trace)-\(span)-01", true), ("00-\(trace)-\(span)-00", false), ("00-\(trace)-\(span)-ff", true),
        ("00-\(trace)-\(span)-02", false), ("01-\(trace)-\(span)-03", true),
        ("fe-\(trace)-\(span)-00-what-comes", false),
        ("cc-\(trace)-\(span)-01-", true),
    ])
    func `what is well-formed is taken`(text: String, isSampled: Bool) throws {
        let parent = try #require(parsed(text))
        #expect(parent.isSampled == isSampled)
        #expect(parent.text == "00-\(Self.trace)-\(Self.span)-\(isSampled ? "01" : "00")")
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-0g",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-01 ", "ff-\(trace)-\(span)-01",
        "0G-\(trace)-\(span)-01", "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01",
        "00-\(String(repeating: "0", count: 32))-\(span)-01", "00-\(trace)-\(String(repeating: "0", count: 16))-01",
        "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01", "01-\(trace)-\(span)-01more",
        " 00-\(trace)-\(span)-01", "00-\(trace.dropLast())-\(span)-011", "00-\(trace.dropLast())\u{e9}-\(span)-01",
    ])
    func `what is not is not`(text: String) {
        #expect(parsed(text) == nil)
    }

    @Test func `every end of a good one is refused`() {
        let good = Array("00-\(Self.trace)-\(Self.span)-01".utf8)
        for count in 0..<good.count { #expect(good[..<count].withUnsafeBytes { TraceParent($0) } == nil) }
    }

    @Test func `ids are never 0 and do not repeat`() {
        var ids = TraceIDs()
        var seen: Set<UInt64> = []
        for _ in 0..<10_000 { seen.insert(ids.next()) }
        #expect(seen.count == 10_000 && !seen.contains(0))
    }

    @Test func `a share of all is kept, the same for who knows the same bits`() {
        var ids = TraceIDs()
        let bits = (0..<20_000).map { _ in ids.next() }
        #expect(bits.allSatisfy { Sampling(1).keeps($0) })
        #expect(!bits.contains { Sampling(0).keeps($0) })
        let tenth = bits.count { Sampling(0.1).keeps($0) }
        #expect((1500...2500).contains(tenth))
        // Whoever keeps less keeps a part of what others keep.
        #expect(bits.allSatisfy { !Sampling(0.1).keeps($0) || Sampling(0.2).keeps($0) })
    }
}
