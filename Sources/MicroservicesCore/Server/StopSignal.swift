import NetworkIO
import Synchronization

/// Ends a wait before its time: given once, heard by whoever waits then or later.
///
/// World: any; waited for in structured concurrency.
final class StopSignal: Sendable {
    private struct State {
        var isGiven = false
        var waiting: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())

    /// Whether it was given.
    var isGiven: Bool { state.withLock { $0.isGiven } }

    /// Ends the wait there is, and every later one.
    func give() {
        let waiting = state.withLock { state in
            state.isGiven = true
            return state.waiting.take()
        }
        waiting?.finish()
    }

    /// Returns after a time, or when the signal is given. One waits at a time.
    ///
    /// - Parameters:
    ///   - delay: The time.
    ///   - clock: What it goes by; nil for the system's clock.
    /// - Throws: `CancellationError` when the task is cancelled.
    func wait(_ delay: Duration, _ clock: (any LoopClock)?) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                if let clock { try await clock.sleep(for: delay) } else { try await Task.sleep(for: delay) }
            }
            group.addTask { await self.given() }
            try await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    private func given() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let isGiven = state.withLock { state in
            if !state.isGiven { state.waiting = continuation }
            return state.isGiven
        }
        guard !isGiven else { return }
        for await _ in stream {}
    }
}
