import NIOCore

/// Something with output that should leave in one write at the end of the loop's tick.
package protocol TickFlushable: AnyObject {
    /// Writes out what was gathered. Called once for each ``EventLoopContext/flushAtEndOfTick(_:)`` round.
    func flushTick()
}

/// Something that still needs bytes of the read that is being worked off.
package protocol Borrower: AnyObject {
    /// The bytes are about to go. Called once for each ``EventLoopContext/callAtEndOfLending(_:)``.
    func lendingEnds()
}

/// Something with deadlines.
package protocol DeadlineObserver: AnyObject {
    /// Acts on every deadline up to `now` (nanoseconds) and returns when it wants to be called next, `nil` for not at all.
    func deadlinesPassed(now: Int64) -> Int64?
}

/// What the connections of one event loop share: buffers, the flush at the end of a tick, and one timer.
///
/// *One flush for a tick.* Requests of many clients that arrive in one burst of reads are gathered in the service
/// connection's buffer and leave in one write, and the other way round. The tick's first write schedules the drain;
/// SwiftNIO runs it after all I/O events of that tick.
///
/// *One timer for a loop.* Deadlines are kept in ``DeadlineWheel``s by their owners; the context only wakes them.
///
/// World: one event loop. Nothing here is locked; everything is called on ``eventLoop``.
package final class EventLoopContext: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: every member is touched on `eventLoop` only, except the constants.

    /// The loop that everything here belongs to.
    package let eventLoop: any EventLoop
    /// Zero-based number of the loop.
    package let index: Int
    /// Receive buffers for connections from clients.
    package let clientReceiveBuffers = ReceiveBufferPool(capacity: 64 * 1024)
    /// Receive buffers for connections to services: larger, since the answers of many requests arrive together.
    package let serviceReceiveBuffers = ReceiveBufferPool(capacity: 128 * 1024, maxKept: 2)
    /// Output buffers.
    package var outputBuffers = BufferPool()

    private var dirty: [any TickFlushable] = []
    private var draining: [any TickFlushable] = []
    private var isDrainScheduled = false
    private var drainTask: @Sendable () -> Void = {}

    private var observers: [any DeadlineObserver] = []
    private var scheduledWake: Scheduled<Void>?
    private var wakeAt = Int64.max
    /// Nil for the system's monotonic clock.
    private let clock: (any LoopClock)?

    /// Makes the context of a loop; called once for each loop, anywhere.
    ///
    /// - Parameters:
    ///   - eventLoop: The loop.
    ///   - index: Its number.
    ///   - clock: What ``now`` and the deadlines go by; nil for the system's clock.
    package init(eventLoop: any EventLoop, index: Int, clock: (any LoopClock)? = nil) {
        self.eventLoop = eventLoop
        self.index = index
        self.clock = clock
        self.drainTask = { [unowned self] in self.drain() }
        clock?.add(self)
    }

    /// The present in nanoseconds of a monotonic clock.
    package var now: Int64 {
        let now = clock?.nanoseconds ?? Int64(bitPattern: NIODeadline.now().uptimeNanoseconds)
        latestNow = now
        return now
    }

    /// What ``now`` said last: when the read that is being worked on began, for whom that is exact enough.
    package private(set) var latestNow: Int64 = 0

    /// The resolution for a ``DeadlineWheel`` of this loop: what its owner prefers, or whole milliseconds on a clock that a test
    /// drives, so that a deadline at a whole millisecond is kept to the nanosecond.
    package func wheelTick(_ preferred: Int64) -> Int64 { clock == nil ? preferred : 1_000_000 }

    // MARK: The end of the tick

    /// Asks for one ``TickFlushable/flushTick()`` after all events of this tick. The caller sees to it that it asks only
    /// once until then.
    package func flushAtEndOfTick(_ item: any TickFlushable) {
        dirty.append(item)
        guard !isDrainScheduled else { return }
        isDrainScheduled = true
        eventLoop.execute(drainTask)
    }

    private func drain() {
        isDrainScheduled = false
        swap(&dirty, &draining)
        for item in draining { item.flushTick() }
        draining.removeAll(keepingCapacity: true)
    }

    // MARK: The bytes of a read

    /// Bytes that stay where they are until ``lend(_:while:)`` returns.
    private var lent = UnsafeRawBufferPointer(start: nil, count: 0)
    private var borrowers: [any Borrower] = []

    /// Lends the bytes of a read while `body` works it off. Who was given some of them may keep them longer than the call that
    /// brought them: until ``Borrower/lendingEnds()``, which comes behind `body`.
    ///
    /// So the answers of one read can be told to all that wait for them, and written afterwards, without a copy in between.
    package func lend(_ bytes: UnsafeRawBufferPointer, while body: () -> Void) {
        let outer = lent
        lent = bytes
        body()
        // By index: the last words of one may make another borrow.
        var index = 0
        while index < borrowers.count {
            borrowers[index].lendingEnds()
            index += 1
        }
        borrowers.removeAll(keepingCapacity: true)
        lent = outer
    }

    /// Whether `bytes` are part of what is being lent.
    @inline(__always)
    package func isLent(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress, let first = lent.baseAddress, start >= first else { return false }
        return start + bytes.count <= first + lent.count
    }

    /// Asks for a call before the lent bytes go. The caller sees to it that it asks only once until then.
    package func callAtEndOfLending(_ borrower: any Borrower) { borrowers.append(borrower) }

    // MARK: Deadlines

    /// Adds an observer; it says with ``wake(at:)`` when it first wants to be called.
    package func addObserver(_ observer: any DeadlineObserver) {
        observers.append(observer)
    }

    /// Removes an observer; does nothing when it is none.
    package func removeObserver(_ observer: any DeadlineObserver) {
        observers.removeAll { $0 === observer }
    }

    /// Makes sure that the observers are called at `deadline` (nanoseconds) or before.
    package func wake(at deadline: Int64) {
        guard deadline < wakeAt else { return }
        wakeAt = deadline
        if let clock { return clock.wake(self, at: deadline) }
        scheduledWake?.cancel()
        // Strong, not weak: an object that was once referred to weakly is retained and released the slow way ever after.
        // `stop()` breaks the circle.
        scheduledWake = eventLoop.scheduleTask(deadline: .uptimeNanoseconds(UInt64(max(deadline, 0)))) {
            self.wakeObservers()
        }
    }

    /// Told by the clock that a test drives; on the loop.
    package func timeHasCome() { wakeObservers() }

    private func wakeObservers() {
        wakeAt = .max
        scheduledWake = nil
        let now = self.now
        var next = Int64.max
        // A copy: an observer may remove itself or add another.
        for observer in observers {
            if let wanted = observer.deadlinesPassed(now: now) { next = min(next, wanted) }
        }
        if next != .max { wake(at: next) }
    }

    /// Cancels the timer, so that the loop can end. Called on the loop.
    package func stop() {
        scheduledWake?.cancel()
        scheduledWake = nil
        wakeAt = .max
        observers.removeAll()
        clock?.remove(self)
    }
}
