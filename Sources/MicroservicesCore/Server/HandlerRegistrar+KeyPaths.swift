public import Pipeline

/// Registration of handlers that take what a key path leads to: `payload: \Order.id`, short for `payload: .at(\Order.id)`.
///
/// The payload is decoded, and so checked, as a whole; the handler's pipes get the whole, too.
extension HandlerRegistrar {
    /// Answers messages with one value.
    public func onMessage<Whole: Decodable & SendableMetatype, Payload: Decodable & Sendable, Result>(
        _ patterns: MessagePattern..., payload path: any KeyPath<Whole, Payload> & Sendable,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Result
    ) where Result: Encodable & SendableMetatype {
        add(HandlerRegistration(.message, patterns, enhancers, ValueHandler(.at(path), body: handler)))
    }

    /// Answers messages without a value.
    public func onMessage<Whole: Decodable & SendableMetatype, Payload: Decodable & Sendable>(
        _ patterns: MessagePattern..., payload path: any KeyPath<Whole, Payload> & Sendable,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Void
    ) {
        add(HandlerRegistration(.message, patterns, enhancers, VoidHandler(part: .at(path), body: handler)))
    }

    /// Answers messages with several values over time.
    public func onMessage<Whole: Decodable & SendableMetatype, Payload: Decodable & Sendable, Results>(
        _ patterns: MessagePattern..., payload path: any KeyPath<Whole, Payload> & Sendable,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Results
    ) where Results: AsyncSequence & SendableMetatype, Results.Element: Encodable & SendableMetatype {
        add(HandlerRegistration(.message, patterns, enhancers, StreamHandler(part: .at(path), body: handler)))
    }

    /// Handles events.
    public func onEvent<Whole: Decodable & SendableMetatype, Payload: Decodable & Sendable>(
        _ patterns: MessagePattern..., payload path: any KeyPath<Whole, Payload> & Sendable,
        use enhancers: Enhancers = Enhancers(),
        handler: @escaping @Sendable (_ data: Payload, _ context: MessageContext) async throws -> Void
    ) {
        add(HandlerRegistration(.event, patterns, enhancers, VoidHandler(part: .at(path), body: handler)))
    }
}
