import Synchronization

/// Keeps what happened, in the order in which it did.
final class Recorder: Sendable {
    private struct State {
        var notes: [String] = []
        var waiters: [(note: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var notes: [String] { state.withLock { $0.notes } }

    func note(_ note: String) {
        let ready = state.withLock { state in
            state.notes.append(note)
            let ready = state.waiters.filter { $0.note == note }
            state.waiters.removeAll { $0.note == note }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Returns when `note` has been noted.
    func wait(for note: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.notes.contains(note) { return true }
                state.waiters.append((note, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// The lines of a text, without those that are empty.
func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
