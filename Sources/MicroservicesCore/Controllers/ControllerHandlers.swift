public import Pipeline

/// Takes up the handlers of a controller: each is a closure over an instance, wherever that comes from.
///
/// Made by `add(_:)` and ``HandlerRegistrar/add(_:make:)``, called by what the macro
/// `@Controller` writes.
public struct ControllerHandlers<Instance: Controller>: Sendable {
    /// Where a message's instance comes from.
    enum Source: Sendable {
        /// The one of all messages.
        case shared(@Sendable () -> Instance)
        /// One for each message.
        case made(@Sendable (RequestContext) async throws -> Instance)
    }

    private let registrar: any HandlerRegistrar
    private let source: Source
    private let enhancers: Enhancers

    init(_ registrar: any HandlerRegistrar, _ source: Source, enhancers: Enhancers = Enhancers()) {
        self.registrar = registrar
        self.source = source
        self.enhancers = enhancers
    }

    /// The same with enhancers around every handler: a controller class with `@UseGuards()` and its like.
    ///
    /// - Parameter enhancers: Stand between those of the microservice and each handler's own.
    /// - Returns: What takes the handlers up.
    public func within(_ enhancers: Enhancers) -> ControllerHandlers {
        ControllerHandlers(registrar, source, enhancers: self.enhancers.followed(by: enhancers))
    }

    // MARK: Handlers

    /// A handler that never awaits, with one result.
    ///
    /// - Parameters:
    ///   - kind: Message or event.
    ///   - patterns: What it handles.
    ///   - part: What of the payload it takes.
    ///   - enhancers: Its own.
    ///   - body: Calls the method.
    public func answer<Payload: Decodable & Sendable, Result: Encodable & SendableMetatype>(
        _ kind: HandlerRegistration.Kind, _ patterns: [MessagePattern], payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        _ body: @escaping @Sendable (Instance, Payload, MessageContext) throws -> Result
    ) {
        switch source {
        case .shared(let instance):
            add(
                kind, patterns, enhancers,
                SynchronousValueHandler(part) { payload, context in try body(instance(), payload, context) })
        case .made(let make):
            add(
                kind, patterns, enhancers,
                ValueHandler(part) { payload, context in
                    try body(try await make(RequestContext(context)), payload, context)
                })
        }
    }

    /// A handler with one result.
    public func answer<Payload: Decodable & Sendable, Result: Encodable & SendableMetatype>(
        _ kind: HandlerRegistration.Kind, _ patterns: [MessagePattern], payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        _ body: @escaping @Sendable (Instance, Payload, MessageContext) async throws -> Result
    ) {
        let handler = ValueHandler(part) { payload, context in
            try await body(instance(for: context), payload, context)
        }
        add(kind, patterns, enhancers, handler)
    }

    /// A handler with several results over time.
    public func answer<Payload: Decodable & Sendable, Results: AsyncSequence & SendableMetatype>(
        _ kind: HandlerRegistration.Kind, _ patterns: [MessagePattern], payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        _ body: @escaping @Sendable (Instance, Payload, MessageContext) async throws -> Results
    ) where Results.Element: Encodable & SendableMetatype {
        let handler = StreamHandler(part: part) { payload, context in
            try await body(instance(for: context), payload, context)
        }
        add(kind, patterns, enhancers, handler)
    }

    /// A handler that never awaits, without a result.
    public func handle<Payload: Decodable & Sendable>(
        _ kind: HandlerRegistration.Kind, _ patterns: [MessagePattern], payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        _ body: @escaping @Sendable (Instance, Payload, MessageContext) throws -> Void
    ) {
        switch source {
        case .shared(let instance):
            add(
                kind, patterns, enhancers,
                SynchronousVoidHandler(part: part) { payload, context in try body(instance(), payload, context) })
        case .made(let make):
            add(
                kind, patterns, enhancers,
                VoidHandler(part: part) { payload, context in
                    try body(try await make(RequestContext(context)), payload, context)
                })
        }
    }

    /// A handler without a result.
    public func handle<Payload: Decodable & Sendable>(
        _ kind: HandlerRegistration.Kind, _ patterns: [MessagePattern], payload part: PayloadPart<Payload> = .whole,
        use enhancers: Enhancers = Enhancers(),
        _ body: @escaping @Sendable (Instance, Payload, MessageContext) async throws -> Void
    ) {
        let handler = VoidHandler(part: part) { payload, context in
            try await body(instance(for: context), payload, context)
        }
        add(kind, patterns, enhancers, handler)
    }

    private func instance(for context: MessageContext) async throws -> Instance {
        switch source {
        case .shared(let instance): instance()
        case .made(let make): try await make(RequestContext(context))
        }
    }

    private func add(
        _ kind: HandlerRegistration.Kind, _ patterns: [MessagePattern], _ enhancers: Enhancers,
        _ handler: any MessageHandler
    ) {
        registrar.add(HandlerRegistration(kind, patterns, enhancers.within(self.enhancers), handler))
    }
}
