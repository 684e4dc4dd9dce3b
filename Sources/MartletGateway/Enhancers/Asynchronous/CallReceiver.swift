import MessageWire
import Microservices
import NIOCore
import NetworkIO
import Pipeline

/// Waits for the answer to a message that a task has sent.
///
/// World: one event loop.
final class CallReceiver: ReplyReceiver, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: touched on the pool's loop only, except by the stream's consumer through its
    // continuation.
    private var first: CheckedContinuation<HandlerResult, any Error>?
    private var stream: AsyncThrowingStream<JSONValue, any Error>.Continuation?
    private var ticket = RequestTicket.none
    private let pool: ConnectionPool
    private let ended: (CallReceiver) -> Void
    private var isOver = false

    /// Values that may wait to be asked for; the request is given up above it.
    private static let maxBufferedValues = 65_536

    init(
        _ continuation: CheckedContinuation<HandlerResult, any Error>, pool: ConnectionPool,
        ended: @escaping (CallReceiver) -> Void
    ) {
        first = continuation
        self.pool = pool
        self.ended = ended
    }

    func replyReceived(_ reply: Reply, now: Int64) {
        switch reply.outcome {
        case .value(let range, let isLast): received(value(reply, range), isLast: isLast)
        case .foreign(let range): received(value(reply, range), isLast: true)
        case .undefinedValue: break
        case .completed: end(nil)
        case .error(let range): end(RPCError(received: value(reply, range)))
        }
    }

    func replyFailed(_ failure: UpstreamFailure) { end(failure) }
    func requestSent(_ ticket: RequestTicket) { if !isOver { self.ticket = ticket } }
    func eventHandedOver() {}

    /// Nobody is interested any more.
    func giveUp() {
        guard !isOver else { return }
        pool.forget(ticket)
        end(CancellationError())
    }

    private func value(_ reply: Reply, _ range: Range<Int>) -> JSONValue {
        JSONValue(checked: UnsafeRawBufferPointer(rebasing: reply.json[range]))
    }

    private func received(_ value: JSONValue, isLast: Bool) {
        if isLast, let first {
            self.first = nil
            over()
            return first.resume(returning: .value(value))
        }
        if let first {
            self.first = nil
            let (values, continuation) = AsyncThrowingStream.makeStream(
                of: JSONValue.self, bufferingPolicy: .bufferingOldest(Self.maxBufferedValues))
            stream = continuation
            let loop = pool.loop.eventLoop
            continuation.onTermination = { [weak self] reason in
                guard case .cancelled = reason else { return }
                loop.execute { self?.giveUp() }
            }
            first.resume(returning: .values(values))
        }
        if case .dropped = stream?.yield(value) {
            pool.forget(ticket)
            return end(UpstreamFailure.answerTooLarge)
        }
        if isLast { end(nil) }
    }

    private func end(_ error: (any Error)?) {
        guard !isOver else { return }
        over()
        stream?.finish(throwing: error)
        stream = nil
        guard let first else { return }
        self.first = nil
        if let error { first.resume(throwing: error) } else { first.resume(returning: .none) }
    }

    private func over() {
        isOver = true
        ticket = .none
        ended(self)
    }
}

/// Waits for an event to be handed to a connection.
final class EventReceiver: ReplyReceiver {
    private var continuation: CheckedContinuation<Void, any Error>?

    init(_ continuation: CheckedContinuation<Void, any Error>) { self.continuation = continuation }

    func replyReceived(_ reply: Reply, now: Int64) {}
    func requestSent(_ ticket: RequestTicket) {}

    func replyFailed(_ failure: UpstreamFailure) {
        continuation?.resume(throwing: failure)
        continuation = nil
    }

    func eventHandedOver() {
        continuation?.resume()
        continuation = nil
    }
}
