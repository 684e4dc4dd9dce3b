/// Which of many are kept: a share of them, decided by bits that are as good as random, so that whoever knows the bits decides
/// alike.
struct Sampling: Sendable, Equatable {
    /// Bits below it are kept; `nil` for all.
    private let bound: UInt64?

    /// - Parameter share: 0 to 1.
    init(_ share: Double) {
        bound = share >= 1 ? nil : UInt64(max(share, 0) * 0x1p64)
    }

    @inline(__always)
    var keepsAll: Bool { bound == nil }

    @inline(__always)
    func keeps(_ bits: UInt64) -> Bool {
        guard let bound else { return true }
        return bits < bound
    }
}
