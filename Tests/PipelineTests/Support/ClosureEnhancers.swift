import MessageWire
import Pipeline

struct AnyGuard: Guard {
    let body: @Sendable (ExecutionContext) async throws -> Bool
    init(_ body: @escaping @Sendable (ExecutionContext) async throws -> Bool) { self.body = body }
    func canActivate(_ context: ExecutionContext) async throws -> Bool { try await body(context) }
}

struct AnyInterceptor: Interceptor {
    let body: @Sendable (ExecutionContext, CallHandler) async throws -> HandlerResult
    init(_ body: @escaping @Sendable (ExecutionContext, CallHandler) async throws -> HandlerResult) { self.body = body }
    func intercept(_ context: ExecutionContext, _ next: CallHandler) async throws -> HandlerResult {
        try await body(context, next)
    }
}

struct AnyPipe: PipeTransform {
    let body: @Sendable (JSONValue?) async throws -> JSONValue?
    init(_ body: @escaping @Sendable (JSONValue?) async throws -> JSONValue?) { self.body = body }
    func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue? {
        try await body(value)
    }
}

struct AnyFilter: ExceptionFilter {
    let body: @Sendable (any Error) async throws -> HandlerResult?
    init(_ body: @escaping @Sendable (any Error) async throws -> HandlerResult?) { self.body = body }
    func handle(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult? {
        try await body(error)
    }
}

/// An error that is none of the caller's business.
struct PlainError: Error {}

extension HandlerResult {
    /// These values, then the end or an error.
    static func stream(_ values: JSONValue..., error: (any Error)? = nil) -> HandlerResult {
        .values(
            AsyncThrowingStream { continuation in
                for value in values { continuation.yield(value) }
                continuation.finish(throwing: error)
            })
    }

    /// Every value.
    var all: [JSONValue] {
        get async throws {
            switch self {
            case .none: return []
            case .value(let value): return [value]
            case .values(let values):
                var all: [JSONValue] = []
                for try await value in values { all.append(value) }
                return all
            }
        }
    }
}

extension ExecutionContext {
    /// A context of a message, as a service makes it.
    static func message(_ payload: JSONValue? = nil) -> ExecutionContext {
        ExecutionContext(kind: .rpc, handler: "test", pattern: "test", isEvent: false, payload: payload)
    }
}

extension HandlerPipeline {
    /// Runs a call as a service does.
    func run(
        _ context: ExecutionContext = .message(),
        call: @escaping @Sendable (JSONValue?) async throws -> HandlerResult
    ) async throws -> HandlerResult {
        try await run(context, payload: { context.pipeInput }, call: call)
    }
}
