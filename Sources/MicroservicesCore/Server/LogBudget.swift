/// Keeps a peer from filling the log: a burst of lines, then a few each second.
///
/// World: one event loop; pure.
struct LogBudget {
    private static let burst = 20
    private static let nanosecondsForLine: Int64 = 1_000_000_000

    private var left = burst
    private var refilledAt: Int64 = 0

    /// As much of a peer's text as belongs on a line.
    static func cut(_ text: String) -> String {
        text.utf8.count <= 200 ? text : String(decoding: text.utf8.prefix(200), as: UTF8.self) + "..."
    }

    /// Whether a line may be written at `now` (nanoseconds); counts it when it may.
    mutating func allowsLine(now: Int64) -> Bool {
        let earned = (now - refilledAt) / Self.nanosecondsForLine
        if earned > 0 {
            left = Int(min(Int64(left) + earned, Int64(Self.burst)))
            refilledAt = now
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}
