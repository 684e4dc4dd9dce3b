import MessageWire
import Pipeline

/// A handler that never awaits, with one result: it needs no task, and has answered when `start` returns.
struct SynchronousValueHandler<Payload: Decodable, Result: Encodable>: MessageHandler {
    let part: PayloadPart<Payload>
    let body: @Sendable (Payload, MessageContext) throws -> Result
    private let mayBeAbsent = Result.self is any AbsentResult.Type

    init(_ part: PayloadPart<Payload>, body: @escaping @Sendable (Payload, MessageContext) throws -> Result) {
        self.part = part
        self.body = body
    }

    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?) {
        guard let payload = exchange.decode(part, from: data) else { return }
        exchange.tracing {
            RequestContext.binding(exchange) {
                do {
                    exchange.conclude(try body(payload, MessageContext(message: exchange)), mayBeAbsent: mayBeAbsent)
                } catch {
                    exchange.fail(error)
                }
            }
        }
    }

    func selected(_ payload: JSONValue?) -> JSONValue? { part.selected(payload) }

    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult {
        try PayloadCoding.result(try body(part.payload(of: payload), context))
    }
}

/// A handler that never awaits, without a result.
struct SynchronousVoidHandler<Payload: Decodable>: MessageHandler {
    let part: PayloadPart<Payload>
    let body: @Sendable (Payload, MessageContext) throws -> Void

    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?) {
        guard let payload = exchange.decode(part, from: data) else { return }
        exchange.tracing {
            RequestContext.binding(exchange) {
                do {
                    try body(payload, MessageContext(message: exchange))
                    exchange.complete()
                } catch {
                    exchange.fail(error)
                }
            }
        }
    }

    func selected(_ payload: JSONValue?) -> JSONValue? { part.selected(payload) }

    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult {
        try body(part.payload(of: payload), context)
        return .none
    }
}
