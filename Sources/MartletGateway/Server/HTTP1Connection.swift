import HTTPWire
import NIOCore
import NetworkIO
import Pipeline

/// One client connection that speaks HTTP/1.1: bytes in, exchanges, bytes out, in order.
///
/// In the way of a request it comes right after the listener. It is the connection's only channel handler and works on the
/// bytes of the receive buffer: a request that arrived whole is parsed, routed and put on the service's connection
/// without a copy of its head. What arrived in part is kept until the rest comes.
///
/// Requests may be pipelined. Up to `pipelined` of them are in flight; their answers leave in the order of the requests,
/// an early one waits in its exchange. At the bound, or while the client does not read its answers, no further request is
/// read.
///
/// An idle connection owns no buffers.
///
/// World: one event loop.
final class HTTP1Connection: ChannelInboundHandler, RemovableChannelHandler, ClientConnection, TickFlushable,
    @unchecked Sendable
{
    // Invariant for `@unchecked Sendable`: everything is touched on the worker's event loop only.
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection is up to beside its exchanges.
    struct Flags: OptionSet {
        let rawValue: UInt16
        /// A flush at the end of this tick is due.
        static let dirty = Flags(rawValue: 1)
        /// No further request is taken; the connection ends after the answers that are owed.
        static let lastRequest = Flags(rawValue: 2)
        /// The client sent its FIN.
        static let inputClosed = Flags(rawValue: 4)
        /// Our answer is out and our FIN sent; what still comes in is thrown away for a while, so that the client can read
        /// the answer before its unread bytes make the system reset the connection.
        static let lingering = Flags(rawValue: 8)
        /// Something of the client's was left unread: linger when closing.
        static let unreadInput = Flags(rawValue: 16)
        /// Reading from the socket is switched off.
        static let paused = Flags(rawValue: 32)
        /// `100 Continue` is owed as soon as earlier answers are out.
        static let owesContinue = Flags(rawValue: 64)
        /// The channel is being closed.
        static let closing = Flags(rawValue: 128)
        /// The client does not read: output waits in the channel.
        static let stalled = Flags(rawValue: 256)
        /// The time allowed for the head that has begun runs.
        static let readingHead = Flags(rawValue: 512)
        /// A stream that is not yet allowed to write has gathered too much.
        static let overrun = Flags(rawValue: 1024)
        /// Nothing was read yet, and the listener speaks HTTP/2 too: the first bytes may be its preface.
        static let mayBecomeHTTP2 = Flags(rawValue: 2048)
        /// They were.
        static let isHTTP2 = Flags(rawValue: 4096)
    }

    let worker: GatewayWorker
    var context: ChannelHandlerContext?
    var flags: Flags = []
    var parser: HTTP1RequestParser

    /// Who the client is by its certificate.
    let tls: TLSFacts?
    /// The client's address, once somebody asked for it.
    var address = ClientAddress()
    /// Requests that the connection may still carry.
    var requestsLeft: Int

    // MARK: The request being read

    /// Bytes of the request being read and of those behind it; `nil` when all was consumed.
    var inbound: ByteBuffer?
    /// The decoded body of a chunked request.
    var chunkedBody: ByteBuffer?
    /// Size of the head, zero until it is whole.
    var headCount = 0
    /// Bytes of the request that were consumed: the head and what was read of the body.
    var readCount = 0
    /// What was found out when it was admitted by its head.
    var admitted: Admitted?
    /// The bytes of the request for the length of a call; see ``HTTP1Connection+Fields``.
    var requestBytes = UnsafeRawBufferPointer(start: nil, count: 0)

    // MARK: The exchanges

    /// The oldest exchange without a whole answer: it may write.
    var current: Exchange?
    /// Those behind it, in order.
    var later: [Exchange] = []
    /// Output of this tick.
    var out: ByteBuffer?
    /// Bytes of answers that wait for earlier ones.
    var heldBytes = 0

    // MARK: Deadlines

    /// Place in the worker's table of connections.
    var handle = -1
    /// When something must have happened, `Int64.max` for never; nanoseconds.
    var deadline = Int64.max
    /// When the worker's wheel will look at this connection.
    var scheduledAt = Int64.max
    var listener = 0
    var spoken: SpokenProtocol { .http1 }
    /// When the body's first byte was awaited, for the minimum rate.
    var bodySince: Int64 = 0
    /// Bytes that waited in the channel when a stalled client was last looked at.
    var unread = Int.max

    /// - Parameters:
    ///   - worker: Of the loop that accepted the connection.
    ///   - acceptsHTTP2: Whether HTTP/2's preface is taken as such.
    ///   - tls: What is known of the client by its TLS connection; `nil` without TLS.
    init(worker: GatewayWorker, acceptsHTTP2: Bool = false, tls: TLSFacts? = nil) {
        self.worker = worker
        self.tls = tls
        self.parser = HTTP1RequestParser(limits: worker.settings.httpLimits)
        self.requestsLeft = worker.settings.maxRequestsPerConnection
        if acceptsHTTP2 { flags.insert(.mayBecomeHTTP2) }
    }

    var inFlight: Int { (current == nil ? 0 : 1) + later.count }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        // Another handler saw the handshake through, and gave its place to this one.
        if context.channel.isActive && handle >= 0 { setDeadline(worker.loop.now + worker.idleTime) }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard worker.add(self) else {
            flags.insert(.lastRequest)
            refuseConnection(context)
            return
        }
        setDeadline(worker.loop.now + worker.idleTime)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        flags.insert(.closing)
        worker.remove(self)
        inbound = nil
        out = nil
        let abandoned = [current].compactMap { $0 } + later
        current = nil
        later = []
        for exchange in abandoned { exchange.clientGone() }
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
        // Whatever was asked for is still answered; a request that is not whole never will be.
        if flags.contains(.lingering) { close() } else { resume() }
    }

    /// Over the limit of connections: one answer without reading the request, then the end.
    private func refuseConnection(_ context: ChannelHandlerContext) {
        var buffer = worker.loop.outputBuffers.take()
        buffer.writeImmutableBuffer(worker.tooManyConnections)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        context.close(promise: nil)
    }

    /// Ends the connection now, whatever is still to be written.
    func close() {
        flags.insert(.closing)
        context?.close(promise: nil)
    }

    /// The gateway is stopping: every answer is the last one from now on. A request whose body is being read, or that is on
    /// its way just now, is answered; a connection without one ends soon, and so does one whose head does not come.
    func drain() {
        guard headCount == 0, !flags.contains(.lastRequest) else { return }
        if !parser.isIdle || (current == nil && inbound == nil) { setDeadline(worker.loop.now + worker.idleTime) }
    }

    // MARK: Deadlines

    /// Sets when something must have happened. Moving it later costs one store.
    ///
    /// While the client does not read, only that counts.
    func setDeadline(_ time: Int64) {
        guard !flags.contains(.stalled) else { return }
        deadline = time
        if time < scheduledAt, handle >= 0 { worker.schedule(self, at: time) }
    }

    /// The worker's wheel has come to this connection's time.
    func deadlinePassed(now: Int64) {
        scheduledAt = .max
        guard deadline <= now else {
            if deadline != .max { worker.schedule(self, at: deadline) }
            return
        }
        deadline = .max
        if flags.contains(.lingering) {
            // The client does not close.
            close()
        } else if flags.contains(.stalled) || flags.contains(.closing) {
            unreadOutput(now: now)
        } else if headCount > 0 {
            // Behind answers that are still owed, if there are any.
            let pending = inbound.take() ?? ByteBuffer()
            pending.withUnsafeReadableBytes { bytes in
                requestBytes = bytes
                refuse(.bodyTimeout)
                requestBytes = UnsafeRawBufferPointer(start: nil, count: 0)
            }
        } else if !parser.isIdle {
            refuse(.headerTimeout)
        } else if current == nil {
            close()
        }
    }

    /// The client has not read all of its answers in the time allowed. It is given more as long as it reads a KiB each
    /// second, as one that sends a body is.
    private func unreadOutput(now: Int64) {
        let before = unread
        noteUnread()
        guard before < .max, before - unread >= worker.settings.leastRead else { return close() }
        deadline = now + worker.settings.idleTimeout
        if handle >= 0 { worker.schedule(self, at: deadline) }
    }

    /// Notes how much of the output the client has not taken.
    func noteUnread() {
        unread = (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? .max
    }
}
