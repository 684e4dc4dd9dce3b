/// How long to leave an endpoint alone after connecting to it failed.
///
/// The delay doubles from `initial` to `maximum`, and a random half of it is taken off, so that many gateways (and many
/// loops of one) do not knock in step. The maximum is short because a service that comes back should be used within a
/// second, and an attempt that is refused costs next to nothing.
package struct Backoff: Sendable {
    /// Nanoseconds after the first failure, before jitter.
    package var initial: Int64 = 25_000_000
    /// Nanoseconds at most, before jitter.
    package var maximum: Int64 = 500_000_000
    private var random: UInt64

    /// - Parameter seed: Where the jitter's sequence starts; give each pool its own.
    package init(seed: UInt64) {
        random = seed
    }

    /// The delay after a number of failures in a row, in nanoseconds.
    ///
    /// - Parameter failures: At least 1.
    /// - Returns: Between half and the whole of `initial * 2^(failures - 1)`, capped at `maximum`.
    package mutating func delay(afterFailures failures: Int) -> Int64 {
        let doublings = min(max(failures - 1, 0), 20)
        let full = min(initial << Int64(doublings), maximum)
        let half = full / 2
        return half + Int64(next() % UInt64(max(full - half, 1)))
    }

    /// SplitMix64: small, seedable, good enough for jitter.
    private mutating func next() -> UInt64 {
        random &+= 0x9E37_79B9_7F4A_7C15
        var z = random
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
