import Logging
import MessageWire
import NIOCore
import NetworkIO
import Pooling

/// Whoever opened a connection and hears what becomes of it.
protocol ServiceConnectionOwner: AnyObject {
    /// A request on the connection is over.
    func requestFinished(on connection: ServiceConnection, now: Int64)
    /// The connection's send buffer is above its limit, or below it again.
    func connectionSaturated(_ connection: ServiceConnection, _ isSaturated: Bool)
    /// Everything that waited for a slow service has left.
    func connectionDrained(_ connection: ServiceConnection)
    /// The connection is gone.
    func connectionClosed(_ connection: ServiceConnection)
    /// Something worth a line happened.
    func log(_ level: Logger.Level, _ message: Logger.Message, endpoint: Int, error: (any Error)?)
}

/// One TCP connection to one endpoint of a service: frames out, answers in.
///
/// In the way of a request it stands between the ``ConnectionPool``, which chose it, and the socket. Messages of one
/// loop tick are gathered in `out` and leave in one write; answers are matched by their id and handed to
/// their receivers as slices of the receive buffer.
///
/// Late answers (of requests that timed out or whose client went away) match no pending request and are dropped.
///
/// World: one event loop.
package final class ServiceConnection: ChannelInboundHandler, TickFlushable, PendingRequests, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the context's event loop only.
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    let id: ConnectionID
    let endpoint: Int
    private let owner: any ServiceConnectionOwner
    private let loop: EventLoopContext
    private let maxSendBuffer: Int
    /// Of the endpoint; the pool has it too.
    private let tally: EndpointTally
    private var decoder: PacketReader
    /// For requests and events; nil when they are written as NestJS writes them.
    private let packetWriter: PacketWriter?
    private let deserializer: (any PacketDeserializer)?
    /// Asked for each packet: an existential would be copied to find out that there is none.
    private let deserializes: Bool
    private var pending: PendingReplies
    /// The frames of a read, while it is worked off; used again.
    private var answers: [Answer] = []
    private var out: ByteBuffer?
    private var isDirty = false
    private var isSaturated = false
    /// What the channel said last.
    private var isWritable = true
    private var context: ChannelHandlerContext?
    private var isClosing = false
    /// The channels of the attempt to connect, while it is under way.
    private var attempts: [any Channel] = []
    /// Whether the attempt is of no use any more.
    private var isCancelled = false
    /// Why the connection is being closed, when it was us who closed it.
    private var closeReason = UpstreamFailure.lost

    init(
        id: ConnectionID, endpoint: Int, owner: any ServiceConnectionOwner, loop: EventLoopContext,
        tally: EndpointTally, frameLimits: FrameLimits, maxSendBuffer: Int, coding: PacketCoding
    ) {
        self.id = id
        self.endpoint = endpoint
        self.owner = owner
        self.loop = loop
        self.tally = tally
        self.maxSendBuffer = maxSendBuffer
        self.decoder = PacketReader(limits: frameLimits, framing: coding.framing)
        self.packetWriter = coding.writer
        self.deserializer = coding.deserializer
        self.deserializes = coding.deserializer != nil
        self.pending = PendingReplies(tick: loop.wheelTick(PendingReplies.wheelTick), now: loop.now)
    }

    // MARK: Out

    /// Puts a request into the buffer; it leaves at the end of the tick.
    ///
    /// - Returns: Its id; nil when the client's serializer refused it.
    func send(
        _ message: OutboundMessage, receiver: any ReplyReceiver, timeouts: ReplyTimeouts, now: Int64
    ) -> PacketID? {
        let packet = pending.insert(receiver, timeouts: timeouts, now: now)
        guard append(message, id: packet) else {
            _ = pending.take(packet)
            return nil
        }
        tally.counters.requests &+= 1
        // Nearly always the loop will wake before that anyway.
        loop.wake(at: pending.deadline(of: packet))
        return packet
    }

    /// Puts an event into the buffer; it leaves at the end of the tick.
    ///
    /// - Returns: False when the client's serializer refused it.
    func emit(_ message: OutboundMessage) -> Bool {
        guard append(message, id: nil) else { return false }
        tally.counters.events &+= 1
        return true
    }

    private func append(_ message: OutboundMessage, id: PacketID?) -> Bool {
        // Taken out and put back, so that the buffer stays unique and is written in place.
        var buffer = out.take() ?? loop.outputBuffers.take()
        if let packetWriter {
            do {
                try packetWriter.write(into: &buffer) { message.write(id: id, into: &$0) }
            } catch {
                if buffer.readableBytes > 0 { out = buffer } else { loop.outputBuffers.give(buffer) }
                owner.log(.error, "message not sent: its serializer refused it", endpoint: endpoint, error: error)
                return false
            }
        } else {
            message.write(id: id, into: &buffer)
        }
        let isTooFull = buffer.readableBytes > maxSendBuffer && !isSaturated
        out = buffer
        if !isDirty {
            isDirty = true
            loop.flushAtEndOfTick(self)
        }
        // Last: the owner may put further messages on this connection at once.
        if isTooFull {
            isSaturated = true
            owner.connectionSaturated(self, true)
        }
        return true
    }

    package func flushTick() {
        isDirty = false
        guard let context, isWritable, let buffer = out.take() else { return }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
        loop.outputBuffers.give(buffer)
        if isSaturated {
            isSaturated = false
            owner.connectionSaturated(self, false)
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard isWritable else { return }
        if !isDirty { flushTick() }
        owner.connectionDrained(self)
    }

    // MARK: In

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let received = unwrapInboundIn(data)
        decoder.received(received)
        let now = loop.now
        do {
            if decoder.stream == nil, !deserializes {
                try receiveFrames(now: now)
            } else {
                try receivePackets(now: now)
            }
        } catch {
            fail(error)
            return
        }
        decoder.reclaim()
        if decoder.isEmpty { loop.serviceReceiveBuffers.give(received) }
    }

    /// A read of NestJS's frames: first all of it is taken apart, then those that wait are told, one after the other. In turn, the
    /// code of either side would drive the other's out of the processor's first cache for each frame.
    private func receiveFrames(now: Int64) throws(MessageWireError) {
        var answers: [Answer] = []
        swap(&answers, &self.answers)
        defer {
            answers.removeAll(keepingCapacity: answers.capacity <= Self.keptAnswers)
            self.answers = answers
        }
        var failure: MessageWireError?
        do throws(MessageWireError) {
            while let frame = try decoder.next() {
                if let answer = try Answer(frame, in: decoder.frames.bytes) { answers.append(answer) }
            }
        } catch {
            failure = error
        }
        if !answers.isEmpty {
            // What was received before something wrong is good.
            let storage = decoder.frames.storage
            storage.withVeryUnsafeBytes { bytes in
                loop.lend(bytes) {
                    for answer in answers {
                        let json = UnsafeRawBufferPointer(rebasing: bytes[answer.frame])
                        tell(Reply(json: json, outcome: answer.outcome), of: answer.packet, now: now)
                    }
                }
            }
        }
        if let failure { throw failure }
    }

    /// Frames of one read that are remembered without a further allocation; more are taken for once.
    private static let keptAnswers = 4096

    /// What a frame says, and where it lies.
    private struct Answer {
        let packet: PacketID
        let frame: Range<Int>
        let outcome: ReplyEnvelope.Outcome

        /// - Returns: Nil for what is no answer to one of our requests.
        /// - Throws: What is wrong with the frame.
        init?(_ frame: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(MessageWireError) {
            guard let (packet, outcome) = try Answer.scan(UnsafeRawBufferPointer(rebasing: bytes[frame])) else {
                return nil
            }
            (self.packet, self.frame, self.outcome) = (packet, frame, outcome)
        }

        static func scan(
            _ json: UnsafeRawBufferPointer
        ) throws(MessageWireError) -> (PacketID, ReplyEnvelope.Outcome)? {
            guard let envelope = try ReplyEnvelope.scan(json), let id = envelope.id,
                let packet = PacketID(json: UnsafeRawBufferPointer(rebasing: json[id]))
            else { return nil }
            return (packet, envelope.outcome)
        }
    }

    /// A read of packets in another framing or another form: one after the other, since each lies in a buffer of its own.
    private func receivePackets(now: Int64) throws {
        while let range = try decoder.next() {
            let storage = decoder.stream?.packet ?? decoder.frames.storage
            try storage.withVeryUnsafeBytes { bytes in
                let json = UnsafeRawBufferPointer(rebasing: bytes[range])
                guard deserializes else { return try packetReceived(json, now: now) }
                try deserializer?.packet(in: json).withUnsafeReadableBytes { try packetReceived($0, now: now) }
            }
        }
    }

    private func packetReceived(_ json: UnsafeRawBufferPointer, now: Int64) throws(MessageWireError) {
        guard let (packet, outcome) = try Answer.scan(json) else { return }
        tell(Reply(json: json, outcome: outcome), of: packet, now: now)
    }

    /// Hands a reply to the one that waits for it. Nobody does when it comes late, or when another reply of the same read made
    /// its request forgotten.
    private func tell(_ reply: Reply, of packet: PacketID, now: Int64) {
        if reply.isLast {
            guard let receiver = pending.take(packet) else { return }
            tally.counters.latency.record(nanoseconds: now - pending.takenSentAt)
            if reply.isError { tally.counters.errorAnswers &+= 1 }
            owner.requestFinished(on: self, now: now)
            receiver.replyReceived(reply, now: now)
        } else {
            guard let receiver = pending.keep(packet, now: now) else { return }
            loop.wake(at: pending.deadline(of: packet))
            receiver.replyReceived(reply, now: now)
        }
    }

    private func fail(_ error: any Error) {
        switch error as? MessageWireError {
        case .frameTooLong, .bufferTooFull: closeReason = .answerTooLarge
        case .corruptedLength, .lengthTextTooLong, .lengthCutsCharacter, .badFraming, .notJSON, nil:
            closeReason = .badFrame
        }
        owner.log(.warning, "service sent a bad frame, connection closed", endpoint: endpoint, error: error)
        context?.close(promise: nil)
    }

    // MARK: Deadlines and giving up

    /// Forgets a request: its late answer will be dropped. Nothing is sent, the protocol has no cancel.
    func forget(_ packet: PacketID, now: Int64) {
        guard pending.take(packet) != nil else { return }
        owner.requestFinished(on: self, now: now)
    }

    /// Fails what has waited too long; returns when to look again.
    func deadlinesPassed(now: Int64) -> Int64? {
        for receiver in pending.expire(now: now) {
            tally.counters.failed(.timedOut)
            owner.requestFinished(on: self, now: now)
            receiver.replyFailed(.timedOut)
        }
        return pending.nextDeadline
    }

    /// Requests that wait for an answer here.
    var inFlight: Int { pending.count }

    /// Closes the connection behind what was written, as far as the service takes it within ``lingerTime``; what still waits for
    /// an answer is lost.
    func close() {
        guard let context, !isClosing else { return }
        isClosing = true
        flushTick()
        let backlog = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        guard out != nil || (backlog ?? 0) > 0 else { return context.close(promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(out.take() ?? ByteBuffer()), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingerTime) { self.context?.close(promise: nil) }
    }

    /// How long a service may take to read what was written before the connection was closed.
    private static let lingerTime = TimeAmount.seconds(2)

    // MARK: Life

    /// The channel, while it is open.
    var channel: (any Channel)? { context?.channel }

    /// The attempt to connect has ended with this channel. A name with several addresses had several channels tried at the
    /// same time, this handler in each of them; the others are of no interest.
    func opened(on channel: any Channel) {
        attempts = []
        context = try? channel.pipeline.syncOperations.context(handler: self)
    }

    /// The attempt to connect has ended without a channel.
    func attemptFailed() { attempts = [] }

    /// Ends the attempt to connect: at once, or when the name of the service is resolved. Its future fails then.
    func cancelAttempt() {
        isCancelled = true
        // Copied: each one that ends takes away the others.
        for channel in attempts { channel.close(promise: nil) }
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        attempts.append(context.channel)
        if isCancelled { context.channel.close(promise: nil) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        guard context === self.context else { return }
        self.context = nil
        let receivers = pending.takeAll()
        tally.counters.failed(closeReason, count: receivers.count)
        // First the pool: a receiver may send again at once, and not on this connection.
        owner.connectionClosed(self)
        for receiver in receivers { receiver.replyFailed(closeReason) }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSEvent.failed(let failure):
            // After our side of the handshake: a service that wants a certificate says so only now.
            owner.log(.warning, "service ended the TLS connection", endpoint: endpoint, error: failure)
        case ChannelEvent.inputClosed:
            // Nothing more comes, so nobody waiting here would ever be answered.
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        owner.log(.debug, "connection to service failed", endpoint: endpoint, error: error)
        context.close(promise: nil)
    }
}
