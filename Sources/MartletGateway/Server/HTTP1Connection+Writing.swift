import HTTPWire
import NIOCore
import NetworkIO

/// Bytes out: from exchanges to the socket, in the order of the requests.
extension HTTP1Connection: ResponseSink {
    func enqueue(_ exchange: Exchange) {
        if current == nil { current = exchange } else { later.append(exchange) }
    }

    func sendContinueIfOwed() {
        guard flags.contains(.owesContinue), current == nil else { return }
        flags.remove(.owesContinue)
        withOutput { HTTP1ResponseSerializer.writeContinue(into: &$0) }
    }

    // MARK: What exchanges say

    func respondJSON(_ exchange: Exchange, body: UnsafeRawBufferPointer) {
        guard mayHold(body.count) else { return exchange.dispatcher.answer(exchange, with: .clientTooSlow) }
        guard exchange.minorVersion == 1, !worker.isDraining, !flags.contains(.lastRequest) || !exchange.keepAlive
        else {
            return respond(exchange, AnswerHead(status: 200, contentType: .json), body: body)
        }
        let (isHead, closes) = (exchange.isHead, !exchange.keepAlive)
        write(for: exchange) { out in
            exchange.withRequestID { text in
                HTTP1ResponseSerializer.writeJSONHead(
                    contentLength: body.count, date: worker.date, requestID: text,
                    isSecure: tls != nil, closes: closes, into: &out)
            }
            if !isHead { out.writeBytes(body) }
        }
        if closes { endAfter(exchange) }
        exchange.status = 200
        exchange.bytesOut = isHead ? 0 : body.count
        finish(exchange)
    }

    func respond(_ exchange: Exchange, _ head: AnswerHead, body: UnsafeRawBufferPointer) {
        guard mayHold(body.count) else { return exchange.dispatcher.answer(exchange, with: .clientTooSlow) }
        writeHead(exchange, head, framing: .length(body.count))
        if !exchange.isHead && head.status != 204 && head.status != 304 {
            write(for: exchange) { $0.writeBytes(body) }
            exchange.bytesOut = body.count
        }
        finish(exchange)
    }

    func beginStream(_ exchange: Exchange, _ head: AnswerHead) {
        if exchange.minorVersion == 0 { endAfter(exchange) }
        writeHead(exchange, head, framing: exchange.minorVersion == 0 ? .untilClose : .chunked)
    }

    func stream(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer) {
        guard !exchange.isHead, !bytes.isEmpty else { return }
        exchange.bytesOut += bytes.count
        let isChunked = exchange.minorVersion != 0
        write(for: exchange) { out in
            if isChunked {
                HTTP1ResponseSerializer.writeChunk(bytes, into: &out)
            } else {
                out.writeBytes(bytes)
            }
        }
    }

    func endStream(_ exchange: Exchange, isComplete: Bool) {
        if isComplete {
            if exchange.minorVersion != 0 && !exchange.isHead {
                write(for: exchange) { HTTP1ResponseSerializer.writeLastChunk(into: &$0) }
            }
        } else {
            // No last chunk: the client sees that the body was broken off.
            endAfter(exchange)
        }
        finish(exchange)
    }

    var clientAddress: String { address.text(of: context?.channel) }

    private func writeHead(_ exchange: Exchange, _ head: AnswerHead, framing: HTTP1ResponseHead.Framing) {
        // While the gateway stops, the first answer with no request behind it (not even one in part) is the last.
        let endsHere = flags.contains(.lastRequest) || (worker.isDraining && inbound == nil && headCount == 0)
        let isLast =
            !exchange.keepAlive || (endsHere && later.last.map { $0 === exchange } ?? (current === exchange))
        exchange.status = head.status
        let wire = HTTP1ResponseHead(
            status: head.status, contentType: head.contentType, framing: framing,
            connection: isLast ? .close : exchange.minorVersion == 0 ? .keepAlive : .persistent, fields: head.fields)
        write(for: exchange) { out in
            exchange.withRequestID { text in
                HTTP1ResponseSerializer.writeHead(
                    wire, date: worker.date, requestID: text, isSecure: tls != nil, into: &out)
            }
        }
        if isLast { endAfter(exchange) }
    }

    /// This exchange is the connection's last one; those that were begun behind it are not answered.
    private func endAfter(_ exchange: Exchange) {
        exchange.keepAlive = false
        flags.insert(.lastRequest)
    }

    // MARK: Order

    /// Whether a body may be held for the client, with what it has not read before. Small ones always may.
    private func mayHold(_ count: Int) -> Bool {
        guard count > AnswerHead.alwaysHeldBytes else { return true }
        let waiting = heldBytes + (out?.readableBytes ?? 0) + (flags.contains(.stalled) ? min(unread, 1 << 40) : 0)
        return waiting == 0 || waiting < worker.settings.maxHeldAnswers
    }

    /// Lets an exchange write: into the connection's output when it is its turn, else into its own buffer.
    private func write(for exchange: Exchange, _ body: (inout ByteBuffer) -> Void) {
        if exchange === current {
            withOutput(body)
        } else {
            // Taken and put back, so that the buffer stays unique.
            var held = exchange.held.take() ?? worker.loop.outputBuffers.take()
            let before = held.readableBytes
            body(&held)
            heldBytes += held.readableBytes - before
            if exchange.isStreaming && held.readableBytes > worker.settings.maxUnreadOutput && !flags.contains(.overrun)
            {
                flags.insert(.overrun)
                markDirty()
            }
            exchange.held = held
        }
    }

    private func withOutput(_ body: (inout ByteBuffer) -> Void) {
        var buffer = out.take() ?? worker.loop.outputBuffers.take()
        body(&buffer)
        out = buffer
        markDirty()
    }

    /// An exchange has said everything.
    private func finish(_ exchange: Exchange) {
        exchange.isFinished = true
        guard exchange === current else { return }
        var isLast = false
        while let done = current, done.isFinished {
            isLast = !done.keepAlive
            current = nil
            worker.give(done)
            if isLast { break }
            guard !later.isEmpty else { break }
            let next = later.removeFirst()
            current = next
            if let held = next.held.take() {
                heldBytes -= held.readableBytes
                withOutput { $0.writeImmutableBuffer(held) }
                worker.loop.outputBuffers.give(held)
            }
        }
        if isLast {
            let rest = later
            later = []
            for exchange in rest { exchange.clientGone() }
        }
        markDirty()
    }

    func markDirty() {
        guard !flags.contains(.dirty) else { return }
        flags.insert(.dirty)
        worker.loop.flushAtEndOfTick(self)
    }

    // MARK: The end of the tick

    func flushTick() {
        flags.remove(.dirty)
        guard let context, !flags.contains(.closing) else { return }
        // A stream that has to wait for its turn is broken off rather than gathered without end.
        guard !flags.contains(.overrun) else { return close() }
        sendContinueIfOwed()
        flags.remove(.dirty)
        let isOver = flags.contains(.lastRequest) && current == nil
        if !flags.contains(.stalled), let buffer = out.take() {
            if isOver {
                finishConnection(context, last: buffer)
            } else {
                context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
                worker.loop.outputBuffers.give(buffer)
                if flags.contains(.stalled) { noteUnread() }
            }
        } else if let waiting = out {
            if waiting.readableBytes > worker.settings.maxUnreadOutput, current?.isStreaming == true {
                // A reader too slow for its stream: broken off rather than gathered without end.
                close()
            }
        } else if isOver {
            finishConnection(context, last: nil)
        }
        guard !flags.contains(.lastRequest), !flags.contains(.closing) else { return }
        if inbound != nil || flags.contains(.paused) || (current == nil && deadline == .max) { resume() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let end = worker.loop.now + worker.settings.idleTimeout
        guard context.channel.isWritable else {
            if !flags.contains(.lingering) { setDeadline(end) }
            flags.insert(.stalled)
            return
        }
        flags.remove(.stalled)
        guard !flags.contains(.lingering) else { return }
        // Flushing sees to it that what is awaited from now on has its deadline.
        setDeadline(flags.contains(.closing) ? end : .max)
        markDirty()
    }

    /// Writes the last bytes and ends the connection; lingers when the client may still be sending.
    private func finishConnection(_ context: ChannelHandlerContext, last: ByteBuffer?) {
        let isSending = flags.contains(.unreadInput) || headCount > 0
        guard isSending && !flags.contains(.inputClosed) else {
            flags.insert(.closing)
            // The client has to read it, or else the connection would stay for ever.
            setDeadline(worker.loop.now + worker.settings.idleTimeout)
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
            // An empty write completes behind all that was written before.
            context.writeAndFlush(wrapOutboundOut(last ?? ByteBuffer()), promise: written)
            if let last { worker.loop.outputBuffers.give(last) }
            noteUnread()
            return
        }
        flags.insert(.lingering)
        if flags.contains(.paused) { setPaused(false) }
        setDeadline(worker.loop.now + worker.settings.lingerTimeout)
        if let last { context.write(wrapOutboundOut(last), promise: nil) }
        context.flush()
        context.close(mode: .output, promise: nil)
    }
}
