import MessageWire
import NIOCore
import Pipeline

/// Calls in tasks of which one asks for all that want the same.
///
/// One that leaves leaves the others alone; when it is the one that asks, another of them asks afresh.
///
/// World: one event loop.
final class CollapsedCalls: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: touched on one event loop only. Cancellations come from anywhere and go there first.

    private struct Call {
        /// Who asks.
        let number: Int
        var waiting: [Int: CheckedContinuation<CollapsedResult, Never>] = [:]
    }

    private var calls: [CallKey: Call] = [:]
    private var lastNumber = 0

    private func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// Whether somebody asks already.
    func isAsked(_ key: CallKey) -> Bool { calls[key] != nil }

    /// What comes of it; a `CancellationError` when whoever asks has left, or the task is cancelled.
    func outcome(of key: CallKey, on eventLoop: any EventLoop) async -> CollapsedResult {
        let number = nextNumber()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { calls[key]?.waiting[number] = $0 }
        } onCancel: {
            eventLoop.execute {
                self.calls[key]?.waiting.removeValue(forKey: number)?.resume(returning: .error(CancellationError()))
            }
        }
    }

    /// Asks, for all that come meanwhile.
    func ask(
        _ key: CallKey, on eventLoop: any EventLoop, _ body: () async throws -> HandlerResult
    ) async throws -> HandlerResult {
        let number = nextNumber()
        calls[key] = Call(number: number)
        do {
            let result = try await withTaskCancellationHandler {
                try await body()
            } onCancel: {
                // What it does after that is its own matter.
                eventLoop.execute { self.share(.error(CancellationError()), of: key, number) }
            }
            share(result.isStream ? .unshared : .result(result), of: key, number)
            return result
        } catch {
            share(.error(error), of: key, number)
            throw error
        }
    }

    private func share(_ result: CollapsedResult, of key: CallKey, _ number: Int) {
        guard let call = calls[key], call.number == number else { return }
        calls[key] = nil
        for waiter in call.waiting.values { waiter.resume(returning: result) }
    }
}

/// What a call in a task has come to, for those that wait for the same.
enum CollapsedResult: Sendable {
    case result(HandlerResult)
    case error(any Error)
    /// Values over time cannot be shared: everybody asks for himself.
    case unshared
}
