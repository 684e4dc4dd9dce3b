/// How long things took, counted between fixed bounds: three additions for each.
///
/// No two bounds lie within one power of two, so that the number of significant bits of a time leaves at most one bound to
/// compare with. The bounds are decimal, as one wants to read them, and the same everywhere, so that histograms of loops
/// and processes add up.
package struct LatencyHistogram: Sendable {
    /// The upper bounds of all buckets but the last, which has none; nanoseconds. A time that equals a bound is below it.
    package static let bounds: [UInt64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
        100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
        30_000_000_000,
    ]

    private var buckets = InlineArray<19, UInt64>(repeating: 0)
    /// All times together, nanoseconds.
    package private(set) var sumNanoseconds: UInt64 = 0

    /// Makes an empty one.
    package init() {}

    /// Counts one time; one below zero is zero.
    @inline(__always)
    package mutating func record(nanoseconds: Int64) {
        let time = UInt64(max(nanoseconds, 0))
        buckets[Self.bucket(of: time)] &+= 1
        sumNanoseconds &+= time
    }

    /// How many there are in each bucket; one more than there are bounds.
    package var counts: [UInt64] { buckets.indices.map { buckets[$0] } }

    /// How many there are.
    package var count: UInt64 { buckets.indices.reduce(0) { $0 &+ buckets[$1] } }

    /// The bucket of a time. The compiler makes two tables of the switch.
    @inline(__always)
    package static func bucket(of nanoseconds: UInt64) -> Int {
        let (below, bound): (Int, UInt64) =
            switch UInt64.bitWidth - nanoseconds.leadingZeroBitCount {
            case ..<16: (0, .max)
            case 16: (0, 50_000)
            case 17: (1, 100_000)
            case 18: (2, 250_000)
            case 19: (3, 500_000)
            case 20: (4, 1_000_000)
            case 21: (5, .max)
            case 22: (5, 2_500_000)
            case 23: (6, 5_000_000)
            case 24: (7, 10_000_000)
            case 25: (8, 25_000_000)
            case 26: (9, 50_000_000)
            case 27: (10, 100_000_000)
            case 28: (11, 250_000_000)
            case 29: (12, 500_000_000)
            case 30: (13, 1_000_000_000)
            case 31: (14, .max)
            case 32: (14, 2_500_000_000)
            case 33: (15, 5_000_000_000)
            case 34: (16, 10_000_000_000)
            case 35: (17, 30_000_000_000)
            default: (18, .max)
            }
        return nanoseconds > bound ? below + 1 : below
    }
}
