public import MessageWire
import NIOCore
import NetworkIO

/// The answer to a request as a cold sequence of values: the request is sent when iteration begins, and forgotten when it
/// ends early.
///
/// Throws ``RPCError`` when the service answers with an error, and ``UpstreamFailure`` when there is no (further)
/// answer.
public struct Replies: AsyncSequence, Sendable {
    /// One value of the answer.
    public typealias Element = JSONValue

    let pool: PoolBox
    let pattern: CompiledPattern
    let payload: Result<EncodedPayload, any Error>
    let timeouts: ReplyTimeouts

    /// Sends the request once the first value is asked for.
    public func makeAsyncIterator() -> Iterator {
        Iterator(replies: self)
    }

    /// Sends the request and returns the last value, as NestJS's HTTP layer does; `nil` when the answer has none.
    ///
    /// - Throws: ``RPCError``, ``UpstreamFailure`` or ``ClientError``.
    public var value: JSONValue? {
        get async throws {
            var last: JSONValue?
            for try await value in self { last = value }
            return last
        }
    }

    /// Sends the request and reads its last value as a type.
    ///
    /// - Parameter type: What the value is read as.
    /// - Returns: The value.
    /// - Throws: What ``value`` throws, and `DecodingError` when the value does not fit.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) async throws -> Value {
        guard let text = try await value?.serialized() else {
            return try PayloadCoding.decode(type, from: nil)
        }
        return try ByteBuffer(string: text).withUnsafeReadableBytes { try PayloadCoding.decode(type, from: $0) }
    }

    /// Iterates over the values of one request.
    public struct Iterator: AsyncIteratorProtocol {
        private let replies: Replies
        private var stream: AsyncThrowingStream<JSONValue, any Error>.Iterator?

        init(replies: Replies) { self.replies = replies }

        /// The next value; `nil` at the end of the answer.
        public mutating func next() async throws -> JSONValue? {
            if stream == nil { stream = try replies.start().makeAsyncIterator() }
            return try await stream?.next()
        }
    }

    /// Values that may wait to be asked for; the request is given up above it.
    private static let maxBufferedValues = 65_536

    private func start() throws -> AsyncThrowingStream<JSONValue, any Error> {
        let payload = try self.payload.get()
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: JSONValue.self, bufferingPolicy: .bufferingOldest(Self.maxBufferedValues))
        let receiver = StreamReceiver(continuation)
        continuation.onTermination = { [pool] reason in
            guard case .cancelled = reason else { return }
            pool.execute { receiver.giveUp(in: $0) }
        }
        pool.execute { [pattern, timeouts] pool in
            guard !receiver.isOver else { return }
            let result = payload.bytes.withUnsafeReadableBytes { bytes in
                pool.send(
                    OutboundMessage(pattern: pattern, data: bytes, dataUnits: payload.utf16Count),
                    receiver: receiver, timeouts: timeouts, now: pool.loop.now)
            }
            switch result {
            case .sent(let ticket), .waiting(let ticket): receiver.requestSent(ticket)
            case .refused(let failure): receiver.replyFailed(failure)
            }
        }
        return stream
    }
}

/// Turns frames into the values of a stream.
private final class StreamReceiver: ReplyReceiver, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: touched on the pool's loop only, after it was made.
    private let continuation: AsyncThrowingStream<JSONValue, any Error>.Continuation
    private var ticket = RequestTicket.none
    private(set) var isOver = false

    init(_ continuation: AsyncThrowingStream<JSONValue, any Error>.Continuation) {
        self.continuation = continuation
    }

    func replyReceived(_ reply: Reply, now: Int64) {
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
            finish(RPCError(received: value(reply, range)))
        }
    }

    func replyFailed(_ failure: UpstreamFailure) { finish(failure) }
    func requestSent(_ ticket: RequestTicket) { self.ticket = ticket }
    func eventHandedOver() {}

    func giveUp(in pool: ConnectionPool) {
        guard !isOver else { return }
        isOver = true
        pool.forget(ticket)
    }

    private func value(_ reply: Reply, _ range: Range<Int>) -> JSONValue {
        JSONValue(checked: UnsafeRawBufferPointer(rebasing: reply.json[range]))
    }

    private func yield(_ reply: Reply, _ range: Range<Int>) {
        if case .dropped = continuation.yield(value(reply, range)) { finish(UpstreamFailure.answerTooLarge) }
    }

    private func finish(_ error: (any Error)?) {
        guard !isOver else { return }
        isOver = true
        ticket = .none
        continuation.finish(throwing: error)
    }
}
