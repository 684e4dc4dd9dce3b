import HTTPWire
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// One client connection that speaks HTTP/2: bytes in, exchanges side by side, bytes out.
///
/// The counterpart of ``HTTP1Connection``: the same place in the way of a request, the same dispatcher, the same
/// exchanges. Frames and streams are ``HTTP2Session``'s matter; here is what needs a socket, a clock or the gateway's limits: which
/// body is wanted, what waits for how long, and when the connection ends.
///
/// A request without a body is dispatched from the decoder's own head, inside the read that brought it; a body that came in
/// one piece is put into its frame from the receive buffer.
///
/// ```
/// open -> (announced -> refusing ->) lingering -> closed
/// ```
///
/// World: one event loop.
final class HTTP2Connection: ChannelInboundHandler, ClientConnection, TickFlushable, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the worker's event loop only.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection is up to beside its streams.
    struct Flags: OptionSet {
        let rawValue: UInt16
        /// A flush at the end of this tick is due.
        static let dirty = Flags(rawValue: 1)
        /// The session writes into a buffer of this tick.
        static let lent = Flags(rawValue: 2)
        /// The client sent its FIN.
        static let inputClosed = Flags(rawValue: 4)
        /// Our FIN is sent; what still comes in is thrown away for a while, so that the client can read our last frames.
        static let lingering = Flags(rawValue: 8)
        /// The channel is being closed.
        static let closing = Flags(rawValue: 16)
        /// The client does not read: output waits in the channel.
        static let stalled = Flags(rawValue: 32)
        /// The client was told that the end is near.
        static let announced = Flags(rawValue: 64)
        /// The client was told which request was the last.
        static let refusing = Flags(rawValue: 128)
        /// Everything is said; the socket has not taken all of it.
        static let finishing = Flags(rawValue: 256)
        /// Bodies of answers lie in what a service has sent.
        static let borrowing = Flags(rawValue: 512)
    }

    let worker: GatewayWorker
    let session: HTTP2Session
    var context: ChannelHandlerContext?
    var flags: Flags = []
    /// Who the client is by its certificate.
    let tls: TLSFacts?

    /// The client's address, once somebody asked for it.
    var address = ClientAddress()
    /// Streams of whose bodies some came with this read.
    var grown: [HTTP2Stream] = []
    /// Requests that became whole in this read, those among them that still wait. Retained once: they are looked at twice.
    private var whole: [Unmanaged<HTTP2Stream>] = []
    /// Requests that are whole and wait until the client has read of its answers.
    var parked: [HTTP2Stream] = []
    /// Bytes of bodies of requests that are not whole.
    var unfinishedBodies = 0
    /// Requests that were begun.
    var requestCount = 0

    // MARK: Deadlines

    /// Place in the worker's table of connections.
    var handle = -1
    /// When the worker's wheel will look at this connection.
    var scheduledAt = Int64.max
    var listener = 0
    var spoken: SpokenProtocol { .http2 }
    /// When the connection as a whole must have moved on, `Int64.max` for never; nanoseconds. Streams have their own.
    var deadline = Int64.max
    /// When the head being read must be whole.
    var headDeadline = Int64.max
    /// When a connection without streams ends.
    var idleDeadline = Int64.max
    /// When no more requests are taken, once the end was announced.
    var refusalDeadline = Int64.max
    /// Bytes that waited in the channel when a stalled client was last looked at.
    var unread = Int.max
    /// What a lingering client's system had taken when it was last looked at, and since when.
    private var delivered: (bytes: UInt64, at: Int64) = (0, 0)

    init(worker: GatewayWorker, tls: TLSFacts? = nil) {
        self.worker = worker
        self.tls = tls
        self.session = HTTP2Session(
            limits: worker.settings.http2Limits, pool: worker.http2Streams, isSecure: tls != nil,
            now: worker.loop.now)
        session.driver = Driver(connection: Unmanaged.passUnretained(self))
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Another handler found out what the client speaks, and gave its place to this one.
        if context.channel.isActive && handle >= 0 { begin() }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard worker.add(self) else {
            context.close(promise: nil)
            return
        }
        begin()
    }

    private func begin() {
        updateDeadlines(now: worker.loop.now)
        markDirty()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        flags.insert(.closing)
        worker.remove(self)
        session.abandon()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            if let client = event as? ProxiedClient { address = ClientAddress(client.address) }
            context.fireUserInboundEventTriggered(event)
            return
        }
        flags.insert(.inputClosed)
        guard !flags.contains(.lingering) else { return close() }
        guard !flags.contains(.finishing) else { return }
        // What was asked for is answered; a request that is not whole never will be.
        for stream in session.streams where !stream.isRequestWhole { session.reset(stream, .cancel) }
        markDirty()
    }

    /// Ends the connection now, whatever is still to be written.
    func close() {
        flags.insert(.closing)
        context?.close(promise: nil)
    }

    /// The gateway is stopping: the client is told, and what it has asked for by then is answered.
    func drain() { announceEnd() }

    /// Asks the client to open another connection for what comes next.
    func announceEnd() {
        guard !flags.contains(.announced), !session.isOver else { return }
        flags.insert(.announced)
        session.announceEnd()
        refusalDeadline = worker.loop.now + worker.settings.drainIdleTime
        updateDeadlines(now: worker.loop.now)
        markDirty()
    }

    /// From now on requests that come are not taken; the client knows which.
    func refuseFurtherRequests() {
        guard flags.contains(.announced), !flags.contains(.refusing) else { return }
        flags.insert(.refusing)
        refusalDeadline = .max
        session.refuseFurtherRequests()
        markDirty()
    }

    // MARK: Bytes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let received = unwrapInboundIn(data)
        defer { worker.loop.clientReceiveBuffers.give(received) }
        guard flags.isDisjoint(with: [.lingering, .closing, .finishing]) else { return }
        let now = worker.loop.now
        received.withUnsafeReadableBytes { session.receive($0, now: now) }
        beginWhole()
        keepBodies()
        if session.isOver || session.wantsWrite { markDirty() }
        updateDeadlines(now: now)
    }

    /// A request is whole: it is begun when all of the read is taken apart, with the others, and sent when those are begun. Between two
    /// requests the code of one step would drive that of another out of the processor's first cache.
    func awaitEndOfRead(_ stream: HTTP2Stream) {
        stream.isWaiting = true
        whole.append(.passRetained(stream))
    }

    private func beginWhole() {
        var index = 0
        while index < whole.count {
            // Few enough to be in the caches from one step to the next.
            let group = index..<min(index + Self.groupSize, whole.count)
            index = group.upperBound
            var isAnyLeft = false
            for place in group {
                whole[place]._withUnsafeGuaranteedRef { stream in
                    // It may have been closed since, and even be another request's by now, which stands here once more.
                    guard stream.isWaiting, stream.exchange == nil else { return }
                    if begin(stream) { isAnyLeft = true } else { stream.isWaiting = false }
                }
            }
            for place in group {
                whole[place]._withUnsafeGuaranteedRef { stream in
                    guard isAnyLeft, stream.isWaiting else { return }
                    stream.isWaiting = false
                    carryOut(stream)
                }
                whole[place].release()
            }
        }
        whole.removeAll(keepingCapacity: whole.capacity <= 64)
    }

    private static let groupSize = 32

    /// The receive buffer goes back to the loop: what is still needed of bodies is copied, and the client may send more of those that
    /// are not whole.
    private func keepBodies() {
        guard !grown.isEmpty else { return }
        for stream in grown {
            stream.hasGrown = false
            if !stream.piece.isEmpty { keepPiece(stream) }
            if !stream.isRequestWhole { openWindow(of: stream) }
        }
        grown.removeAll(keepingCapacity: true)
    }

    func keepPiece(_ stream: HTTP2Stream) {
        guard !stream.piece.isEmpty else { return }
        let announced = min(stream.head.contentLength ?? 0, stream.bodyLimit)
        var body = ByteBufferAllocator().buffer(capacity: max(stream.piece.count, min(announced, 64 * 1024)))
        body.writeBytes(stream.piece)
        stream.body = body
        stream.piece = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    // MARK: Bytes out

    /// Sees to it that output leaves at the end of the tick, and that answers are written straight into it until then.
    func markDirty() {
        guard !flags.contains(.dirty) else { return }
        flags.insert(.dirty)
        worker.loop.flushAtEndOfTick(self)
        lendOutput()
    }

    private func lendOutput() {
        guard !flags.contains(.stalled), !flags.contains(.lent), !flags.contains(.closing) else { return }
        flags.insert(.lent)
        session.lendOutput(worker.loop.outputBuffers.take(), upTo: worker.settings.maxOutputAhead)
    }

    func flushTick() {
        flags.remove(.dirty)
        guard let context, flags.isDisjoint(with: [.closing, .lingering, .finishing]) else { return }
        lendOutput()
        while flags.contains(.lent) {
            flags.remove(.lent)
            let buffer = session.takeOutput()
            if buffer.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(buffer), promise: nil) }
            worker.loop.outputBuffers.give(buffer)
            if session.hasMoreOutput { lendOutput() }
        }
        guard !flags.contains(.closing) else { return }
        if !parked.isEmpty { resumeParked() }
        if session.isOver || (flags.contains(.inputClosed) && session.streams.isEmpty) {
            finishConnection(context)
        } else {
            updateDeadlines(now: worker.loop.now)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else {
            flags.insert(.stalled)
            noteUnread()
            deadline = .max
            updateDeadlines(now: worker.loop.now)
            return
        }
        flags.remove(.stalled)
        guard flags.isDisjoint(with: [.lingering, .finishing]) else { return }
        markDirty()
        lendOutput()
    }

    /// Everything is said: ends our direction, and gives the client a moment to read it.
    private func finishConnection(_ context: ChannelHandlerContext) {
        flags.insert(.finishing)
        noteUnread()
        deadline = .max
        updateDeadlines(now: worker.loop.now)
        // Completes behind all that was written before.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.linger() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    /// Our system has everything; the client's last bytes to us must not make it reset the connection before it has delivered it.
    private func linger() {
        guard let context, !flags.contains(.closing) else { return }
        guard !flags.contains(.inputClosed), context.channel.isActive else { return close() }
        flags.insert(.lingering)
        delivered = (DeliveryState(of: context.channel).acknowledged, worker.loop.now)
        deadline = worker.loop.now + worker.settings.lingerTimeout
        if deadline < scheduledAt, handle >= 0 { worker.schedule(self, at: deadline) }
        context.close(mode: .output, promise: nil)
    }

    /// Whether our system still holds something for a lingering client, of which the client's took some within the idle time-out.
    ///
    /// It takes it in large steps, since the systems agree on windows of megabytes.
    func isStillDelivering(now: Int64) -> Bool {
        guard let context else { return false }
        let state = DeliveryState(of: context.channel)
        if state.acknowledged != delivered.bytes { delivered = (state.acknowledged, now) }
        return !state.isDelivered && now - delivered.at < worker.settings.idleTimeout
    }

    /// Notes how much of the output the client has not taken.
    func noteUnread() {
        unread = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? .max
    }
}
