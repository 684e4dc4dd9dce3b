import Logging
import MessageWire
import NIOCore
import NetworkIO

/// One connection of a message server: cuts what comes in into packets, starts their handlers, and gathers the answers of
/// a tick in one write.
///
/// It stops reading while as many handlers run as allowed, and while the peer does not take its answers. A peer that breaks
/// the protocol is disconnected as NestJS does it: FIN, and whatever was still to be answered is thrown away.
///
/// World: one event loop.
final class ServerConnection: ChannelDuplexHandler, TickFlushable, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the channel's event loop only.

    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How far the connection is.
    enum Phase {
        /// Before it is open; to `active`, or `closed` when it is refused.
        case new
        /// Packets are handled; to all that follow.
        case active
        /// The peer has sent FIN: what gets ready within this tick is still sent; to `lingering` or `closed`.
        case halfClosed
        /// Our FIN follows what is still to be sent; what comes in is thrown away until the peer's FIN or a deadline; to
        /// `closed`.
        case lingering
        case closed
    }

    let loop: ServerLoop
    let peer: PeerInfo
    let limits: ServerLimits
    private let channel: any Channel
    var phase = Phase.new
    var channelContext: ChannelHandlerContext?
    /// Our number with the loop.
    var place = -1

    var decoder: PacketReader
    var isProcessing = false
    /// Whether the channel wanted to read while reading was stopped.
    var isReadWanted = false
    var hasReceiveDeadline = false

    /// Answers of this tick.
    var output: ByteBuffer?
    var isDirty = false
    var isWritable = true
    /// What was waiting in the channel when the send deadline was set.
    var sendMark = 0
    /// Whether a stream may be waiting for the peer.
    var hasWaiters = false
    /// Streams with a value held back until the end of the tick.
    private var holders: [Exchange] = []

    /// Handlers started and not ended.
    private(set) var inFlight = 0
    /// Those among them that did not end at once.
    private var active: [Exchange] = []
    private var isDraining = false
    /// Whether whole packets wait until there is room.
    var hasWaitingPackets = false
    /// Whether they do not wait for room: the peer has finished, and what it sent before is handled as NestJS does it.
    var takesWhatCame = false
    /// Bytes of values that streams hold back until the end of the tick.
    private var heldBytes = 0
    /// Whether more has been said in this tick than may ever wait for a peer; it is not kept, and the connection closes.
    private(set) var isOverfull = false
    /// Whether no further packet is looked at, since the service stops soon.
    private var takesNoMore = false
    /// Whether the peer's FIN has come.
    var peerHasFinished = false
    private var hadLastRound = false

    init(loop: ServerLoop, channel: any Channel, peer: PeerInfo) {
        self.loop = loop
        self.channel = channel
        self.peer = peer
        self.limits = loop.options.limits
        self.decoder = loop.makeReader(limits.frames)
    }

    // MARK: Exchanges

    /// Whether more handlers may be started now.
    var hasRoom: Bool { inFlight < limits.maxHandlersInFlight && !isCongested && !takesNoMore }

    func started() {
        inFlight += 1
        loop.exchangeStarted()
    }

    /// Keeps an exchange whose handler did not end at once, so that it can be cancelled.
    func track(_ exchange: Exchange) {
        exchange.index = active.count
        active.append(exchange)
    }

    func ended(_ exchange: Exchange) {
        inFlight -= 1
        let index = exchange.index
        if index >= 0, let last = active.popLast(), last !== exchange {
            active[index] = last
            last.index = index
        }
        // Packets may be waiting for the place that got free; a draining connection may be at its end.
        if inFlight == limits.maxHandlersInFlight - 1 || isDraining { markDirty() }
    }

    func holdsValue(_ exchange: Exchange, bytes: Int) {
        heldBytes += bytes
        if heldBytes > limits.options.maxSendBufferSize { isOverfull = true }
        holders.append(exchange)
        markDirty()
    }

    /// Nobody waits for the running handlers any more.
    func abandonAll() {
        let abandoned = active
        active.removeAll()
        holders.removeAll()
        inFlight = 0
        for exchange in abandoned { exchange.abandon() }
    }

    // MARK: Answers

    /// Writes a value as an answer.
    ///
    /// - Returns: False when the transport's serializer refused it and the exchange was ended with an error instead.
    @discardableResult
    func writeReply(id: [UInt8]?, value: UnsafeRawBufferPointer, units: Int, isLast: Bool) -> Bool {
        write(.value(FrameEncoder.Text(value, units: units), isLast: isLast), id: id)
    }

    /// Writes an error as the last answer.
    func writeError(id: [UInt8]?, value: UnsafeRawBufferPointer, units: Int) {
        write(.error(FrameEncoder.Text(value, units: units)), id: id)
    }

    /// Writes the end of the answers.
    func writeCompletion(id: [UInt8]?) {
        write(.completed, id: id)
    }

    @discardableResult
    private func write(_ reply: FrameEncoder.Reply, id: [UInt8]?) -> Bool {
        guard let id, phase == .active || phase == .halfClosed, !isOverfull else { return true }
        var buffer = takeOutput()
        var isWritten = true
        if let writer = loop.packetWriter {
            isWritten = id.withUnsafeBytes { id in
                let id = FrameEncoder.Text(counting: id)
                return write(id, writer, into: &buffer) { FrameEncoder.reply(reply, id: id, into: &$0) }
            }
        } else {
            id.withUnsafeBytes { FrameEncoder.reply(reply, id: FrameEncoder.Text(counting: $0), into: &buffer) }
        }
        if buffer.readableBytes > limits.options.maxSendBufferSize { isOverfull = true }
        output = buffer
        markDirty()
        return isWritten
    }

    /// Writes the answer to a request that nobody handles.
    func writeNoHandler(id: [UInt8]) {
        guard phase == .active, !isOverfull else { return }
        var buffer = takeOutput()
        id.withUnsafeBytes { id in
            let id = FrameEncoder.Text(counting: id)
            guard let writer = loop.packetWriter else { return FrameEncoder.noHandler(id: id, into: &buffer) }
            write(id, writer, into: &buffer) { FrameEncoder.noHandler(id: id, into: &$0) }
        }
        output = buffer
        markDirty()
    }

    /// The output buffer, out of its place so that writing to it does not copy it.
    private func takeOutput() -> ByteBuffer {
        guard let buffer = output else { return loop.context.outputBuffers.take() }
        output = nil
        return buffer
    }

    func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        loop.context.flushAtEndOfTick(self)
    }

    // MARK: The end of the tick

    func flushTick() {
        isDirty = false
        guard phase == .active || phase == .halfClosed else { return }
        flushOutput()
        switch phase {
        case .active:
            if isDraining, inFlight == 0, !hasWaitingPackets || takesNoMore {
                sendFIN()
            } else {
                resumeWaiters()
                resume()
            }
        case .halfClosed:
            // Handlers that are ready to go on in this tick may do so first.
            guard hadLastRound else {
                hadLastRound = true
                return markDirty()
            }
            sendFIN()
        case .new, .lingering, .closed:
            break
        }
    }

    private func flushOutput() {
        for exchange in holders { exchange.writeHeld() }
        holders.removeAll(keepingCapacity: true)
        heldBytes = 0
        if isOverfull { return closeOverfull(output?.readableBytes ?? 0) }
        guard let buffer = output, let channelContext else { return }
        output = nil
        let wasWritable = isWritable
        channelContext.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        loop.context.outputBuffers.give(buffer)
        isWritable = channel.isWritable
        guard !isWritable else { return }
        // What the socket took at once does not count as taken by the peer.
        if wasWritable { sendMark = backlog }
        checkBacklog()
    }

    // MARK: The end of the connection

    /// Begins to close: at once when nothing runs, else when the last handler has answered.
    func beginDraining() {
        isDraining = true
        if phase == .active { markDirty() }
    }

    /// Lets what runs come to its end, and starts nothing more.
    func stopTaking() {
        takesNoMore = true
    }

    /// Sends FIN behind what was written, and throws away what comes in from now on. Answers not yet written are lost.
    func sendFIN() {
        guard phase == .active || phase == .halfClosed, let channelContext else { return }
        phase = .lingering
        dropOutput()
        abandonAll()
        loop.cancelDeadline(place, .receive)
        if backlog > 0 { watchBacklog() }
        let sent = channelContext.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { [self] _ in finWasSent() }
        if peerHasFinished {
            // SwiftNIO would close at once, with what is still to be sent; an empty write completes behind all of it.
            channelContext.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: sent)
        } else {
            channelContext.close(mode: .output, promise: sent)
        }
        // Unread bytes at close would make the system send RST, which can overtake answers on their way.
        readIfWanted()
    }

    private func finWasSent() {
        guard phase == .lingering else { return }
        loop.cancelDeadline(place, .send)
        if peerHasFinished {
            closeNow()
        } else {
            loop.setDeadline(place, .receive, after: Self.lingerTime)
        }
    }

    /// Closes the socket in both directions.
    func closeNow() {
        guard phase != .closed else { return }
        phase = .closed
        dropOutput()
        abandonAll()
        channelContext?.close(promise: nil)
    }

    private func dropOutput() {
        guard let buffer = output else { return }
        output = nil
        loop.context.outputBuffers.give(buffer)
    }

    /// How long a peer has to answer our FIN with its own.
    private static let lingerTime = Duration.seconds(2)

    /// Logs what a peer does wrong; only now and then when peers do it all the time.
    func complain(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        loop.complain(message, metadata: metadata.merging(whose) { own, _ in own })
    }

    func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
        loop.logger.log(level: level, message, metadata: metadata.merging(whose) { own, _ in own })
    }

    /// What every line about the connection says.
    private var whose: Logger.Metadata { ["peer": "\(peer.name)", "connection": "\(peer.connectionID)"] }

    /// Lets waiting streams go on when the peer has taken enough.
    func resumeWaiters() {
        guard hasWaiters, !isCongested else { return }
        hasWaiters = false
        for exchange in active { exchange.resumeWaiter() }
    }

    /// Whether the peer is too far behind for more answers.
    var isCongested: Bool {
        !isWritable || output.map { $0.readableBytes >= limits.options.sendBufferPauseSize } ?? false
    }

    /// Bytes written and not yet taken by the peer's socket.
    var backlog: Int {
        (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// Sets the marks at which the channel stops and starts to be writable.
    func setWaterMarks() throws {
        let high = max(limits.options.sendBufferPauseSize, 2)
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: high / 2, high: high))
        isWritable = channel.isWritable
    }
}
