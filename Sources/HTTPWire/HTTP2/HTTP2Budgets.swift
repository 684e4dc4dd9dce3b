/// How many streams a client may have reset (itself, or by sending what makes us reset them) beyond those that got an
/// answer.
///
/// A reset costs the client one frame, and us and the service a whole request; that is "rapid reset" (CVE-2023-44487), and
/// with our own resets provoked "MadeYouReset" (CVE-2025-8671). So every reset takes one from the budget; an answered
/// request gives one back, and time a few each second: a browser that leaves a page, or a proxy with impatient clients, never
/// notices. When nothing is left the connection ends with ENHANCE_YOUR_CALM.
package struct HTTP2ResetBudget: Sendable {
    private var bucket: LeakyBucket

    /// - Parameters:
    ///   - burst: resets without any answer.
    ///   - now: the present, nanoseconds.
    package init(burst: Int, now: Int64) {
        bucket = LeakyBucket(capacity: burst, leaksPerSecond: 10, now: now)
    }

    /// A stream was reset before its answer was out.
    ///
    /// - Parameter now: the present, nanoseconds.
    /// - Returns: whether that was one too many.
    package mutating func reset(now: Int64) -> Bool { bucket.add(1, now: now) }

    /// A request got its whole answer.
    package mutating func answered() { bucket.remove(1) }
}

/// How many frames a client may send that bring nothing: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, frames on
/// closed streams, frames of unknown types.
///
/// Each costs it nine bytes and us a call, some an answer. A request, and each DATA frame that we send (a client says with
/// WINDOW_UPDATE that it read it), give some back, and so does time.
package struct HTTP2FrameBudget: Sendable {
    private var bucket: LeakyBucket
    /// WINDOW_UPDATE frames that DATA sent earlier allows: a slow reader sends them long after it.
    private var windowUpdates = 0

    /// - Parameters:
    ///   - burst: frames at once.
    ///   - now: the present, nanoseconds.
    package init(burst: Int, now: Int64) {
        bucket = LeakyBucket(capacity: burst, leaksPerSecond: 100, now: now)
    }

    /// A frame came that brings nothing.
    ///
    /// - Parameters:
    ///   - frame: its header.
    ///   - now: the present, nanoseconds.
    /// - Returns: whether that was one too many.
    package mutating func spend(on frame: HTTP2FrameHeader, now: Int64) -> Bool {
        if frame.type == HTTP2FrameHeader.windowUpdate, windowUpdates > 0 {
            windowUpdates -= 1
            return false
        }
        // SETTINGS are answered, and may change the size of tables.
        return bucket.add(frame.type == HTTP2FrameHeader.settings ? 10 : 1, now: now)
    }

    /// A request came.
    package mutating func requestCame() { bucket.remove(2) }
    /// A DATA frame was sent: the client says that it took it, for the stream and for the connection, and some do so for every
    /// few hundred bytes.
    package mutating func dataSent(_ count: Int) {
        bucket.remove(2)
        windowUpdates = min(windowUpdates + 2 + count / 256, Self.mostWindowUpdates)
    }
    /// As many as some clients send for what systems hold of a connection, 16 MiB.
    private static let mostWindowUpdates = 65_536
    /// Bytes of a body came.
    package mutating func dataReceived() { bucket.remove(1) }
}

/// Fills by what is added and leaks with time.
struct LeakyBucket: Sendable {
    private let capacity: Int
    private let nanosecondsPerLeak: Int64
    private var level = 0
    private var leakedAt: Int64

    init(capacity: Int, leaksPerSecond: Int64, now: Int64) {
        self.capacity = capacity
        self.nanosecondsPerLeak = 1_000_000_000 / leaksPerSecond
        self.leakedAt = now
    }

    /// Answers whether the bucket runs over.
    mutating func add(_ count: Int, now: Int64) -> Bool {
        if level == 0 {
            leakedAt = now
        } else {
            let leaks = max(0, now - leakedAt) / nanosecondsPerLeak
            level = max(0, level - Int(min(leaks, Int64(Int32.max))))
            leakedAt += leaks * nanosecondsPerLeak
        }
        level += count
        return level > capacity
    }

    mutating func remove(_ count: Int) { level = max(0, level - count) }
}
