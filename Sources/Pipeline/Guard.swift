/// Decides whether a call may go on: NestJS's `CanActivate`.
///
/// Guards run before everything else: global, service (or controller), route (or handler), each in the order written. The
/// first that refuses ends the call; nothing behind it runs, and no message is sent.
///
/// ```swift
/// struct TenantGuard: Guard {
///     func canActivate(_ context: ExecutionContext) async throws -> Bool {
///         context.switchToHTTP()?.request.headers["x-tenant"] != nil
///     }
/// }
/// ```
public protocol Guard: Sendable {
    /// - Parameter context: The call.
    /// - Returns: Whether it may go on; `false` is answered with 403 `Forbidden resource`.
    /// - Throws: An ``RPCError`` to answer with another status or message. Any other error is answered with a 500 that says
    ///   nothing, and logged.
    func canActivate(_ context: ExecutionContext) async throws -> Bool
}
