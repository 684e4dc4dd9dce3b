import Pipeline

/// Where handlers are registered: a ``Microservice``, or a ``HandlerGroup`` of it.
///
/// Code that brings its handlers along takes any of them:
///
/// ```swift
/// func registerOrders(on handlers: some HandlerRegistrar) {
///     handlers.onMessage(["cmd": "order"]) { (id: Int, _) in try await orders.find(id) }
///     handlers.onEvent("order_paid", use: Enhancers(guards: [SignedGuard()])) { (id: Int, _) in await orders.pay(id) }
/// }
/// ```
public protocol HandlerRegistrar: Sendable {
    /// Takes up a handler; `onMessage` and `onEvent` call it.
    func add(_ registration: HandlerRegistration)
}

/// A handler with its patterns and enhancers, on its way from closure to service.
public struct HandlerRegistration: Sendable {
    /// Whether somebody waits for a result.
    public enum Kind: Sendable {
        /// Messages: of several handlers for one pattern the last one wins.
        case message
        /// Events: all handlers of a pattern run.
        case event
    }

    let kind: Kind
    let patterns: [MessagePattern]
    /// Those of the scopes it has come through, the handler's own innermost.
    var enhancers: Enhancers
    let handler: any MessageHandler

    init(_ kind: Kind, _ patterns: [MessagePattern], _ enhancers: Enhancers, _ handler: any MessageHandler) {
        self.kind = kind
        self.patterns = patterns
        self.enhancers = enhancers
        self.handler = handler
    }
}
