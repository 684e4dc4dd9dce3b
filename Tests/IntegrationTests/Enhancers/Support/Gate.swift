import Synchronization
import TestSupport

/// Where an enhancer waits until a test lets it go on, or its task is cancelled.
final class Gate: Sendable {
    private enum State {
        case closed([Int: CheckedContinuation<Void, Never>])
        case open
    }

    private let state = Mutex((State.closed([:]), next: 0))
    private let recorder: Recorder

    init(_ recorder: Recorder) { self.recorder = recorder }

    /// Notes `name waits`, and `name cancelled` when that is why it ends.
    func wait(_ name: String) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard !Task.isCancelled, case .closed(var waiting) = state.0 else { return false }
                    waiting[number] = continuation
                    state.0 = .closed(waiting)
                    return true
                }
                recorder.note("\(name) waits")
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
                guard case .closed(var waiting) = state.0 else { return nil }
                defer { state.0 = .closed(waiting) }
                return waiting.removeValue(forKey: number)
            }
            continuation?.resume()
        }
        if Task.isCancelled {
            recorder.note("\(name) cancelled")
            throw CancellationError()
        }
    }

    /// Lets everybody go on, whoever comes later too.
    func open() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard case .closed(let waiting) = state.0 else { return [] }
            state.0 = .open
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Objects that a test wants to see gone.
final class Traces: Sendable {
    private struct Trace {
        weak var object: (any AnyObject & Sendable)?
    }

    private let traces = Mutex<[Trace]>([])

    func keep(_ object: any AnyObject & Sendable) { traces.withLock { $0.append(Trace(object: object)) } }

    /// How many are left.
    var alive: Int { traces.withLock { $0.count { $0.object != nil } } }
}
