import Synchronization

/// What is asked for again while it runs is done once more afterwards, however often it was asked for.
final class Repetition: Sendable {
    private struct State {
        var isRunning = false
        var isWanted = false
    }

    private let state = Mutex(State())

    /// It is asked for.
    ///
    /// - Returns: Whether the caller is to begin.
    func begins() -> Bool {
        state.withLock { state in
            guard state.isRunning else {
                state.isRunning = true
                return true
            }
            state.isWanted = true
            return false
        }
    }

    /// It was done.
    ///
    /// - Returns: Whether it is to be done once more.
    func goesOn() -> Bool {
        state.withLock { state in
            state.isRunning = state.isWanted
            state.isWanted = false
            return state.isRunning
        }
    }
}
