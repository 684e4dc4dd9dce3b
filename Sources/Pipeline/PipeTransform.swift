public import MessageWire

/// Changes or refuses a call's payload before it is handled: NestJS's `PipeTransform`.
///
/// Pipes run behind the interceptors' first halves, right before the message is sent or handled: global, service (or
/// controller), route (or handler), each in the order written and with the value that the one before returned.
public protocol PipeTransform: Sendable {
    /// - Parameters:
    ///   - value: The payload; `nil` when a packet has none.
    ///   - metadata: What the value is.
    /// - Returns: The payload for the next pipe.
    /// - Throws: An ``RPCError``, usually with status 400, when the value is not what is taken.
    func transform(_ value: JSONValue?, _ metadata: ArgumentMetadata) async throws -> JSONValue?
}

/// What a pipe is given.
public struct ArgumentMetadata: Sendable {
    /// The call that the value belongs to.
    public let context: ExecutionContext

    /// Metadata of a call's payload.
    package init(context: ExecutionContext) { self.context = context }
}
