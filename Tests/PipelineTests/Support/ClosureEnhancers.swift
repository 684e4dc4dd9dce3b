import MessageWire
import Pipeline

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
