import Logging
import MessageWire
import NIOCore
import NetworkIO

/// What the channel says.
extension ServerConnection {
    func channelActive(context: ChannelHandlerContext) {
        channelContext = context
        guard let place = loop.add(self) else {
            phase = .closed
            context.close(promise: nil)
            return
        }
        self.place = place
        phase = .active
        loop.monitor.report(.connection(peer.address))
        do {
            try setWaterMarks()
        } catch {
            log(.debug, "connection lost", ["error": "\(error)"])
            closeNow()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard phase == .active else {
            loop.context.clientReceiveBuffers.give(buffer)
            return
        }
        decoder.received(buffer)
        process()
    }

    func read(context: ChannelHandlerContext) {
        if phase == .active, !hasRoom {
            isReadWanted = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard phase == .active || phase == .halfClosed else { return }
        if isWritable {
            loop.cancelDeadline(place, .send)
            loop.monitor.report(.drain(peer.address))
            markDirty()
        } else {
            watchBacklog()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        peerHasFinished = true
        switch phase {
        case .active:
            if hasWaitingPackets {
                takesWhatCame = true
                process()
                guard phase == .active else { return }
            }
            phase = .halfClosed
            markDirty()
        case .lingering:
            if backlog == 0 { closeNow() }
        case .new, .halfClosed, .closed:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        log(.debug, "connection lost", ["error": "\(error)"])
        loop.monitor.report(.error(error, peer: peer.address))
        closeNow()
    }

    func channelInactive(context: ChannelHandlerContext) {
        phase = .closed
        channelContext = nil
        output = nil
        decoder = loop.makeReader(limits.frames)
        abandonAll()
        guard place >= 0 else { return }
        loop.remove(place)
        place = -1
    }

    // MARK: Deadlines and limits

    func deadlinePassed(_ kind: ServerLoop.DeadlineKind) {
        switch (kind, phase) {
        case (.receive, .active):
            hasReceiveDeadline = false
            log(
                .warning, "connection ended: a message was begun and not finished in time",
                ["receivedBytes": "\(decoder.pendingBytes)"])
            sendFIN()
        case (.receive, .lingering):
            closeNow()
        case (.send, .active), (.send, .halfClosed), (.send, .lingering):
            guard backlog >= sendMark else { return watchBacklog() }
            log(.warning, "connection closed: the peer does not read its answers", ["waitingBytes": "\(sendMark)"])
            closeNow()
        case (_, .new), (.receive, .halfClosed), (_, .closed):
            break
        }
    }

    func watchBacklog() {
        sendMark = backlog
        guard let timeout = limits.options.sendTimeout else { return }
        loop.setDeadline(place, .send, after: timeout)
    }

    /// Closes when far too much waits for the peer.
    func checkBacklog() {
        let waiting = backlog
        guard waiting > limits.options.maxSendBufferSize else { return }
        closeOverfull(waiting)
    }

    func closeOverfull(_ waiting: Int) {
        log(.warning, "connection closed: too many bytes wait for the peer", ["waitingBytes": "\(waiting)"])
        closeNow()
    }

    // MARK: Reading

    /// Goes on with packets that waited, and with reading.
    func resume() {
        guard phase == .active, hasRoom else { return }
        if !decoder.isEmpty { process() }
        readIfWanted()
    }

    func readIfWanted() {
        guard isReadWanted, phase != .active || hasRoom else { return }
        isReadWanted = false
        channelContext?.read()
    }
}
