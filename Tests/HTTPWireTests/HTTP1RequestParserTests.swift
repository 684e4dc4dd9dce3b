import HTTPWire
import Testing

@Suite struct HTTP1RequestParserTests {
    static let files = ["good.txt", "refused.txt", "smuggling.txt", "limits.txt", "bodies.txt", "crashers.txt"]
    static let cases = files.flatMap(RequestFixture.load)

    @Test(arguments: cases)
    func `a request means the same whole, byte by byte and cut anywhere`(_ fixture: RequestFixture) {
        let whole = RequestTrace.run(fixture.bytes, limits: fixture.limits)
        #expect(whole == fixture.expected)
        let single = RequestTrace.run(fixture.bytes, cuts: 1..<max(fixture.bytes.count, 2), limits: fixture.limits)
        #expect(single == fixture.expected, "byte by byte")
        guard fixture.bytes.count < 3000 else { return }
        for cut in fixture.bytes.indices.dropFirst() {
            let trace = RequestTrace.run(fixture.bytes, cuts: [cut], limits: fixture.limits)
            if trace != fixture.expected {
                #expect(trace == fixture.expected, "cut at \(cut)")
                return
            }
        }
    }

    @Test func `the fixtures were found`() {
        #expect(Self.cases.count > 200)
        #expect(Set(Self.cases.map(\.name)).count == Self.cases.count, "names are unique")
    }
}
