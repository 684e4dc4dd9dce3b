import NIOCore
package import NetworkIO
import Synchronization

/// A clock that stands still until a test moves it: timeouts and limits of time without waiting for them.
///
/// ```swift
/// let clock = ManualClock()
/// let network = InMemoryNetwork(clock: clock)
/// // … a service whose handler hangs, a client, a call …
/// await clock.advance(by: .seconds(5))
/// await #expect(throws: UpstreamFailure.timedOut) { try await call.value }
/// ```
///
/// It drives what was given it: services and clients of an ``InMemoryNetwork``, others with `driven(by:)`. What goes by it are
/// clients' timeouts, waiting for a connection and the pauses after a failed attempt; at a service `incompleteMessageTimeout`,
/// `sendTimeout` and `retryDelay`. Connecting over TCP, TLS handshakes and shutdown go by the system's clock.
///
/// It is a Swift `Clock`, so code of one's own can sleep on it as well. Deadlines at whole milliseconds are kept to the nanosecond,
/// others are late by less than one.
public final class ManualClock: Clock, Sendable {
    /// A moment of the clock.
    public struct Instant: InstantProtocol {
        /// The time since the clock was made.
        public var offset: Duration

        /// The moment so much later.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }

        /// The time from here to another moment.
        public func duration(to other: Instant) -> Duration { other.offset - offset }

        /// Whether the first is the earlier one.
        public static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var loops: [ObjectIdentifier: EventLoopContext] = [:]
        /// When each loop wants to be woken.
        var wakes: [ObjectIdentifier: Instant] = [:]
        var sleepers: [Int: Sleeper] = [:]
        var nextSleeper = 0
        /// Those who wait for a number of sleepers.
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        var nextDeadline: Instant? {
            [wakes.values.min(), sleepers.values.map(\.deadline).min()].compactMap(\.self).min()
        }
    }

    private let state = Mutex(State())

    /// A clock at its zero.
    public init() {}

    /// The present.
    public var now: Instant { state.withLock { $0.now } }

    /// One nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    // MARK: Moving

    /// Moves the present on, stopping at each deadline on the way.
    ///
    /// What is under way on event loops when this is called comes first: a request that a handler has been seen to work on has its
    /// deadline. When this returns, every deadline up to the new present has been acted on, and every task that slept until then
    /// has been woken; the tasks themselves go on as they get their turn. Called by one task at a time.
    ///
    /// - Parameter duration: How far; not negative.
    public func advance(by duration: Duration) async {
        let target = now.advanced(by: max(duration, .zero))
        await settle()
        while let next = state.withLock({ $0.nextDeadline }), next <= target {
            state.withLock { $0.now = max($0.now, next) }
            await act()
            await settle()
        }
        state.withLock { $0.now = target }
    }

    /// Returns once so many tasks sleep on the clock.
    ///
    /// - Parameter count: How many.
    public func sleepers(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    /// Acts on everything that is due at the present.
    private func act() async {
        let (contexts, sleepers) = state.withLock { state in
            let due = state.wakes.filter { $0.value <= state.now }.keys
            for id in due { state.wakes[id] = nil }
            let woken = state.sleepers.filter { $0.value.deadline <= state.now }.sorted {
                ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
            }
            for (id, _) in woken { state.sleepers[id] = nil }
            return (due.compactMap { state.loops[$0] }, woken.map(\.value))
        }
        for sleeper in sleepers { sleeper.continuation.resume() }
        for context in contexts { try? await context.eventLoop.submit { context.timeHasCome() }.get() }
    }

    /// Lets loops and tasks do what they have to do now.
    private func settle() async {
        for _ in 0..<3 {
            for _ in 0..<10 { await Task.yield() }
            for context in state.withLock({ Array($0.loops.values) }) {
                try? await context.eventLoop.submit {}.get()
            }
        }
    }

    // MARK: Sleeping

    /// Returns when the clock was moved to a moment.
    ///
    /// - Parameters:
    ///   - deadline: The moment.
    ///   - tolerance: Of no effect: a sleeper wakes exactly at its deadline.
    /// - Throws: `CancellationError` when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                fallAsleep(id, Sleeper(deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func fallAsleep(_ id: Int, _ sleeper: Sleeper) {
        let (isAwake, watchers) = state.withLock { state in
            // A task that is cancelled from here on meets the lock, and then the sleeper.
            guard sleeper.deadline > state.now, !Task.isCancelled else {
                return (true, [] as [CheckedContinuation<Void, Never>])
            }
            state.sleepers[id] = sleeper
            let count = state.sleepers.count
            let met = state.watchers.filter { $0.count <= count }.map(\.continuation)
            state.watchers.removeAll { $0.count <= count }
            return (false, met)
        }
        for watcher in watchers { watcher.resume() }
        guard isAwake else { return }
        if Task.isCancelled {
            sleeper.continuation.resume(throwing: CancellationError())
        } else {
            sleeper.continuation.resume()
        }
    }
}

extension ManualClock: LoopClock {
    /// Not zero at the beginning, as no uptime is.
    private static let origin: Int64 = 3_600_000_000_000

    package var nanoseconds: Int64 { Self.origin + now.offset.nanoseconds }

    package func add(_ context: EventLoopContext) {
        state.withLock { $0.loops[ObjectIdentifier(context)] = context }
    }

    package func wake(_ context: EventLoopContext, at deadline: Int64) {
        let moment = Instant(offset: .nanoseconds(deadline - Self.origin))
        state.withLock { state in
            // A client that is used again after it was closed comes back.
            state.loops[ObjectIdentifier(context)] = context
            state.wakes[ObjectIdentifier(context)] = moment
        }
    }

    package func remove(_ context: EventLoopContext) {
        state.withLock { state in
            state.wakes[ObjectIdentifier(context)] = nil
            state.loops[ObjectIdentifier(context)] = nil
        }
    }

    package func sleep(for duration: Duration) async throws {
        try await sleep(until: now.advanced(by: duration), tolerance: nil)
    }
}
