import NIOCore

/// Tells event loops what time it is, in place of the system's clock: for tests that drive time themselves.
///
/// An ``EventLoopContext`` that has one asks it for ``EventLoopContext/now`` and lets it wake the deadlines. Times are
/// nanoseconds from an origin of the clock's own choice.
package protocol LoopClock: AnyObject, Sendable {
    /// The present.
    var nanoseconds: Int64 { get }

    /// A loop's context begins to live by this clock. Called anywhere, once for each.
    func add(_ context: EventLoopContext)

    /// Calls ``EventLoopContext/timeHasCome()`` on the loop once `deadline` is reached; an earlier call's is forgotten. Called
    /// on the loop.
    func wake(_ context: EventLoopContext, at deadline: Int64)

    /// The context has ended.
    func remove(_ context: EventLoopContext)

    /// Returns when so much time has passed.
    ///
    /// - Throws: `CancellationError` when the task is cancelled.
    func sleep(for duration: Duration) async throws
}
