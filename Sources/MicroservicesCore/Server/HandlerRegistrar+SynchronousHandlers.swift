public import Pipeline

/// Registration of handlers that never await. The compiler chooses these for closures without `await`; they do what the
/// others do, and need no task for each message.
extension HandlerRegistrar {
    /// Answers messages with one value, without awaiting.
    ///
    /// A nil result is no answer (the exchange ends without a value), `JSONValue.null` is the answer `null`. Of several
    /// message handlers for one pattern the last one wins.
    ///
    /// - Parameters:
    ///   - patterns: What the handler answers; usually one.
    ///   - part: What of the payload the handler takes: the whole, or a member: `payload: "id"`.
    ///   - enhancers: Guards, interceptors, pipes and filters of this handler.
    ///   - handler: Runs on the event loop of the message's connection, which it must not block. An `RPCError` that it
    ///     throws reaches the caller word for word, every other error as "Internal server error".
    public func onMessage<Payload: Decodable, Result: Encodable>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) throws -> Result
    ) {
        add(HandlerRegistration(.message, patterns, enhancers, SynchronousValueHandler(part, body: handler)))
    }

    /// Answers messages without a value, without awaiting.
    public func onMessage<Payload: Decodable>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) throws -> Void
    ) {
        add(HandlerRegistration(.message, patterns, enhancers, SynchronousVoidHandler(part: part, body: handler)))
    }

    /// Handles events without awaiting. Several handlers for one pattern all run; one that fails does not stop the others.
    public func onEvent<Payload: Decodable>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) throws -> Void
    ) {
        add(HandlerRegistration(.event, patterns, enhancers, SynchronousVoidHandler(part: part, body: handler)))
    }

    /// Handles events without awaiting, and answers requests that are sent to an event's pattern.
    public func onEvent<Payload: Decodable, Result: Encodable>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) throws -> Result
    ) {
        add(HandlerRegistration(.event, patterns, enhancers, SynchronousValueHandler(part, body: handler)))
    }

    /// Answers messages with several values over time; the sequence itself is had without awaiting.
    public func onMessage<Payload: Decodable & Sendable, Results: AsyncSequence & SendableMetatype>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) throws -> Results
    ) where Results.Element: Encodable & SendableMetatype {
        // Without this one the compiler would take such a closure for one without a result.
        add(HandlerRegistration(.message, patterns, enhancers, StreamHandler(part: part, body: handler)))
    }

    /// Handles events with a sequence that is iterated to its end; the sequence itself is had without awaiting.
    public func onEvent<Payload: Decodable & Sendable, Results: AsyncSequence & SendableMetatype>(
        _ patterns: MessagePattern..., payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) throws -> Results
    ) where Results.Element: Encodable & SendableMetatype {
        add(HandlerRegistration(.event, patterns, enhancers, StreamHandler(part: part, body: handler)))
    }
}
