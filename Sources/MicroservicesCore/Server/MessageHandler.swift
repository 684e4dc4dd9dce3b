import MessageWire
import Pipeline

/// A registered handler, its types erased.
///
/// World: an event loop. `start` decodes the payload where the bytes are, and runs the handler at once, up to its first
/// suspension; a handler that never suspends has answered when `start` returns.
protocol MessageHandler: Sendable {
    /// Runs the handler for one message.
    ///
    /// - Parameters:
    ///   - exchange: The message, and where its outcome goes.
    ///   - data: The payload's checked JSON text, nil when the packet has none; good until this returns.
    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?)

    /// The part of a payload that the handler is declared for: what its pipes get, as in NestJS.
    func selected(_ payload: JSONValue?) -> JSONValue?

    /// Runs the handler behind enhancers.
    ///
    /// - Parameters:
    ///   - payload: What the last pipe has returned.
    ///   - context: The message.
    /// - Returns: What it has to say; nothing has been sent of it.
    /// - Throws: What the handler throws, and an `RPCError` when the payload is not what it is declared for.
    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult
}

/// A handler with one result.
struct ValueHandler<Payload: Decodable & Sendable, Result: Encodable & SendableMetatype>: MessageHandler {
    let part: PayloadPart<Payload>
    let body: @Sendable (Payload, MessageContext) async throws -> Result
    private let mayBeAbsent = Result.self is any AbsentResult.Type

    init(_ part: PayloadPart<Payload>, body: @escaping @Sendable (Payload, MessageContext) async throws -> Result) {
        self.part = part
        self.body = body
    }

    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?) {
        guard let payload = exchange.decode(part, from: data) else { return }
        exchange.run {
            do {
                exchange.conclude(try await body(payload, MessageContext(message: exchange)), mayBeAbsent: mayBeAbsent)
            } catch {
                exchange.fail(error)
            }
        }
    }

    func selected(_ payload: JSONValue?) -> JSONValue? { part.selected(payload) }

    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult {
        try PayloadCoding.result(try await body(part.payload(of: payload), context))
    }
}

/// A handler without a result.
struct VoidHandler<Payload: Decodable & Sendable>: MessageHandler {
    let part: PayloadPart<Payload>
    let body: @Sendable (Payload, MessageContext) async throws -> Void

    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?) {
        guard let payload = exchange.decode(part, from: data) else { return }
        exchange.run {
            do {
                try await body(payload, MessageContext(message: exchange))
                exchange.complete()
            } catch {
                exchange.fail(error)
            }
        }
    }

    func selected(_ payload: JSONValue?) -> JSONValue? { part.selected(payload) }

    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult {
        try await body(part.payload(of: payload), context)
        return .none
    }
}

/// A handler with several results over time.
struct StreamHandler<Payload: Decodable & Sendable, Results: AsyncSequence & SendableMetatype>: MessageHandler
where Results.Element: Encodable & SendableMetatype {
    let part: PayloadPart<Payload>
    let body: @Sendable (Payload, MessageContext) async throws -> Results

    func start(_ exchange: Exchange, data: UnsafeRawBufferPointer?) {
        guard let payload = exchange.decode(part, from: data) else { return }
        exchange.run {
            do {
                try await exchange.produce(all: body(payload, MessageContext(message: exchange)))
            } catch {
                exchange.fail(error)
            }
        }
    }

    func selected(_ payload: JSONValue?) -> JSONValue? { part.selected(payload) }

    func call(_ payload: JSONValue?, _ context: MessageContext) async throws -> HandlerResult {
        .values(EncodedValues(results: try await body(part.payload(of: payload), context)))
    }
}
