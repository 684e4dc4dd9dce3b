import HTTPWire
import MessageWire
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// `Cache` and `Collapse` on a route that runs in a task: right before the message, with the payload that is sent.
extension EnhancedCall {
    /// Whether asking twice is as good as asking once: GET and HEAD, and no event.
    private var isRepeatable: Bool { route.kind == .send && request.view.isSafe }

    /// The answer to a message: kept, shared, or asked for.
    ///
    /// - Parameters:
    ///   - message: As it would be sent.
    ///   - plan: The route's.
    ///   - ask: Sends it.
    /// - Returns: The service's result, or one that it gave before.
    /// - Throws: What `ask` throws, here or for whoever asked first.
    func shared(
        _ message: RenderedMessage, _ plan: RoutePlan, _ ask: () async throws -> HandlerResult
    ) async throws -> HandlerResult {
        guard isRepeatable else { return try await ask() }
        guard let caches = plan.cache else { return try await collapsed(message, plan, ask) }
        let loop = dispatcher.loop
        let cache = caches[loop.index]
        let key = key(message, identity: caches.settings.isShared ? nil : request.claims)
        if let hit = cache.find(key, now: loop.now) {
            http.setHeader("age", "\(hit.age(now: loop.now))")
            return .value(hit.value.withUnsafeReadableBytes { JSONValue(checked: $0) })
        }
        let result = try await collapsed(message, plan, ask)
        if case .value(let value) = result {
            Array(value.serialized().utf8).withUnsafeBytes { cache.store(key, $0, now: loop.now) }
        }
        return result
    }

    private func collapsed(
        _ message: RenderedMessage, _ plan: RoutePlan, _ ask: () async throws -> HandlerResult
    ) async throws -> HandlerResult {
        let loop = dispatcher.loop
        guard let table = plan.collapse?[loop.index].tasks else { return try await ask() }
        let key = key(message, identity: request.claims)
        while table.isAsked(key) {
            switch await table.outcome(of: key, on: loop.eventLoop) {
            case .result(let result): return result
            case .unshared: return try await ask()
            case .error(is CancellationError):
                // Whoever asked for all has left; the first to come here asks again.
                try Task.checkCancellation()
            case .error(let error): throw error
            }
        }
        return try await table.ask(key, on: loop.eventLoop, ask)
    }

    private func key(_ message: RenderedMessage, identity: ClaimSet?) -> CallKey {
        message.data.withUnsafeReadableBytes {
            CallKey(route: routeIndex, variant: message.variant, identity: identity, payload: $0)
        }
    }
}
