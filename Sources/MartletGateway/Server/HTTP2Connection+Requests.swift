import HTTPWire
import NIOCore
import NetworkIO
import Pipeline
import Routing

/// What the session says: requests and their bodies.
extension HTTP2Connection {
    /// Hands what the session says to its connection, which owns it and so is alive: nothing is counted.
    struct Driver: HTTP2SessionDriver {
        let connection: Unmanaged<HTTP2Connection>

        func requestBegan(_ stream: HTTP2Stream) { connection._withUnsafeGuaranteedRef { $0.requestBegan(stream) } }
        func bodyReceived(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
            connection._withUnsafeGuaranteedRef { $0.bodyReceived(stream, bytes) }
        }
        func requestEnded(_ stream: HTTP2Stream) { connection._withUnsafeGuaranteedRef { $0.requestEnded(stream) } }
        func requestRefused(_ stream: HTTP2Stream, _ error: HTTPWireError) {
            connection._withUnsafeGuaranteedRef { $0.requestRefused(stream, error) }
        }
        func streamClosed(_ stream: HTTP2Stream) { connection._withUnsafeGuaranteedRef { $0.streamClosed(stream) } }
        func pingAnswered() { connection._withUnsafeGuaranteedRef { $0.pingAnswered() } }
    }

    func requestBegan(_ stream: HTTP2Stream) {
        guard !stream.isRequestWhole else { return awaitEndOfRead(stream) }
        // From the head alone: is the body wanted?
        let dispatcher = worker.dispatcher
        switch dispatcher.admit(view(of: stream, facts: self), contentType: stream.head.contentType) {
        case .refuse(let error, let route, let admission):
            refuse(stream, error, route: route, admission: admission)
        case .accept(let limit, let route, let admission):
            stream.admitted = route
            if route != nil { stream.admittedBy = dispatcher }
            if let admission { stream.admission = admission }
            stream.bodyLimit = limit ?? worker.settings.httpLimits.maxBodyBytes
            if let announced = stream.head.contentLength, announced > stream.bodyLimit {
                refuse(stream, GatewayError(HTTPWireError.bodyTooLarge))
                return
            }
            stream.bodySince = worker.loop.latestNow
            setDeadline(of: stream, stream.bodySince + worker.settings.bodyTimeout)
            if stream.head.expectsContinue { session.sendContinue(stream) }
        }
    }

    func bodyReceived(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
        guard stream.bodyCount + bytes.count <= stream.bodyLimit else {
            refuse(stream, GatewayError(HTTPWireError.bodyTooLarge))
            return
        }
        stream.bodyCount += bytes.count
        unfinishedBodies += bytes.count
        if stream.body == nil && stream.piece.isEmpty {
            stream.piece = bytes
        } else {
            keepPiece(stream)
            stream.body?.writeBytes(bytes)
        }
        // A second for every KiB that came, beside the time allowed, as on HTTP/1.1.
        setDeadline(of: stream, stream.bodySince + worker.settings.timeForBody(received: stream.bodyCount))
        guard !stream.hasGrown else { return }
        stream.hasGrown = true
        grown.append(stream)
    }

    func requestEnded(_ stream: HTTP2Stream) { awaitEndOfRead(stream) }

    func requestRefused(_ stream: HTTP2Stream, _ error: HTTPWireError) { refuse(stream, GatewayError(error)) }

    func streamClosed(_ stream: HTTP2Stream) {
        stream.isWaiting = false
        forgetBody(of: stream)
        // Of an empty array another one would be made.
        if !parked.isEmpty { parked.removeAll { $0 === stream } }
        guard let exchange = stream.exchange else { return }
        stream.exchange = nil
        let abandoned = unsafeDowncast(exchange, to: Exchange.self)
        abandoned.stream = nil
        abandoned.clientGone()
    }

    func pingAnswered() { refuseFurtherRequests() }

    // MARK: Windows

    /// Lets the client send more of a body. When unfinished bodies take too much memory, only the oldest request may go on, so
    /// that at least one comes to its end.
    func openWindow(of stream: HTTP2Stream) {
        if hasTooManyBodies { letOldestGoOn() } else { session.consumeAll(stream) }
    }

    /// Whether unfinished bodies take too much memory.
    private var hasTooManyBodies: Bool { unfinishedBodies > worker.settings.maxUnfinishedBodies }

    private func letOldestGoOn() {
        let oldest = session.streams.filter { !$0.isRequestWhole && !$0.ignoresBody }.min { $0.id < $1.id }
        if let oldest { session.consumeAll(oldest) }
    }

    /// A body needs no memory any more. Where there were too many of them, others may go on: also when it was none that had brought
    /// anything, since it may have been the oldest.
    private func forgetBody(of stream: HTTP2Stream) {
        let wasFull = hasTooManyBodies
        if stream.bodyCount > 0 {
            unfinishedBodies -= min(stream.bodyCount, unfinishedBodies)
            stream.bodyCount = 0
            stream.body = nil
            stream.piece = UnsafeRawBufferPointer(start: nil, count: 0)
        }
        guard wasFull else { return }
        if hasTooManyBodies {
            letOldestGoOn()
        } else {
            for other in session.streams where other !== stream { session.consumeAll(other) }
        }
    }

    // MARK: Exchanges

    /// The request is whole: an exchange begins, unless the client leaves too much unread. When something has to be noted of it, that is
    /// all; otherwise it is carried out.
    ///
    /// - Returns: Whether ``carryOut(_:)`` is next.
    @inline(__always)
    func begin(_ stream: HTTP2Stream) -> Bool {
        guard mayAnswerMore else {
            park(stream)
            return false
        }
        stream.deadline = .max
        let exchange = begun(stream)
        let isDescribed = exchange.withDispatcher { dispatcher in
            guard dispatcher.describesRequests else { return false }
            dispatcher.describe(stream.head, exchange, peer: address.bytes(of: context?.channel))
            return true
        }
        if !isDescribed { dispatch(stream, exchange) }
        return isDescribed
    }

    /// Carries a request out that has begun and was described. Those before it may have left the client with too much to read.
    @inline(never)
    func carryOut(_ stream: HTTP2Stream) {
        guard mayAnswerMore else { return park(stream) }
        if let exchange = stream.exchange { dispatch(stream, unsafeDowncast(exchange, to: Exchange.self)) }
    }

    private var mayAnswerMore: Bool { session.unsent < worker.settings.maxHeldAnswers / 2 }

    /// The request waits for the client to read.
    private func park(_ stream: HTTP2Stream) {
        keepPiece(stream)
        stream.deadline = .max
        parked.append(stream)
        // It is not the oldest any more that others wait for.
        if hasTooManyBodies { letOldestGoOn() }
    }

    private func dispatch(_ stream: HTTP2Stream, _ exchange: Exchange) {
        if stream.body != nil {
            // The buffer stays the stream's until the message is in its frame.
            let body = stream.body?.withUnsafeReadableBytes { $0 } ?? stream.piece
            dispatch(stream, exchange, body)
        } else {
            dispatch(stream, exchange, stream.piece)
        }
        forgetBody(of: stream)
    }

    private func dispatch(_ stream: HTTP2Stream, _ exchange: Exchange, _ body: UnsafeRawBufferPointer) {
        exchange.bytesIn = body.count
        exchange.withDispatcher {
            $0.dispatch(
                view(of: stream, body: body, facts: exchange), contentType: stream.head.contentType, exchange,
                admitted: stream.admitted, admission: stream.admission as? Admission)
        }
    }

    @inline(__always)
    private func begun(_ stream: HTTP2Stream) -> Exchange {
        requestCount += 1
        if worker.isDraining || requestCount >= worker.settings.maxRequestsPerConnection { announceEnd() }
        let exchange = worker.takeExchange()
        if let admittedBy = stream.admittedBy {
            exchange.move(to: unsafeDowncast(admittedBy, to: Dispatcher.self))
            stream.admittedBy = nil
        }
        exchange.begin(
            on: self, now: worker.loop.latestNow, isHead: stream.head.method == .head, minorVersion: 1, keepAlive: true)
        exchange.stream = stream
        exchange.isHTTP2 = true
        stream.exchange = exchange
        return exchange
    }

    /// Goes on with requests that waited for the client to read.
    func resumeParked() {
        while mayAnswerMore, !parked.isEmpty {
            let stream = parked.removeFirst()
            if stream.exchange != nil || begin(stream) { carryOut(stream) }
        }
    }

    /// Answers without having read the request to its end; the session tells the client not to send the rest. The answer is that
    /// of the route which has admitted the request, if one has.
    func refuse(
        _ stream: HTTP2Stream, _ error: GatewayError, route: Int? = nil, admission: Admission? = nil
    ) {
        guard stream.exchange == nil, !stream.isAnswering else { return }
        stream.ignoresBody = true
        stream.deadline = .max
        forgetBody(of: stream)
        session.consumeAll(stream)
        let exchange = begun(stream)
        exchange.dispatcher.describe(stream.head, exchange, peer: address.bytes(of: context?.channel))
        exchange.dispatcher.answer(
            exchange, with: error, route: route ?? stream.admitted,
            admission: admission ?? stream.admission as? Admission)
    }

    /// The request as routing and mapping see it; valid as long as the stream's head.
    private func view(
        of stream: HTTP2Stream, body: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        facts: borrowing any RequestFacts
    ) -> RequestView {
        let head = stream.head
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        return RequestView(
            method: head.methodBytes, path: head.path, query: head.query ?? none, authority: head.authority ?? none,
            body: body, fields: head, facts: facts)
    }
}

extension HTTP2RequestHead: RequestHead {
    package func firstValue(of lowercaseName: String) -> UnsafeRawBufferPointer? { value(of: lowercaseName) }
}

extension HTTP2Connection: RequestFacts {}
