import Synchronization

/// Keeps what happened, in the order in which it did.
public final class Recorder: Sendable {
    private struct State {
        var notes: [String] = []
        var waiters: [(note: String, count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        func count(of note: String) -> Int { notes.count { $0 == note } }
    }

    private let state = Mutex(State())

    /// A recorder with nothing in it.
    public init() {}

    /// Everything that was noted.
    public var notes: [String] { state.withLock { $0.notes } }

    /// How often something was noted.
    public func count(of note: String) -> Int { state.withLock { $0.count(of: note) } }

    /// Notes something.
    public func note(_ note: String) {
        let ready = state.withLock { state in
            state.notes.append(note)
            let count = state.count(of: note)
            let ready = state.waiters.filter { $0.note == note && $0.count <= count }
            state.waiters.removeAll { $0.note == note && $0.count <= count }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Returns when `note` has been noted so many times.
    public func wait(for note: String, count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.count(of: note) >= count { return true }
                state.waiters.append((note, count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// The lines of a text, without those that are empty.
public func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
