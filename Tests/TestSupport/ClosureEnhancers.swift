public import MessageWire
public import Pipeline

/// A guard that is a closure.
public struct AnyGuard: Guard {
    private let body: @Sendable (ExecutionContext) async throws -> Bool

    /// A guard that does this.
    public init(_ body: @escaping @Sendable (ExecutionContext) async throws -> Bool) { self.body = body }

    /// Runs the closure.
    public func canActivate(_ context: ExecutionContext) async throws -> Bool { try await body(context) }
}

/// An interceptor that is a closure.
public struct AnyInterceptor: Interceptor {
    private let body: @Sendable (ExecutionContext, CallHandler) async throws -> HandlerResult

    /// An interceptor that does this.
    public init(_ body: @escaping @Sendable (ExecutionContext, CallHandler) async throws -> HandlerResult) {
        self.body = body
    }

    /// Runs the closure.
    public func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        try await body(context, next)
    }
}

/// A pipe that is a closure.
public struct AnyPipe: PipeTransform {
    private let body: @Sendable (JSONValue?) async throws -> JSONValue?

    /// A pipe that does this.
    public init(_ body: @escaping @Sendable (JSONValue?) async throws -> JSONValue?) { self.body = body }

    /// Runs the closure.
    public func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
        try await body(value)
    }
}

/// An exception filter that is a closure.
public struct AnyFilter: ExceptionFilter {
    private let body: @Sendable (any Error) async throws -> HandlerResult?

    /// A filter that does this.
    public init(_ body: @escaping @Sendable (any Error) async throws -> HandlerResult?) { self.body = body }

    /// Runs the closure.
    public func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
        try await body(error)
    }
}
