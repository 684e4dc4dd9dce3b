import NIOCore
import NetworkIO

/// The requests of one event loop that run in tasks, whatever generation of the route file they belong to.
///
/// World: one event loop.
final class LoopCalls {
    /// For the tasks.
    let executor: LoopTaskExecutor
    /// Those that have not ended yet, those of clients that are gone among them.
    private(set) var running = 0
    /// Succeeds when none is left.
    private var ended: EventLoopPromise<Void>?
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        executor = LoopTaskExecutor(eventLoop: eventLoop)
    }

    func began() { running += 1 }

    func finished() {
        running -= 1
        if running == 0 { ended?.succeed() }
    }

    /// Succeeds when no request's task is left. An enhancer that ignores its cancellation can take any time.
    func allEnded() -> EventLoopFuture<Void> {
        guard running > 0 else { return eventLoop.makeSucceededVoidFuture() }
        let promise = ended ?? eventLoop.makePromise(of: Void.self)
        ended = promise
        return promise.futureResult
    }
}
