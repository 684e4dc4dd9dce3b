import Pooling

extension GatewayMetrics.Histogram {
    /// Makes an empty one.
    public init() {
        counts = Array(repeating: 0, count: Self.bounds.count + 1)
        sumNanoseconds = 0
    }

    init(_ histogram: LatencyHistogram) {
        counts = histogram.counts
        sumNanoseconds = histogram.sumNanoseconds
    }

    mutating func add(_ other: LatencyHistogram) {
        for (index, count) in other.counts.enumerated() { counts[index] &+= count }
        sumNanoseconds &+= other.sumNanoseconds
    }

    /// What came since an earlier one of the same thing; all of it when the earlier one has more, since the counting began
    /// anew then.
    public func since(_ earlier: GatewayMetrics.Histogram) -> GatewayMetrics.Histogram {
        guard counts.count == earlier.counts.count, zip(counts, earlier.counts).allSatisfy({ $0 >= $1 }) else {
            return self
        }
        var result = self
        for index in counts.indices { result.counts[index] = counts[index] - earlier.counts[index] }
        result.sumNanoseconds = sumNanoseconds &- earlier.sumNanoseconds
        return result
    }

    /// The time that a share of all did not exceed, as far as the buckets tell: it is taken from the straight line between the
    /// bucket's bounds, as Prometheus's `histogram_quantile` does.
    ///
    /// - Parameter quantile: 0 to 1.
    /// - Returns: `nil` when there is nothing; the highest bound for what lies above it.
    public func quantile(_ quantile: Double) -> Duration? {
        let total = count
        guard total > 0 else { return nil }
        let rank = min(max(quantile, 0), 1) * Double(total)
        var below: UInt64 = 0
        for (index, inside) in counts.enumerated() where inside > 0 {
            guard Double(below + inside) >= rank, index < Self.bounds.count else {
                below += inside
                continue
            }
            let lower = index == 0 ? 0 : Double(Self.bounds[index - 1])
            let share = (rank - Double(below)) / Double(inside)
            return .nanoseconds(Int64(lower + (Double(Self.bounds[index]) - lower) * max(share, 0)))
        }
        return Self.bounds.last.map { .nanoseconds(Int64($0)) }
    }
}
