import NIOCore
import NetworkIO

/// A pool that lives on an event loop, for callers that do not.
final class PoolBox: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: `pool` is touched on the loop only.
    let loop: EventLoopContext
    private let make: @Sendable () -> ConnectionPool
    private var pool: ConnectionPool?

    init(loop: EventLoopContext, make: @escaping @Sendable () -> ConnectionPool) {
        self.loop = loop
        self.make = make
    }

    /// Runs a body on the loop and waits for its promise.
    func run(_ body: @escaping @Sendable (ConnectionPool, EventLoopPromise<Void>) -> Void) async throws {
        let promise = loop.eventLoop.makePromise(of: Void.self)
        execute { body($0, promise) }
        try await promise.futureResult.get()
    }

    func execute(_ body: @escaping @Sendable (ConnectionPool) -> Void) {
        loop.eventLoop.execute {
            let pool = self.pool ?? self.make()
            self.pool = pool
            body(pool)
        }
    }

    func close() async throws {
        try await loop.eventLoop.flatSubmit {
            let closed = self.pool?.close() ?? self.loop.eventLoop.makeSucceededVoidFuture()
            return closed.map { self.loop.stop() }
        }.get()
    }
}
