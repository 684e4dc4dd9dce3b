import Logging
import MessageWire
public import NIOCore
import NIOPosix
import NetworkIO

/// Sends messages to a service and emits events: the counterpart of NestJS's `ClientProxy`.
///
/// ```swift
/// let math = ClientProxy(ClientConfiguration(host: "localhost", port: 3000))
/// let sum: Int = try await math.send(["cmd": "sum"], [1, 2, 3]).decoded()
/// try await math.emit("user_created", ["id": 7])
/// await math.close()
/// ```
///
/// Connects with the first message, keeps the connection, and connects again with the next message after it was lost. Many
/// requests share a connection. There is no cancel in the protocol: a request that is given up is forgotten here, its
/// late answer dropped.
///
/// World: `async` for its users; its pool lives on one event loop.
public final class ClientProxy: Sendable {
    private let pool: PoolBox
    private let timeouts: ReplyTimeouts

    /// Makes a client proxy; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - configuration: Where the service is, limits, timeouts.
    ///   - eventLoopGroup: Where its connections live; on one loop of this group.
    ///   - logger: For connections coming and going.
    public init(
        _ configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "martlet.client")
    ) {
        let context = EventLoopContext(
            eventLoop: eventLoopGroup.next(), index: 0, clock: configuration.clock)
        timeouts = configuration.timeouts
        pool = PoolBox(loop: context) {
            ConnectionPool(
                serviceName: configuration.name(ofEndpoint: 0), configuration: configuration, loop: context,
                logger: logger)
        }
    }

    /// Connects now instead of with the first message.
    ///
    /// - Throws: The error of the attempt when no endpoint can be reached.
    public func connect() async throws {
        try await pool.run { pool, promise in
            if pool.counts.open > 0 { return promise.succeed() }
            pool.connected(or: promise)
        }
    }

    /// A request: nothing is sent until the answer is asked for, and each time it is asked for is a new request.
    ///
    /// - Parameters:
    ///   - pattern: What the message is about.
    ///   - data: Its payload; anything but null.
    ///   - timeout: Instead of the client's own; `.some(nil)` waits for ever.
    /// - Returns: The values of the answer.
    public func send(
        _ pattern: MessagePattern, _ data: some Encodable & Sendable, timeout: Duration?? = nil
    ) -> Replies {
        var timeouts = self.timeouts
        if let timeout { timeouts = ReplyTimeouts(timeout?.nanoseconds ?? .max) }
        let payload = Result { try Self.payload(of: data) }
        return Replies(
            pool: pool, pattern: CompiledPattern(send: pattern.value), payload: payload, timeouts: timeouts)
    }

    /// Emits an event; returns once its bytes were handed to a live connection. TCP events are not acknowledged.
    ///
    /// - Parameters:
    ///   - pattern: What the event is about.
    ///   - data: Its payload; anything but null.
    /// - Throws: ``ClientError`` for a payload that cannot be sent, ``UpstreamFailure`` when there is no connection.
    public func emit(_ pattern: MessagePattern, _ data: some Encodable & Sendable) async throws {
        let payload = try Self.payload(of: data)
        let compiled = CompiledPattern(emit: pattern.value)
        try await pool.run { pool, promise in
            let receiver = EventReceiver(promise)
            let result = payload.bytes.withUnsafeReadableBytes { bytes in
                pool.emit(
                    OutboundMessage(pattern: compiled, data: bytes, dataUnits: payload.utf16Count),
                    receiver: receiver, now: pool.loop.now)
            }
            switch result {
            case .sent: promise.succeed()
            case .waiting: break
            case .refused(let failure): promise.fail(failure)
            }
        }
    }

    /// Takes no further message, waits for the answers that are due, closes the connections.
    public func close() async {
        try? await pool.close()
    }

    private static func payload(of data: some Encodable) throws -> EncodedPayload {
        var writer = JSONWriter(buffer: ByteBuffer())
        try PayloadCoding.encode(data, into: &writer)
        let isNull = writer.buffer.readableBytesView.elementsEqual("null".utf8)
        guard writer.buffer.readableBytes > 0, !isNull else { throw ClientError.invalidMessage }
        return EncodedPayload(bytes: writer.buffer, utf16Count: writer.utf16Count)
    }
}

/// A message that the client proxy itself refuses; nothing was sent.
public enum ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The payload is null or absent: NestJS's `InvalidMessageException`.
    case invalidMessage

    /// One sentence.
    public var description: String { "Invalid data, please check the content of the data you are trying to send." }
}

/// Waits for an event to be handed to a connection.
private final class EventReceiver: ReplyReceiver {
    private let promise: EventLoopPromise<Void>

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func replyReceived(_ reply: Reply, now: Int64) {}
    func requestSent(_ ticket: RequestTicket) {}
    func replyFailed(_ failure: UpstreamFailure) { promise.fail(failure) }
    func eventHandedOver() { promise.succeed() }
}
