import HTTPWire
import NIOCore
import NetworkIO
import Routing

/// What exchanges say: each answer goes to its stream.
extension HTTP2Connection: ResponseSink, Borrower {
    func respondJSON(_ exchange: Exchange, body: UnsafeRawBufferPointer) {
        guard mayHold(body.count) else { return exchange.dispatcher.answer(exchange, with: .clientTooSlow) }
        guard let stream = lastWord(of: exchange) else { return }
        exchange.withRequestID { id in
            session.respondJSON(
                stream, body: body, sendsBody: !exchange.isHead, date: worker.date, requestID: id,
                isLent: worker.loop.isLent(body))
        }
        exchange.status = 200
        exchange.bytesOut = exchange.isHead ? 0 : body.count
        finish(exchange, stream)
    }

    func respond(_ exchange: Exchange, _ head: AnswerHead, body: UnsafeRawBufferPointer) {
        guard mayHold(body.count) else { return exchange.dispatcher.answer(exchange, with: .clientTooSlow) }
        guard let stream = lastWord(of: exchange) else { return }
        let hasBody = !exchange.isHead && !body.isEmpty && head.status != 204 && head.status != 304
        writeHead(exchange, stream, head, framing: .length(body.count), hasBody: hasBody)
        if hasBody {
            session.write(stream, body, isLast: true, isLent: worker.loop.isLent(body))
            exchange.bytesOut = body.count
        }
        finish(exchange, stream)
    }

    func beginStream(_ exchange: Exchange, _ head: AnswerHead) {
        guard let stream = exchange.stream else { return }
        writeHead(exchange, stream, head, framing: .untilClose, hasBody: !exchange.isHead)
    }

    func stream(_ exchange: Exchange, _ bytes: UnsafeRawBufferPointer) {
        guard let stream = exchange.stream, !exchange.isHead, !bytes.isEmpty else { return }
        exchange.bytesOut += bytes.count
        markDirty()
        session.write(stream, bytes, isLast: false)
        guard stream.unsent > 0 else { return }
        if stream.unsent > worker.settings.maxUnreadOutput {
            // A reader too slow for its stream: broken off rather than gathered without end.
            session.reset(stream, .cancel)
        } else {
            awaitReading(of: stream)
        }
    }

    func endStream(_ exchange: Exchange, isComplete: Bool) {
        guard let stream = lastWord(of: exchange) else { return }
        session.end(stream, isComplete: isComplete)
        finish(exchange, stream)
    }

    var clientAddress: String { address.text(of: context?.channel) }

    /// Whether a body may be held for the client, with what it has not read before. Small ones always may.
    private func mayHold(_ count: Int) -> Bool {
        guard count > AnswerHead.alwaysHeldBytes else { return true }
        return session.held + (flags.contains(.stalled) ? min(unread, 1 << 40) : 0) < worker.settings.maxHeldAnswers
    }

    private func writeHead(
        _ exchange: Exchange, _ stream: HTTP2Stream, _ head: AnswerHead, framing: HTTP1ResponseHead.Framing,
        hasBody: Bool
    ) {
        exchange.status = head.status
        let wire = HTTP1ResponseHead(
            status: head.status, contentType: head.contentType, framing: framing, fields: head.fields)
        markDirty()
        exchange.withRequestID { id in
            session.respond(stream, wire, hasBody: hasBody, date: worker.date, requestID: id)
        }
    }

    /// The stream on which an exchange says its last; it is nobody's from now on, since it may be closed at any time.
    private func lastWord(of exchange: Exchange) -> HTTP2Stream? {
        guard let stream = exchange.stream else { return nil }
        exchange.stream = nil
        stream.exchange = nil
        markDirty()
        return stream
    }

    /// An exchange has said everything; its stream may still have to wait for the client.
    private func finish(_ exchange: Exchange, _ stream: HTTP2Stream) {
        exchange.isFinished = true
        if stream.isOpen && stream.unsent > 0 { stream.isBorrowing ? borrow() : awaitReading(of: stream) }
        worker.give(exchange)
    }

    /// Bodies lie in what a service has sent until all of that is worked off; then they are written, those of many answers together.
    private func borrow() {
        guard !flags.contains(.borrowing) else { return }
        flags.insert(.borrowing)
        worker.loop.callAtEndOfLending(self)
    }

    func lendingEnds() {
        flags.remove(.borrowing)
        session.writeLent { awaitReading(of: $0) }
    }
}
