/// Runs around a call: NestJS's `NestInterceptor`.
///
/// What stands before `next.handle()` runs in the order written (global, service, route), what stands behind it in the reverse
/// order. Not calling `handle()` answers in the call's place; calling it twice is a retry. Values that come one by one pass
/// through as they come: use ``HandlerResult/map(_:)`` rather than collecting them.
///
/// ```swift
/// struct Envelope: Interceptor {
///     func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
///         try await next.handle().map { ["data": $0] }
///     }
/// }
/// ```
public protocol Interceptor: Sendable {
    /// - Parameters:
    ///   - context: The call.
    ///   - next: The interceptors behind this one, the pipes, and the call itself.
    /// - Returns: The result for whoever stands before.
    /// - Throws: What ``CallHandler/handle()`` throws, or an ``RPCError`` of its own.
    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult
}

/// What an interceptor stands before.
public struct CallHandler: Sendable {
    private let body: @Sendable () async throws -> HandlerResult

    /// A handler that runs this.
    package init(_ body: @escaping @Sendable () async throws -> HandlerResult) { self.body = body }

    /// Runs everything behind the interceptor.
    ///
    /// - Returns: Its result.
    /// - Throws: What the pipes or the call threw: an ``RPCError`` when a service answered with an error.
    public func handle() async throws -> HandlerResult { try await body() }
}
