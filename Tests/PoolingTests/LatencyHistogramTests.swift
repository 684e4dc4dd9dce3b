import Pooling
import Testing

@Suite struct LatencyHistogramTests {
    /// What the two tables have to give: the first bound that is not exceeded.
    private func searched(_ time: UInt64) -> Int {
        LatencyHistogram.bounds.firstIndex { time <= $0 } ?? LatencyHistogram.bounds.count
    }

    @Test func `a time lies in the bucket of the first bound that it does not exceed`() {
        let corners = LatencyHistogram.bounds.flatMap { [$0 - 1, $0, $0 + 1] }
        let powers = (0..<64).flatMap { [UInt64(1) << $0, (UInt64(1) << $0) - 1] }
        for time in corners + powers + [0, .max] {
            #expect(LatencyHistogram.bucket(of: time) == searched(time), "\(time) ns")
        }
    }

    @Test func `bounds ascend and no two of them lie within one power of two`() {
        for (lower, upper) in zip(LatencyHistogram.bounds, LatencyHistogram.bounds.dropFirst()) {
            #expect(lower.leadingZeroBitCount > upper.leadingZeroBitCount)
        }
    }

    @Test func `counts and the sum add up, and a clock that went back counts as nothing`() {
        var histogram = LatencyHistogram()
        for time in [-5, 0, 50_000, 50_001, 2_000_000, Int64.max] { histogram.record(nanoseconds: time) }
        var expected = [UInt64](repeating: 0, count: LatencyHistogram.bounds.count + 1)
        expected[0] = 3
        expected[1] = 1
        expected[5] = 1
        expected[LatencyHistogram.bounds.count] = 1
        #expect(histogram.counts == expected)
        #expect(histogram.count == 6)
        #expect(histogram.sumNanoseconds == 50_000 + 50_001 + 2_000_000 + UInt64(Int64.max))
    }
}
