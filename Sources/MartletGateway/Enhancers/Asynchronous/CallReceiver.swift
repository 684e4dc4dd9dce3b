import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline

/// Waits for what becomes of a message that a task has sent, until nobody is interested any more.
protocol AbandonableReceiver: ReplyReceiver {
    func giveUp()
}

/// Waits for the answer to a message that a task has sent.
///
/// World: one event loop.
final class CallReceiver: AbandonableReceiver, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: touched on the pool's loop only, except by the stream's consumer through its
    // continuation.
    private var first: CheckedContinuation<HandlerResult, any Error>?
    private var stream: ReplyValues.Source?
    private var ticket = RequestTicket.none
    private let pool: ConnectionPool
    private let ended: (CallReceiver) -> Void
    private var isOver = false
    /// Whose line and spans tell of this message, while it is that request's.
    private var followed: (exchange: Exchange, id: RequestID)?

    init(
        _ continuation: CheckedContinuation<HandlerResult, any Error>, pool: ConnectionPool,
        ended: @escaping (CallReceiver) -> Void
    ) {
        first = continuation
        self.pool = pool
        self.ended = ended
    }

    /// The message is that of the exchange's route: its line and spans tell of it.
    func follows(_ exchange: Exchange) { followed = (exchange, exchange.id) }

    private func note(_ body: (Exchange) -> Void) {
        // The exchange may serve another request by now.
        guard let followed, followed.exchange.id == followed.id else { return }
        body(followed.exchange)
    }

    func replyReceived(_ reply: Reply, now: Int64) {
        note { $0.timing.replied(now) }
        switch reply.outcome {
        case .value(let range, let isLast): received(value(reply, range), bytes: range.count, isLast: isLast)
        case .foreign(let range): received(value(reply, range), bytes: range.count, isLast: true)
        case .undefinedValue: break
        case .completed: end(nil)
        case .error(let range): end(RPCError(received: value(reply, range)))
        }
    }

    func replyFailed(_ failure: UpstreamFailure) { end(failure) }
    func requestSent(_ ticket: RequestTicket) {
        guard !isOver else { return }
        self.ticket = ticket
        guard ticket.endpoint != nil else { return }
        note { exchange in
            exchange.ticket = ticket
            exchange.timing.sent(pool.loop.latestNow)
        }
    }
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

    private func received(_ value: JSONValue, bytes: Int, isLast: Bool) {
        if isLast, let first {
            self.first = nil
            over()
            return first.resume(returning: .value(value))
        }
        if let first {
            self.first = nil
            let loop = pool.loop.eventLoop
            let (values, source) = ReplyValues.make { [weak self] in
                guard let self else { return }
                loop.execute { self.giveUp() }
            }
            stream = source
            first.resume(returning: .values(values))
        }
        if stream?.yield(value, bytes: bytes) == false {
            pool.forget(ticket)
            return end(UpstreamFailure.answerTooLarge)
        }
        if isLast { end(nil) }
    }

    private func end(_ error: (any Error)?) {
        guard !isOver else { return }
        over()
        stream?.finish(error)
        stream = nil
        guard let first else { return }
        self.first = nil
        if let error { first.resume(throwing: error) } else { first.resume(returning: .none) }
    }

    private func over() {
        isOver = true
        ticket = .none
        followed = nil
        ended(self)
    }
}

/// Waits for an event to be handed to a connection.
///
/// World: one event loop.
final class EventReceiver: AbandonableReceiver {
    private var continuation: CheckedContinuation<Void, any Error>?
    private var ticket = RequestTicket.none
    private let pool: ConnectionPool
    private let ended: (EventReceiver) -> Void

    init(
        _ continuation: CheckedContinuation<Void, any Error>, pool: ConnectionPool,
        ended: @escaping (EventReceiver) -> Void
    ) {
        self.continuation = continuation
        self.pool = pool
        self.ended = ended
    }

    func replyReceived(_ reply: Reply, now: Int64) {}
    func requestSent(_ ticket: RequestTicket) { if continuation != nil { self.ticket = ticket } }
    func replyFailed(_ failure: UpstreamFailure) { end(.failure(failure)) }
    func eventHandedOver() { end(.success(())) }

    func giveUp() {
        guard continuation != nil else { return }
        pool.forget(ticket)
        end(.failure(CancellationError()))
    }

    private func end(_ result: Result<Void, any Error>) {
        guard let continuation else { return }
        self.continuation = nil
        ended(self)
        continuation.resume(with: result)
    }
}
