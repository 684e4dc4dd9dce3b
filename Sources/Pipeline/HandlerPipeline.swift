import MessageWire

/// The order in which everything around a call runs: guards, interceptors in, pipes, the call, interceptors out; and filters
/// for whatever is thrown.
///
/// In the way of a request it stands between what a message is about and the call itself, at the gateway as well as in a
/// microservice.
///
/// Spec: docs/enhancers/README.md, after NestJS's request lifecycle
package struct HandlerPipeline: Sendable {
    /// All scopes of the call together.
    package let enhancers: Enhancers

    /// The pipeline of a call.
    package init(_ enhancers: Enhancers) { self.enhancers = enhancers }

    /// Runs a call.
    ///
    /// - Parameters:
    ///   - context: The call.
    ///   - payload: Makes the payload that the first pipe gets; called behind the interceptors' first halves, again for each
    ///     retry.
    ///   - call: Handles the message, with the payload that the last pipe returned.
    /// - Returns: The result, that of a filter included.
    /// - Throws: What no filter has handled.
    package func run(
        _ context: ExecutionContext, payload: @escaping @Sendable () async throws -> JSONValue?,
        call: @escaping @Sendable (JSONValue?) async throws -> HandlerResult
    ) async throws -> HandlerResult {
        do {
            for each in enhancers.guards {
                guard try await each.canActivate(context) else { throw RPCError.forbidden(context.kind) }
            }
            context.guardsPassed()
            let result = try await intercept(0, context) {
                var value = try await payload()
                for pipe in enhancers.pipes {
                    value = try await pipe.transform(value, ArgumentMetadata(context: context))
                }
                context.pipesReturned(value)
                return try await call(value)
            }
            guard case .values(let values) = result, !enhancers.filters.isEmpty else { return result }
            return .values(ChangedValues(values, recover: { try await recover($0, context) }))
        } catch {
            return try await recover(error, context)
        }
    }

    private func intercept(
        _ index: Int, _ context: ExecutionContext, _ call: @escaping @Sendable () async throws -> HandlerResult
    ) async throws -> HandlerResult {
        guard index < enhancers.interceptors.count else { return try await call() }
        return try await enhancers.interceptors[index].intercept(
            context, CallHandler { try await intercept(index + 1, context, call) })
    }

    /// Asks the filters; the first that does not pass has the last word.
    private func recover(_ error: any Error, _ context: ExecutionContext) async throws -> HandlerResult {
        // Nobody waits for the answer to a call that was cancelled.
        if error is CancellationError, Task.isCancelled { throw error }
        for filter in enhancers.filters {
            if let result = try await filter.handle(error, context) { return result }
        }
        throw error
    }
}

extension RPCError {
    /// What a guard's `false` means, in NestJS's words: an HTTP exception on a route, an RPC exception on a handler.
    package static func forbidden(_ kind: ExecutionContext.Kind) -> RPCError {
        switch kind {
        case .http: RPCError(statusCode: 403, message: "Forbidden resource", error: "Forbidden")
        case .rpc: RPCError("Forbidden resource")
        }
    }
}
