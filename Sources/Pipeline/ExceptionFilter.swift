/// Turns an error into an answer: NestJS's `ExceptionFilter`.
///
/// Filters run when a guard, interceptor, pipe or the call itself has thrown: route (or handler), service (or controller), global,
/// each in the order written. The first that handles the error wins; an error that none of them handles is answered as it is.
public protocol ExceptionFilter: Sendable {
    /// - Parameters:
    ///   - error: What was thrown: an ``RPCError`` from a service, a guard's refusal, or anything else.
    ///   - context: The call.
    /// - Returns: The answer in the error's place, or `nil` when the error is none of this filter's.
    /// - Throws: The error that is answered instead. No further filter sees it.
    func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult?
}
