import HTTPWire
import NIOCore
import NetworkIO
import Pipeline

/// Bytes in: from the socket to exchanges.
extension HTTP1Connection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        if flags.contains(.lingering) || flags.contains(.lastRequest) {
            // Read and thrown away, or the client would never see our answer.
            flags.insert(.unreadInput)
            worker.loop.clientReceiveBuffers.give(received)
            return
        }
        let now = worker.loop.now
        if var pending = inbound.take() {
            pending.writeBuffer(&received)
            worker.loop.clientReceiveBuffers.give(received)
            consume(&pending, now: now)
            if pending.readableBytes > 0 { inbound = pending }
        } else {
            let consumed = received.withUnsafeReadableBytes { process($0, now: now) }
            if consumed < received.readableBytes {
                received.moveReaderIndex(forwardBy: consumed)
                keep(&received)
            }
            worker.loop.clientReceiveBuffers.give(received)
        }
        if flags.contains(.isHTTP2) { return becomeHTTP2() }
        updateReading(now: now)
    }

    /// The client spoke HTTP/2's preface: another handler goes on, from the first byte.
    private func becomeHTTP2() {
        guard let context, let first = inbound.take() else { return close() }
        let successor = HTTP2Connection(worker: worker)
        successor.address = ClientAddress(address.known)
        worker.replace(self, by: successor)
        do {
            try context.pipeline.syncOperations.addHandler(successor, position: .after(self))
        } catch {
            return close()
        }
        context.fireChannelRead(wrapInboundOut(first))
        if flags.contains(.inputClosed) { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        self.context = nil
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// Goes on with requests that had to wait for a free place.
    func resume() {
        guard var pending = inbound.take() else {
            updateReading(now: worker.loop.now)
            return
        }
        let now = worker.loop.now
        consume(&pending, now: now)
        if pending.readableBytes > 0 { inbound = pending }
        updateReading(now: now)
    }

    private func consume(_ pending: inout ByteBuffer, now: Int64) {
        let consumed = pending.withUnsafeReadableBytes { process($0, now: now) }
        pending.moveReaderIndex(forwardBy: consumed)
        if pending.readerIndex > 64 * 1024 { pending.discardReadBytes() }
    }

    /// Copies what is left, so that the large receive buffer goes back to the loop.
    private func keep(_ rest: inout ByteBuffer) {
        var buffer = ByteBufferAllocator().buffer(capacity: rest.readableBytes)
        buffer.writeBuffer(&rest)
        inbound = buffer
    }

    /// Whether another request may be begun.
    private var mayBegin: Bool {
        guard !flags.contains(.lastRequest), inFlight < worker.settings.maxPipelined else { return false }
        return (out?.readableBytes ?? 0) < worker.settings.maxUnreadOutput
    }

    /// Reads as many requests as are whole.
    ///
    /// - Parameters:
    ///   - bytes: From the first byte of the request being read.
    ///   - now: The present.
    /// - Returns: How many bytes belong to requests that are done with.
    private func process(_ bytes: UnsafeRawBufferPointer, now: Int64) -> Int {
        var start = 0
        while start < bytes.count && (headCount > 0 || mayBegin) {
            requestBytes = UnsafeRawBufferPointer(rebasing: bytes[start...])
            defer { requestBytes = UnsafeRawBufferPointer(start: nil, count: 0) }
            do throws(HTTPWireError) {
                guard try readRequest(now: now) else { return start }
            } catch {
                // The preface is one only as the connection's first bytes.
                if error == .http2Preface, flags.contains(.mayBecomeHTTP2), start == 0, requestBytes.first == 0x50 {
                    flags.insert(.isHTTP2)
                    return 0
                }
                if flags.contains(.mayBecomeHTTP2), start == 0, !namesVersion(requestBytes) {
                    // An invalid preface, or no HTTP at all: no answer would be understood. Spec: RFC 9113 §3.4
                    close()
                    return bytes.count
                }
                refuse(GatewayError(error))
                return bytes.count
            }
            flags.remove(.mayBecomeHTTP2)
            start += readCount
            headCount = 0
            readCount = 0
            if flags.contains(.lastRequest) { return bytes.count }
            parser.reset()
        }
        return start
    }

    /// Whether a whole first line has the name of HTTP in it; one that is not whole may still get it.
    private func namesVersion(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let end = bytes.firstIndex(of: 0x0A) else { return true }
        let name: StaticString = "HTTP/"
        let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard end >= wanted.count else { return false }
        return (0...(end - wanted.count)).contains {
            UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + wanted.count]).elementsEqual(wanted)
        }
    }

    /// Continues with the current request; answers whether it is done with.
    private func readRequest(now: Int64) throws(HTTPWireError) -> Bool {
        if headCount == 0 {
            guard let count = try parser.parseHead(requestBytes) else { return false }
            headCount = count
            readCount = count
            guard try admit(now: now) else { return true }
        }
        guard let body = try readBody() else { return false }
        begin(body: body, now: now)
        return true
    }

    /// Decides from the head alone whether the body is wanted.
    private func admit(now: Int64) throws(HTTPWireError) -> Bool {
        let hasBody = parser.head.bodyFraming != .none && parser.head.bodyFraming != .length(0)
        // Without a body nothing is gained by asking twice.
        guard hasBody else { return true }
        let dispatcher = worker.dispatcher
        switch dispatcher.admit(
            view(body: UnsafeRawBufferPointer(start: nil, count: 0), facts: self), contentType: contentType)
        {
        case .refuse(let error, let route, let admission):
            // The body may be on its way: it is not read, so this is the last request here.
            refuse(error, route: route, admission: admission)
            return false
        case .accept(let bodyLimit, let route, let admission):
            admitted = route.map { Admitted(route: $0, admission: admission, by: dispatcher) }
            if let bodyLimit { try parser.setBodyLimit(bodyLimit) } else { try parser.checkAnnouncedLength() }
        }
        bodySince = now
        if parser.head.expectsContinue && requestBytes.count == headCount {
            flags.insert(.owesContinue)
            sendContinueIfOwed()
        }
        return true
    }

    /// The whole body, or `nil` while it is not there.
    private func readBody() throws(HTTPWireError) -> UnsafeRawBufferPointer? {
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: requestBytes[readCount...])
            switch try parser.parseBody(rest) {
            case .data(let range, let consumed):
                readCount += consumed
                if parser.head.bodyFraming == .chunked {
                    if chunkedBody == nil { chunkedBody = worker.loop.outputBuffers.take() }
                    chunkedBody?.writeBytes(rest[range])
                }
            case .needMore(let consumed):
                readCount += consumed
                return nil
            case .end(let consumed):
                readCount += consumed
                flags.remove(.owesContinue)
                if parser.head.bodyFraming == .chunked {
                    // The caller gives the buffer back; until then it is alive.
                    return chunkedBody?.withUnsafeReadableBytes { $0 } ?? UnsafeRawBufferPointer(start: nil, count: 0)
                }
                return UnsafeRawBufferPointer(rebasing: requestBytes[headCount..<readCount])
            }
        }
    }

    /// The request is whole: an exchange begins.
    private func begin(body: UnsafeRawBufferPointer, now: Int64) {
        let exchange = worker.takeExchange()
        requestsLeft -= 1
        exchange.begin(
            on: self, now: now, isHead: parser.head.method == .head, minorVersion: parser.head.minorVersion,
            keepAlive: parser.head.keepAlive && !worker.isDraining && requestsLeft > 0
                // What follows a CONNECT is meant for somebody else. Spec: RFC 9110 §9.3.6
                && parser.head.method != .connect)
        exchange.bytesIn = body.count
        if !exchange.keepAlive { flags.insert(.lastRequest) }
        enqueue(exchange)
        setDeadline(.max)
        let admitted = self.admitted.take()
        if let admitted { exchange.move(to: admitted.dispatcher) }
        exchange.withDispatcher {
            if $0.describesRequests { $0.describe(self, exchange, peer: address.bytes(of: context?.channel)) }
            $0.dispatch(
                view(body: body, facts: exchange), contentType: contentType, exchange, admitted: admitted?.route,
                admission: admitted?.admission)
        }
        if let buffer = chunkedBody.take() { worker.loop.outputBuffers.give(buffer) }
    }

    /// Answers without having read the request to its end; the connection ends with that. The answer is that of the route which
    /// has admitted the request, if one has.
    func refuse(_ error: GatewayError, route: Int? = nil, admission: Admission? = nil) {
        let admitted = self.admitted.take()
        let (route, admission) = (route ?? admitted?.route, admission ?? admitted?.admission)
        flags.insert([.lastRequest, .unreadInput])
        flags.remove(.owesContinue)
        let exchange = worker.takeExchange()
        let hasHead = headCount > 0
        headCount = 0
        exchange.begin(
            on: self, now: worker.loop.now, isHead: hasHead && parser.head.method == .head,
            minorVersion: hasHead ? parser.head.minorVersion : 1, keepAlive: false)
        if let admitted { exchange.move(to: admitted.dispatcher) }
        if hasHead, requestBytes.count > 0 {
            exchange.dispatcher.describe(self, exchange, peer: address.bytes(of: context?.channel))
        }
        enqueue(exchange)
        inbound = nil
        chunkedBody = nil
        exchange.dispatcher.answer(exchange, with: error, route: route, admission: admission)
    }

    /// Sets the deadline that fits what is awaited, and reads on or stops reading.
    private func updateReading(now: Int64) {
        // Once the last request is in, answers have their own deadlines.
        guard !flags.contains(.lingering), !flags.contains(.closing), !flags.contains(.lastRequest) else { return }
        if flags.contains(.inputClosed), inbound == nil || headCount > 0 || mayBegin {
            // Nothing more comes, so what is left will never be whole.
            flags.insert(.lastRequest)
            inbound = nil
            headCount = 0
            setDeadline(.max)
            // Ends when everything has left.
            markDirty()
            return
        }
        if headCount > 0 {
            // A second for every KiB that came, beside the time allowed: slow clients pass, trickling ones do not.
            flags.remove(.readingHead)
            setDeadline(bodySince + worker.settings.timeForBody(received: readCount - headCount))
        } else if !parser.isIdle {
            // From its first byte on: more bytes do not buy more time.
            if deadline == .max || !flags.contains(.readingHead) {
                flags.insert(.readingHead)
                setDeadline(now + (worker.isStopping ? worker.idleTime : worker.settings.headerTimeout))
            }
        } else {
            flags.remove(.readingHead)
            if current == nil && out == nil { setDeadline(now + worker.idleTime) }
        }
        let shouldPause = inbound != nil && headCount == 0 && !mayBegin && !flags.contains(.lastRequest)
        if shouldPause != flags.contains(.paused) { setPaused(shouldPause) }
    }

    func setPaused(_ paused: Bool) {
        if paused { flags.insert(.paused) } else { flags.remove(.paused) }
        try? context?.channel.syncOptions?.setOption(.autoRead, value: !paused)
    }
}
