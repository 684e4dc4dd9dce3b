/// The message that is being handled, for code that was not handed it: a repository, a logger, a client.
///
/// Task-local: whatever runs below a handler sees it, in child tasks and in a `Task { }` as well; so do the guards,
/// interceptors, pipes and filters around the handler and the sequences that it returns. Outside of a handler there is none.
///
/// ```swift
/// func audit(_ text: String) {
///     logger.info("\(text)", metadata: ["trace": "\(RequestContext.current?.metadata["traceparent"] ?? "-")"])
/// }
/// ```
///
/// A value: it may be kept, also after the handler has returned. Counterpart of NestJS's `RequestContext`.
///
/// Spec: docs/decisions/0018-the-request-context-is-the-message.md
public struct RequestContext: Sendable {
    /// The message object that is there anyway; what is bound for each message is this one reference.
    @TaskLocal private static var message: IncomingMessage?

    /// What the handler is handed.
    public let context: MessageContext

    /// The message of a context.
    ///
    /// - Parameter context: What a handler was handed.
    public init(_ context: MessageContext) { self.context = context }

    /// The message that is being handled; nil outside of a handler.
    public static var current: RequestContext? {
        message.map { RequestContext(MessageContext(message: $0)) }
    }

    /// The pattern as the sender wrote it, as ``MessageContext/pattern``.
    public var pattern: String { context.pattern }

    /// The whole payload as it came, before any pipe; nil when the packet has none. Parsed when it is first asked for.
    public var data: JSONValue? { context.message.payload }

    /// What the sender put beside the payload, as ``MessageContext/metadata``.
    public var metadata: [String: String] { context.metadata }

    /// Runs a handler that never awaits.
    // Without a result: a generic one would be looked up for each message.
    static func binding(_ message: IncomingMessage, _ body: () -> Void) {
        $message.withValue(message, operation: body)
    }

    /// Runs a handler's task.
    static func binding(_ message: IncomingMessage, _ body: @Sendable () async -> Void) async {
        await $message.withValue(message, operation: body)
    }
}
