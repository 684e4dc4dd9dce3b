import NIOCore

/// What a ``TLSHandler`` tells the handlers behind it.
package enum TLSEvent: Sendable {
    /// The handshake is done: which protocol ALPN chose, and who the peer is.
    case open(applicationProtocol: String?, facts: TLSFacts)
    /// The handshake failed; the connection is ending.
    case failed(TLSFailure)
}

/// Encrypts and decrypts for the handlers behind it: the first handler of a TLS connection.
///
/// Plaintext comes in buffers lent by the loop, as if it had been read from the socket; what is written in a tick is encrypted
/// into one buffer and leaves in one write. The end of the peer's data (close_notify, or its FIN) is told as
/// `ChannelEvent.inputClosed`; closing says close_notify first.
///
/// World: one event loop.
package final class TLSHandler: ChannelDuplexHandler, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the context's event loop only.
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let engine: TLSEngine
    private let loop: EventLoopContext
    private let ciphertextPool: ReceiveBufferPool
    private let isServer: Bool
    /// What a client gets that speaks HTTP without TLS.
    private let plainHTTPAnswer: (() -> ByteBuffer)?
    private var hasFailed = false
    private var inputIsClosed = false
    /// The first byte that came: a letter is no handshake.
    private var firstByte: UInt8?
    private var promise: EventLoopPromise<Void>?
    private let handshakeTimeout: TimeAmount?
    private var handshakeTimer: Scheduled<Void>?

    /// A server's handler.
    ///
    /// - Parameters:
    ///   - context: Certificates and what else the listener shares.
    ///   - loop: The connection's loop.
    ///   - handshakeTimeout: From the beginning to the end of the handshake.
    ///   - plainHTTPAnswer: What a client gets that speaks HTTP without TLS; `nil` for nothing.
    /// - Throws: When there is no memory for another connection.
    package init(
        server context: TLSServerContext, loop: EventLoopContext, handshakeTimeout: TimeAmount,
        plainHTTPAnswer: (() -> ByteBuffer)? = nil
    ) throws {
        guard let engine = TLSEngine(context) else { throw TLSFailure.protocolError("out of memory") }
        self.handshakeTimeout = handshakeTimeout
        self.engine = engine
        self.loop = loop
        self.ciphertextPool = loop.clientReceiveBuffers
        self.isServer = true
        self.plainHTTPAnswer = plainHTTPAnswer
    }

    /// A client's handler.
    ///
    /// - Parameters:
    ///   - context: Whom to believe.
    ///   - host: The endpoint's host.
    ///   - loop: The connection's loop.
    /// - Throws: When there is no memory for another connection.
    package init(client context: TLSClientContext, host: String, loop: EventLoopContext) throws {
        guard let engine = TLSEngine(context, host: host) else {
            throw TLSFailure.protocolError("\"\(context.settings.serverName ?? host)\" cannot be a certificate's name")
        }
        self.handshakeTimeout = nil
        self.engine = engine
        self.loop = loop
        self.ciphertextPool = loop.serviceReceiveBuffers
        self.isServer = false
        self.plainHTTPAnswer = nil
    }

    // MARK: In

    package func channelActive(context: ChannelHandlerContext) {
        if let handshakeTimeout {
            handshakeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: handshakeTimeout) {
                self.fail(context, .protocolError("no handshake in time"))
            }
        }
        context.fireChannelActive()
        if !isServer { step(context) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        stopHandshakeTimer()
        hasFailed = true
        context.fireChannelInactive()
    }

    private func stopHandshakeTimer() {
        handshakeTimer?.cancel()
        handshakeTimer = nil
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        if !isServer && context.channel.isActive { step(context) }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let received = unwrapInboundIn(data)
        if firstByte == nil { firstByte = received.readableBytesView.first }
        if !hasFailed, !inputIsClosed {
            received.withUnsafeReadableBytes { bytes in engine.withInput(bytes) { step(context) } }
        }
        ciphertextPool.give(received)
    }

    /// Goes as far as the bytes reach.
    private func step(_ context: ChannelHandlerContext) {
        if !engine.isOpen {
            guard handshake(context) else { return }
        }
        while !hasFailed, !inputIsClosed, context.channel.isActive {
            var plain = ciphertextPool.take(context.channel.allocator)
            let outcome = engine.read(into: &plain)
            if plain.readableBytes > 0 {
                context.fireChannelRead(wrapInboundOut(plain))
            } else {
                ciphertextPool.give(plain)
            }
            switch outcome {
            case .done: continue
            case .needMore: return send(context)
            case .peerClosed: return closeInput(context)
            case .failed(let failure): return fail(context, failure)
            }
        }
    }

    /// Answers whether the connection is open now.
    private func handshake(_ context: ChannelHandlerContext) -> Bool {
        switch engine.handshake() {
        case .done:
            stopHandshakeTimer()
            send(context)
            context.fireUserInboundEventTriggered(
                TLSEvent.open(
                    applicationProtocol: engine.applicationProtocol,
                    facts: TLSFacts(
                        subject: engine.peerSubject, isResumed: engine.isResumed, version: engine.version)))
            return true
        case .needMore: send(context)
        case .peerClosed: fail(context, .protocolError("the peer ended the handshake"))
        case .failed(let failure): fail(context, failure)
        }
        return false
    }

    private func closeInput(_ context: ChannelHandlerContext) {
        send(context)
        guard !inputIsClosed else { return }
        inputIsClosed = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func fail(_ context: ChannelHandlerContext, _ failure: TLSFailure) {
        guard !hasFailed else { return }
        hasFailed = true
        stopHandshakeTimer()
        // OpenSSL knows only some methods.
        var failure = failure
        if let firstByte, isServer, !engine.isOpen, firstByte &- 0x41 < 26 { failure = .plainHTTP }
        if case .plainHTTP = failure, let plainHTTPAnswer {
            // In its own language; the alert would mean nothing to it.
            engine.output.clear()
            context.write(wrapOutboundOut(plainHTTPAnswer()), promise: nil)
        }
        // The alert, if there is one.
        send(context)
        context.fireUserInboundEventTriggered(TLSEvent.failed(failure))
        context.flush()
        // What the peer still sends is thrown away for a moment: unread, it would make the system reset the connection, and the
        // alert would be lost.
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { context.close(promise: nil) }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        guard engine.isOpen else { return fail(context, .protocolError("the peer ended the handshake")) }
        closeInput(context)
    }

    // MARK: Out

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let plain = unwrapOutboundIn(data)
        guard !hasFailed, engine.isOpen, encrypt(plain) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard let promise else { return }
        if let earlier = self.promise { earlier.futureResult.cascade(to: promise) } else { self.promise = promise }
    }

    private func encrypt(_ plain: ByteBuffer) -> Bool {
        if engine.output.capacity == 0 { engine.output = loop.outputBuffers.take() }
        return plain.withUnsafeReadableBytes { engine.write($0) }
    }

    package func flush(context: ChannelHandlerContext) { send(context) }

    /// Writes what OpenSSL has made.
    private func send(_ context: ChannelHandlerContext) {
        // An empty write makes no record, but whoever wrote it waits for what stands before it.
        guard engine.output.readableBytes > 0 || promise != nil else { return }
        var buffer = ByteBuffer()
        swap(&buffer, &engine.output)
        let promise = promise.take()
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        loop.outputBuffers.give(buffer)
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode != .input, !hasFailed, engine.isOpen else { return context.close(mode: mode, promise: promise) }
        engine.close()
        guard engine.output.readableBytes > 0, context.channel.isWritable else {
            return context.close(mode: mode, promise: promise)
        }
        // We may be inside a flush, where the close would overtake its own announcement: so it waits for it, but not for a peer
        // that does not read.
        let announced = context.eventLoop.makePromise(of: Void.self)
        if let waiting = self.promise.take() { announced.futureResult.cascade(to: waiting) }
        self.promise = announced
        let loop = context.eventLoop.assumeIsolated()
        let limit = loop.scheduleTask(in: .seconds(1)) { context.close(mode: mode, promise: promise) }
        announced.futureResult.assumeIsolated().whenComplete { _ in
            limit.cancel()
            context.close(mode: mode, promise: promise)
        }
        send(context)
    }
}
