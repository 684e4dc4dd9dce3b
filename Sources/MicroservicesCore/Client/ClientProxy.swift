public import Logging
import MessageWire
public import NIOCore
import NIOPosix
import NetworkIO

/// Sends messages to a service and emits events: the counterpart of NestJS's `ClientProxy`.
///
/// ```swift
/// let math = ClientProxy(.tcp(host: "localhost", port: 3000))
/// let sum: Int = try await math.send(["cmd": "sum"], [1, 2, 3]).decoded()
/// try await math.emit("user_created", ["id": 7])
/// await math.close()
/// ```
///
/// Connects with the first message, keeps the connection, and connects again with the next message after it was lost, or after
/// an attempt has failed: each message for which there is no connection makes an attempt, or waits for the one that is under
/// way. Many requests share a connection. There is no cancel in the protocol: a request that is given up is forgotten here, its
/// late answer dropped.
///
/// Its connections are closed by ``close()`` (now, as in NestJS) or ``drain()`` (behind the last answer), and when nobody
/// refers to the client proxy any more.
///
/// World: `async` for its users; its pool lives on one event loop.
public final class ClientProxy: Sendable {
    let pool: PoolBox
    private let timeouts: ReplyTimeouts
    private let addresses: String
    private let unread: UnreadLimits
    private let retryAttempts: Int
    private let retryDelay: Duration
    private let sendsDeadline: Bool
    private let commonMetadata: (@Sendable () -> [String: String])?
    /// Why nothing can be sent at all: a certificate that cannot be used.
    private let obstacle: MicroserviceError?

    /// Makes a client proxy; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - configuration: Where the service is, limits, timeouts.
    ///   - eventLoopGroup: Where its connections live; on one loop of this group. A group of your own is shut down after the client
    ///     proxy was drained or closed.
    ///   - logger: For connections coming and going.
    public init(
        _ configuration: ClientConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "martlet.client")
    ) {
        let (configuration, obstacle) = configuration.prepared()
        let context = EventLoopContext(
            eventLoop: eventLoopGroup.next(), index: 0, clock: configuration.clock)
        self.obstacle = obstacle
        timeouts = configuration.timeouts
        addresses = configuration.addresses
        unread = configuration.unread
        retryAttempts = configuration.retryAttempts
        retryDelay = configuration.retryDelay
        sendsDeadline = configuration.sendsDeadline
        commonMetadata = configuration.metadata
        pool = PoolBox(loop: context) {
            ConnectionPool(
                serviceName: configuration.name(ofEndpoint: 0), configuration: configuration, loop: context,
                logger: logger)
        }
    }

    // MARK: Life

    /// Connects now instead of with the first message; returns at once when a connection is open.
    ///
    /// Makes the attempts that the configuration's `retryAttempts` and `retryDelay` ask for; callers at the same time share
    /// them.
    ///
    /// - Throws: ``ClientError`` `cannotConnect` with the error of the last attempt, when no endpoint can be reached;
    ///   ``UpstreamFailure/closing`` after ``drain()``; ``MicroserviceError`` `badCertificate`.
    public func connect() async throws {
        var attemptsLeft = retryAttempts
        while true {
            do {
                return try await connectOnce()
            } catch let error as ClientError where attemptsLeft > 0 && error.code == .cannotConnect {
                attemptsLeft -= 1
                try await Task.sleep(for: retryDelay)
            }
        }
    }

    private func connectOnce() async throws {
        if let obstacle { throw obstacle }
        do {
            try await pool.run { pool, promise in
                if pool.counts.open > 0 { return promise.succeed() }
                pool.connected(or: promise)
            }
        } catch let failure as UpstreamFailure {
            throw failure
        } catch {
            throw ClientError.cannotConnect(to: addresses, cause: error)
        }
    }

    /// Closes the connections now, as NestJS does: requests that wait for an answer fail with ``UpstreamFailure/lost``
    /// ("Connection closed"). The next message, or ``connect()``, opens a new connection.
    ///
    /// What was emitted before is still written. An attempt to connect is given up, and what waits for it fails with
    /// ``UpstreamFailure/closing``. When this returns there is neither connection nor attempt.
    public func close() async {
        await pool.close()
    }

    /// Takes no further message, waits for the answers that are due, and closes the connections; for shutting down.
    ///
    /// Messages are refused with ``UpstreamFailure/closing`` from now on, those that wait for a connection as well, an attempt to
    /// connect is given up, and ``status`` and ``events`` end. An answer may take as
    /// long as its timeout says; cancelling the task that drains closes the connections at once.
    public func drain() async {
        await withTaskCancellationHandler {
            await pool.drain()
        } onCancel: {
            pool.stopWaiting()
        }
    }

    // MARK: Messages

    /// A request: nothing is sent until the answer is asked for, and each time it is asked for is a new request.
    ///
    /// - Parameters:
    ///   - pattern: What the message is about.
    ///   - data: Its payload; anything but null.
    ///   - timeout: Instead of the client's own; `.some(nil)` waits for ever.
    ///   - metadata: Texts beside the payload, such as a request id; a Swift service finds them in its context, NestJS up to
    ///     12.0.1 ignores them.
    /// - Returns: The values of the answer.
    public func send(
        _ pattern: MessagePattern, _ data: some Encodable & Sendable, timeout: Duration?? = nil,
        metadata: [String: String] = [:]
    ) -> Replies {
        Replies(call: call(pattern, data, timeout: timeout, metadata: metadata))
    }

    /// A request whose values are read as a type; as ``send(_:_:timeout:metadata:)`` in everything else.
    ///
    /// - Parameters:
    ///   - pattern: What the message is about.
    ///   - data: Its payload; anything but null.
    ///   - type: What each value of the answer is read as.
    ///   - timeout: Instead of the client's own; `.some(nil)` waits for ever.
    ///   - metadata: Texts beside the payload.
    /// - Returns: The values of the answer.
    public func send<Value: Decodable & Sendable & SendableMetatype>(
        _ pattern: MessagePattern, _ data: some Encodable & Sendable, as type: Value.Type,
        timeout: Duration?? = nil, metadata: [String: String] = [:]
    ) -> DecodedReplies<Value> {
        DecodedReplies(call: call(pattern, data, timeout: timeout, metadata: metadata))
    }

    private func call(
        _ pattern: MessagePattern, _ data: some Encodable & Sendable, timeout: Duration??, metadata: [String: String]
    ) -> OutboundCall {
        var timeouts = self.timeouts
        if let timeout { timeouts = ReplyTimeouts(timeout?.nanoseconds ?? .max) }
        return OutboundCall(
            pool: pool, pattern: CompiledPattern(send: pattern.value), payload: Result { try payload(of: data) },
            metadata: self.metadata(metadata, hasDeadline: sendsDeadline), timeouts: timeouts, unread: unread)
    }

    /// Emits an event; returns once its bytes were handed to a live connection. TCP events are not acknowledged.
    ///
    /// - Parameters:
    ///   - pattern: What the event is about.
    ///   - data: Its payload; anything but null.
    ///   - metadata: Texts beside the payload.
    /// - Throws: ``ClientError`` for a payload that cannot be sent, ``UpstreamFailure`` when there is no connection, as
    ///   ``UpstreamFailure/cannotConnect(_:)`` when none could be opened.
    public func emit(
        _ pattern: MessagePattern, _ data: some Encodable & Sendable, metadata: [String: String] = [:]
    ) async throws {
        let payload = try payload(of: data)
        let compiled = CompiledPattern(emit: pattern.value)
        let metadata = self.metadata(metadata, hasDeadline: false).encoded(timeout: .max)
        try await pool.run { pool, promise in
            let receiver = EventReceiver(promise)
            let result = payload.lend(with: metadata, compiled) { message in
                pool.emit(message, receiver: receiver, now: pool.loop.now)
            }
            switch result {
            case .sent: promise.succeed()
            case .waiting: break
            case .refused(let failure): promise.fail(failure)
            }
        }
    }

    private func metadata(_ own: [String: String], hasDeadline: Bool) -> CallMetadata {
        let members = commonMetadata.map { own.merging($0()) { own, _ in own } } ?? own
        return CallMetadata(members: members, hasDeadline: hasDeadline)
    }

    private func payload(of data: some Encodable) throws -> EncodedPayload {
        if let obstacle { throw obstacle }
        var writer = JSONWriter(buffer: ByteBuffer())
        try PayloadCoding.encode(data, into: &writer)
        let isNull = writer.buffer.readableBytesView.elementsEqual("null".utf8)
        guard writer.buffer.readableBytes > 0, !isNull else { throw ClientError.invalidMessage }
        return EncodedPayload(bytes: writer.buffer, utf16Count: writer.utf16Count)
    }
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
