import NIOCore
import NetworkIO

/// A pool that lives on an event loop, for callers that do not.
///
/// Closed, it makes a new pool for the next message; drained, it refuses every further one. When nobody refers to it any
/// more, no proxy and no request that still runs, it closes its connections itself.
final class PoolBox: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: the variables are touched on the loop only, and in `deinit`, when nobody else can.
    let loop: EventLoopContext
    let monitor = ClientMonitor()
    private let make: @Sendable () -> ConnectionPool
    private var pool: ConnectionPool?
    private var isDrained = false

    init(loop: EventLoopContext, make: @escaping @Sendable () -> ConnectionPool) {
        self.loop = loop
        self.make = make
    }

    deinit {
        monitor.finish()
        guard let pool, !isDrained else { return }
        // Handed over: nobody else refers to it but its own connections, which live on the loop as well.
        nonisolated(unsafe) let last = pool
        loop.eventLoop.execute { [loop] in
            _ = last.close()
            last.closeNow()
            loop.stop()
        }
    }

    // MARK: Work on the loop

    /// Runs a body on the loop and waits for its promise.
    func run(_ body: @escaping @Sendable (ConnectionPool, EventLoopPromise<Void>) -> Void) async throws {
        let promise = loop.eventLoop.makePromise(of: Void.self)
        execute { body($0, promise) }
        try await promise.futureResult.get()
    }

    func execute(_ body: @escaping @Sendable (ConnectionPool) -> Void) {
        loop.eventLoop.execute { body(self.current()) }
    }

    /// Gives up a request; on the loop.
    func forget(_ ticket: RequestTicket) { pool?.forget(ticket) }

    /// The channels of the open connections.
    func channels() async throws -> [any Channel] {
        try await loop.eventLoop.submit { self.pool?.channels ?? [] }.get()
    }

    private func current() -> ConnectionPool {
        if let pool { return pool }
        let new = make()
        new.monitor = monitor
        pool = new
        return new
    }

    // MARK: The end

    /// Closes every connection now and fails what waits; the next message opens another.
    func close() async {
        try? await loop.eventLoop.flatSubmit {
            guard let pool = self.pool else { return self.loop.eventLoop.makeSucceededVoidFuture() }
            // A pool that is drained stays the one there is, so that it goes on refusing.
            if !self.isDrained { self.pool = nil }
            let closed = pool.close()
            pool.closeNow()
            return closed
        }.get()
    }

    /// Refuses every further message, and closes the connections when the last answer is in.
    func drain() async {
        try? await loop.eventLoop.flatSubmit {
            self.isDrained = true
            return self.current().close().map { self.loop.stop() }
        }.get()
        monitor.finish()
    }

    /// Ends a ``drain()`` that takes too long: closes every connection now.
    func stopWaiting() {
        loop.eventLoop.execute { self.pool?.closeNow() }
    }
}
