import MessageWire
import NIOCore
import NetworkIO

/// A request that can be sent any number of times; each time is a request of its own.
struct OutboundCall: Sendable {
    let pool: PoolBox
    let pattern: CompiledPattern
    let payload: Result<EncodedPayload, any Error>
    let metadata: CallMetadata
    let timeouts: ReplyTimeouts
    /// What may wait to be asked for; the request is given up above it. Not reading from the connection would hold up the
    /// answers of everybody else on it.
    let unread: UnreadLimits

    /// Sends the request.
    ///
    /// - Parameter read: Makes a value of its JSON text, on the event loop.
    /// - Returns: The values as they come; the request is forgotten when the stream is.
    /// - Throws: ``ClientError`` for a payload that cannot be sent.
    func start<Value: Sendable>(
        _ read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Value
    ) throws -> UnreadValues<Value> {
        let payload = try self.payload.get()
        let metadata = self.metadata.encoded(timeout: timeouts.total)
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: UnreadValues<Value>.Received.self, bufferingPolicy: .bufferingOldest(unread.maxCount))
        let values = UnreadValues(values: stream, size: UnreadSize(maxSize: unread.maxSize))
        let receiver = StreamReceiver(continuation, values.size, pool, read)
        continuation.onTermination = { [pool] reason in
            guard case .cancelled = reason else { return }
            pool.execute { _ in receiver.giveUp() }
        }
        pool.execute { [pattern, timeouts] pool in
            guard !receiver.isOver else { return }
            let result = payload.lend(with: metadata, pattern) { message in
                pool.send(message, receiver: receiver, timeouts: timeouts, now: pool.loop.now)
            }
            switch result {
            case .sent(let ticket), .waiting(let ticket): receiver.requestSent(ticket)
            case .refused(let failure): receiver.replyFailed(failure)
            }
        }
        return values
    }
}

extension EncodedPayload {
    /// Lends the bytes as a message.
    func lend<Result>(
        with metadata: EncodedPayload?, _ pattern: CompiledPattern, _ body: (OutboundMessage) -> Result
    ) -> Result {
        bytes.withUnsafeReadableBytes { data in
            var message = OutboundMessage(pattern: pattern, data: data, dataUnits: utf16Count)
            guard let metadata else { return body(message) }
            return metadata.bytes.withUnsafeReadableBytes { bytes in
                message.metadata = (bytes, metadata.utf16Count)
                return body(message)
            }
        }
    }
}

/// Turns frames into the values of a stream.
private final class StreamReceiver<Value: Sendable>: ReplyReceiver, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: touched on the pool's loop only, after it was made.
    typealias Continuation = AsyncThrowingStream<UnreadValues<Value>.Received, any Error>.Continuation

    private let continuation: Continuation
    private let size: UnreadSize
    private let pool: PoolBox
    private let read: @Sendable (UnsafeRawBufferPointer) throws -> Value
    private var ticket = RequestTicket.none
    private(set) var isOver = false

    init(
        _ continuation: Continuation, _ size: UnreadSize, _ pool: PoolBox,
        _ read: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Value
    ) {
        self.continuation = continuation
        self.size = size
        self.pool = pool
        self.read = read
    }

    func replyReceived(_ reply: Reply, now: Int64) {
        guard !isOver else { return }
        switch reply.outcome {
        case .value(let range, let isLast):
            yield(reply, range)
            if isLast { finish(nil) }
        case .foreign(let range):
            yield(reply, range)
            finish(nil)
        case .undefinedValue:
            break
        case .completed:
            finish(nil)
        case .error(let range):
            finish(RPCError(received: JSONValue(checked: UnsafeRawBufferPointer(rebasing: reply.json[range]))))
        }
    }

    func replyFailed(_ failure: UpstreamFailure) { finish(failure) }
    func requestSent(_ ticket: RequestTicket) { self.ticket = ticket }
    func eventHandedOver() {}

    /// Nobody wants a (further) value.
    func giveUp() {
        guard !isOver else { return }
        isOver = true
        forget()
    }

    private func yield(_ reply: Reply, _ range: Range<Int>) {
        do {
            let value = try read(UnsafeRawBufferPointer(rebasing: reply.json[range]))
            guard size.admit(range.count) else { return refuse(UpstreamFailure.fellBehind) }
            let result = continuation.yield(UnreadValues.Received(value: value, bytes: range.count))
            if case .dropped = result { refuse(UpstreamFailure.fellBehind) }
        } catch {
            refuse(error)
        }
    }

    /// Ends with an error while the service may have more to say.
    private func refuse(_ error: any Error) {
        // In a later round: the connection is in the middle of this frame.
        pool.execute { [self] _ in forget() }
        finish(error, keepsTicket: true)
    }

    private func forget() {
        let ticket = self.ticket
        self.ticket = .none
        pool.forget(ticket)
    }

    private func finish(_ error: (any Error)?, keepsTicket: Bool = false) {
        guard !isOver else { return }
        isOver = true
        if !keepsTicket { ticket = .none }
        continuation.finish(throwing: error)
    }
}
