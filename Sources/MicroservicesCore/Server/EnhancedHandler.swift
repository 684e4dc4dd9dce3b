import MessageWire
import Pipeline

/// A handler behind guards, interceptors, pipes and filters, of all scopes together.
///
/// It takes the place of the handler itself between ``ServerConnection`` and the closure, and always runs in a task: here and
/// now up to the first suspension, from then on as jobs of the connection's loop. The payload is parsed before the guards,
/// which may look at it, and decoded behind the pipes, which may change it.
///
/// World: an event loop.
struct EnhancedHandler: MessageHandler {
    let handler: any MessageHandler
    let pipeline: HandlerPipeline

    init(_ handler: any MessageHandler, _ enhancers: Enhancers) {
        self.handler = handler
        self.pipeline = HandlerPipeline(enhancers)
    }

    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?) {
        let context = ExecutionContext(exchange, payload: exchange.payload)
        exchange.execution = context
        exchange.run {
            do {
                let input: @Sendable () -> JSONValue? = { handler.selected(context.pipeInput) }
                let result = try await pipeline.run(context, payload: input) { payload in
                    try await handler.call(payload, MessageContext(message: exchange))
                }
                try await exchange.deliver(result)
            } catch {
                exchange.fail(error, isRefusal: !context.guardsHavePassed)
            }
        }
    }

    func selected(_ payload: JSONValue?) -> JSONValue? { handler.selected(payload) }

    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult {
        try await handler.call(payload, context)
    }
}

extension MessageHandler {
    /// The handler within a scope; itself when there is nothing in it.
    func within(_ outer: Enhancers) -> any MessageHandler {
        guard !outer.isEmpty else { return self }
        guard let enhanced = self as? EnhancedHandler else { return EnhancedHandler(self, outer) }
        return EnhancedHandler(enhanced.handler, enhanced.pipeline.enhancers.within(outer))
    }
}

extension ExecutionContext {
    /// What enhancers know of a message.
    convenience init(_ message: IncomingMessage, payload: JSONValue?) {
        self.init(
            kind: .rpc, handler: message.pattern.route,
            pattern: message.pattern.raw.withUnsafeBytes { JSONValue(checked: $0) }, isEvent: message.id == nil,
            payload: payload, metadata: MessageContext(message: message).metadata,
            peer: message.peer.address?.description)
    }
}

extension Exchange {
    /// Sends what a pipeline had to say: values over time as they come, and no faster than the peer takes them.
    func deliver(_ result: HandlerResult) async throws {
        switch result {
        case .none:
            complete()
        case .value(let value):
            answer(value)
        case .values(let values):
            try await produce(all: values)
        }
    }
}
