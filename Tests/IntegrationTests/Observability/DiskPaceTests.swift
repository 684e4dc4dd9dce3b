import Testing

@testable import MartletGateway

@Suite struct DiskPaceTests {
    private let probe = 256 << 10
    private let much = 4 << 20
    private let rest = 256 << 20

    private func slow(_ pace: inout DiskPace) { pace.wrote(isWhole: true, in: .milliseconds(51)) }
    private func fast(_ pace: inout DiskPace) { pace.wrote(isWhole: true, in: .milliseconds(50)) }

    /// Whether the disk is asked to take so many bytes, one time after the other.
    private func expect(_ pace: inout DiskPace, _ counts: [Int], _ expected: [Bool]) {
        let tried = counts.map { pace.mayTry($0) }
        #expect(tried == expected)
    }

    @Test func `a disk is tried with little, and trusted when it was in time`() {
        var pace = DiskPace(maxWait: .milliseconds(50))
        expect(&pace, [1 << 30], [true])
        #expect(pace.maxBytes == probe)
        fast(&pace)
        expect(&pace, [1 << 30], [true])
        #expect(pace.maxBytes == much)
        slow(&pace)
        #expect(pace.maxBytes == probe)
    }

    @Test func `a slow disk rests, twice as long each time until it has taken much in time`() {
        var pace = DiskPace(maxWait: .milliseconds(50))
        for round in 0..<14 {
            slow(&pace)
            let rest = rest << min(round, 10)
            expect(&pace, [rest - 1, 1, 1], [false, false, true])
            // Little in time is no proof.
            fast(&pace)
        }
        fast(&pace)
        slow(&pace)
        expect(&pace, [rest, 1], [false, true])
    }

    @Test func `what is written in part counts as slow`() {
        var pace = DiskPace(maxWait: .seconds(1))
        pace.wrote(isWhole: false, in: .zero)
        expect(&pace, [1], [false])
        #expect(pace.maxBytes == probe)
    }
}
