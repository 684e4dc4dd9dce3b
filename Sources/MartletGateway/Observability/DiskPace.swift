/// Whether a disk keeps up with a log that is written to it directly: while it does not, what it is too slow for goes through the system's
/// memory, which takes it at once.
///
/// World: whoever owns it.
struct DiskPace {
    /// A write that takes longer is slower than the log, and would cost lines.
    let maxWait: Duration
    /// The last write was in time.
    private var isProven = false
    /// How often one was not since much was taken in time.
    private var slowWrites = 0
    /// So much more goes through memory before the disk is tried again.
    private var bytesThroughMemory = 0

    static let standardWait: Duration = .milliseconds(50)
    /// What goes through memory behind a slow write; each time that it happens again twice as much.
    private static let restBytes = 256 * 1024 * 1024
    private static let maxDoublings = 10
    /// A disk that is not known has to show how fast it is with so much: if it stops, all that comes meanwhile has to wait.
    private static let probeBytes = 256 * 1024
    /// More is not sent at once, however much waits: so that it says something of the disk how long it takes.
    private static let maxProvenBytes = 4 * 1024 * 1024

    init(maxWait: Duration) { self.maxWait = maxWait }

    /// - Parameter count: Bytes that are to be written one way or the other.
    /// - Returns: Whether the disk is asked to take them.
    mutating func mayTry(_ count: Int) -> Bool {
        guard bytesThroughMemory > 0 else { return true }
        bytesThroughMemory = max(0, bytesThroughMemory - count)
        return false
    }

    /// What is sent to the disk at once, at most.
    var maxBytes: Int { isProven ? Self.maxProvenBytes : Self.probeBytes }

    /// Learns how a write of ``maxBytes`` or less went.
    mutating func wrote(isWhole: Bool, in time: Duration) {
        let wasProven = isProven
        isProven = isWhole && time <= maxWait
        if !isProven {
            bytesThroughMemory = Self.restBytes << min(slowWrites, Self.maxDoublings)
            slowWrites += 1
        } else if wasProven {
            slowWrites = 0
        }
    }
}
