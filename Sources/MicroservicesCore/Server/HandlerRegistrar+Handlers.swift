public import Pipeline

/// Registration in closure form. All of it happens before the service starts.
///
/// A payload is any `Decodable` type, an optional of one (nil when the packet has no payload, or null), or `JSONValue` for
/// whatever comes. A payload that does not fit is answered with a 400 in the form of NestJS's validation errors:
/// `{"statusCode":400,"message":["items.0.price must be a number"],"error":"Bad Request"}`.
extension HandlerRegistrar {
    /// Answers messages with one value.
    ///
    /// A nil result is no answer (the exchange ends without a value), `JSONValue.null` is the answer `null`. Of several
    /// message handlers for one pattern the last one wins.
    ///
    /// - Parameters:
    ///   - patterns: What the handler answers; usually one.
    ///   - part: What of the payload the handler takes: the whole, or a member: `payload: "id"`.
    ///   - enhancers: Guards, interceptors, pipes and filters of this handler.
    ///   - handler: Runs on the event loop of the message's connection: awaiting is free, blocking is not. It is
    ///     cancelled when the connection goes away. An `RPCError` that it throws reaches the caller word for word, every
    ///     other error as "Internal server error".
    public func onMessage<Payload: Decodable & Sendable, Result: Encodable & SendableMetatype>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Result
    ) {
        add(HandlerRegistration(.message, patterns, enhancers, ValueHandler(part, body: handler)))
    }

    /// Answers messages without a value: the exchange ends when the handler returns.
    public func onMessage<Payload: Decodable & Sendable>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Void
    ) {
        add(HandlerRegistration(.message, patterns, enhancers, VoidHandler(part: part, body: handler)))
    }

    /// Answers messages with several values over time.
    ///
    /// Each element is sent at once; the end is marked as NestJS does it. A caller that reads too slowly pauses the
    /// iteration. An element that is nil is sent as `null`.
    public func onMessage<Payload: Decodable & Sendable, Results: AsyncSequence & SendableMetatype>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Results
    ) where Results.Element: Encodable & SendableMetatype {
        add(HandlerRegistration(.message, patterns, enhancers, StreamHandler(part: part, body: handler)))
    }

    /// Handles events. Several handlers for one pattern all run, at the same time; one that fails does not stop the others.
    ///
    /// - Parameters:
    ///   - patterns: What the handler wants to know of; usually one.
    ///   - part: What of the payload the handler takes: the whole, or a member: `payload: "id"`.
    ///   - enhancers: Guards, interceptors, pipes and filters of this handler. A refused event is logged at debug level.
    ///   - handler: Nothing it throws reaches the sender; it is logged.
    public func onEvent<Payload: Decodable & Sendable>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Void
    ) {
        add(HandlerRegistration(.event, patterns, enhancers, VoidHandler(part: part, body: handler)))
    }

    /// Handles events, and requests that are sent to an event's pattern: those are answered with the result, of several
    /// handlers with `{"current":first,"next":second}`.
    public func onEvent<Payload: Decodable & Sendable, Result: Encodable & SendableMetatype>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Result
    ) {
        add(HandlerRegistration(.event, patterns, enhancers, ValueHandler(part, body: handler)))
    }

    /// Handles events with a sequence that is iterated to its end.
    public func onEvent<Payload: Decodable & Sendable, Results: AsyncSequence & SendableMetatype>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Results
    ) where Results.Element: Encodable & SendableMetatype {
        add(HandlerRegistration(.event, patterns, enhancers, StreamHandler(part: part, body: handler)))
    }
}
