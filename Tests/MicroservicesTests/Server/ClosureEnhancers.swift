import Microservices

struct ClosureGuard: Guard {
    let body: @Sendable (ExecutionContext) async throws -> Bool
    init(_ body: @escaping @Sendable (ExecutionContext) async throws -> Bool) { self.body = body }
    func canActivate(_ context: ExecutionContext) async throws -> Bool { try await body(context) }
}

struct ClosurePipe: PipeTransform {
    let body: @Sendable (JSONValue?) async throws -> JSONValue?
    init(_ body: @escaping @Sendable (JSONValue?) async throws -> JSONValue?) { self.body = body }
    func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
        try await body(value)
    }
}

struct ClosureInterceptor: Interceptor {
    let body: @Sendable (ExecutionContext, CallHandler) async throws -> HandlerResult
    init(_ body: @escaping @Sendable (ExecutionContext, CallHandler) async throws -> HandlerResult) { self.body = body }
    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        try await body(context, next)
    }
}

struct ClosureFilter: ExceptionFilter {
    let body: @Sendable (any Error) async throws -> HandlerResult?
    init(_ body: @escaping @Sendable (any Error) async throws -> HandlerResult?) { self.body = body }
    func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
        try await body(error)
    }
}

extension [JSONValue] {
    /// The values, at once.
    var asynchronous: AsyncThrowingStream<JSONValue, any Error> {
        AsyncThrowingStream { continuation in
            for value in self { continuation.yield(value) }
            continuation.finish()
        }
    }
}
