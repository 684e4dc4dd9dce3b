import CNGHTTP2
import NIOCore

/// Whoever drives an ``HTTP2Session``: hears of requests while bytes are received.
///
/// Called inside ``HTTP2Session/receive(_:now:)`` (and, for a stream's end, wherever output is produced). Answers may be
/// given at once; they leave with the next ``HTTP2Session/takeOutput()``.
///
/// Not only classes: a value that refers to its object without counting it costs no counting either.
package protocol HTTP2SessionDriver {
    /// A request's head is whole. Its body follows, unless ``HTTP2Stream/isRequestWhole``.
    func requestBegan(_ stream: HTTP2Stream)
    /// A piece of a request's body came; the bytes are valid during the whole call of `receive`.
    func bodyReceived(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer)
    /// A request whose head came before is whole now.
    func requestEnded(_ stream: HTTP2Stream)
    /// A request cannot be taken and wants an answer that says why.
    func requestRefused(_ stream: HTTP2Stream, _ error: HTTPWireError)
    /// A stream is closed, answered or not; it will serve another request.
    func streamClosed(_ stream: HTTP2Stream)
    /// The client has answered our PING.
    func pingAnswered()
}

/// One HTTP/2 connection of a client, without its socket: bytes in, requests out; answers in, bytes out.
///
/// In the way of a request it stands between the connection handler and the exchange, where HTTP/1.1 has its parser and
/// serializer. Frames, HPACK, flow control and the life of streams are nghttp2's. Ours is what nghttp2 leaves open:
///
/// - frames on streams that the client itself has ended, and stream numbers that go back, are connection errors
///   (``HTTP2StreamHistory``);
/// - frames that bring nothing and resets have a budget (``HTTP2FrameBudget``, ``HTTP2ResetBudget``);
/// - windows are opened as the driver consumes, never by themselves;
/// - the body of an answer goes from where it lies into the output, in one copy, as far as the client's window allows.
///
/// ```
/// open -> (draining ->) over
/// ```
///
/// World: one event loop; pure.
///
/// Spec: RFC 9113, RFC 7541
package final class HTTP2Session {
    /// Why a connection is ended. Spec: RFC 9113 §7
    package enum ErrorCode: UInt32, Sendable {
        case noError = 0
        case protocolError = 1
        case internalError = 2
        case streamClosed = 5
        case refusedStream = 7
        case cancel = 8
        case enhanceYourCalm = 11
    }

    let limits: HTTP2Limits
    /// Set before the first byte is received.
    package var driver: any HTTP2SessionDriver = NoDriver()
    let pool: HTTP2StreamPool
    var session: OpaquePointer?
    /// All open streams, in no order.
    package internal(set) var streams: [HTTP2Stream] = []
    /// The frames of the client up to now.
    var walker = HTTP2FrameWalker()
    var history = HTTP2StreamHistory()
    var resets: HTTP2ResetBudget
    var idleFrames: HTTP2FrameBudget
    /// The stream whose head or trailers are being read, or were read last, until it is closed.
    var reading: Unmanaged<HTTP2Stream>?
    var isReadingTrailers = false
    /// The stream that was looked for or written to last, until it is closed.
    var latest: Unmanaged<HTTP2Stream>?
    /// Bytes of bodies that came with the present read.
    var bodyBytes = 0
    /// Bytes of names and values that a header block may stand for.
    let maxDecodedHead: Int
    /// The beginning of a CONTINUATION's header whose rest has not come.
    private var partialHeader: [UInt8] = []
    /// CONTINUATION frames of the header block being read.
    var continuations = 0
    /// Whether it goes over TLS: its answers say `x-content-type-options: nosniff`.
    let isSecure: Bool
    /// Between HEADERS and the end of its block.
    var isInHeaderBlock = false
    /// The frame that began last is part of a header block.
    private var isInHeaderFrame = false
    /// The present during a call, nanoseconds.
    var now: Int64
    /// Output that was lent with ``lendOutput(_:upTo:)``, until it is taken.
    var out = ByteBuffer()
    var outLimit = Int.max
    var isPaused = false
    /// nghttp2 is on the stack: it must not be entered again.
    package internal(set) var isReceiving = false
    /// Bytes of answers that wait for windows, all streams together.
    package internal(set) var unsent = 0
    /// Bytes of answers that lie elsewhere and are written during the call, or by ``writeLent(_:)``.
    var directBytes = 0
    /// Bytes of answers that the client's windows (or the output) may make us keep.
    package var held: Int { unsent + directBytes }
    /// A PING has to follow the notice of the end.
    var owesPing = false
    /// Nothing can be read or written any more.
    private(set) var hasFailed = false
    private var hasTerminated = false
    /// The connection is gone; its streams are closed when the call has returned.
    private var isAbandoned = false

    /// Starts a connection: its first output are our SETTINGS.
    ///
    /// - Parameters:
    ///   - limits: what the client may cost.
    ///   - pool: where streams come from.
    ///   - isSecure: whether it goes over TLS.
    ///   - now: the present, nanoseconds.
    package init(limits: HTTP2Limits, pool: HTTP2StreamPool, isSecure: Bool = false, now: Int64) {
        self.limits = limits
        self.pool = pool
        self.isSecure = isSecure
        self.now = now
        self.maxDecodedHead = 4 * limits.http.maxHeaderBytes + limits.http.maxRequestLineBytes
        self.resets = HTTP2ResetBudget(burst: limits.maxResets, now: now)
        self.idleFrames = HTTP2FrameBudget(burst: limits.maxIdleFrames, now: now)
        session = HTTP2Callbacks.makeSession(Unmanaged.passUnretained(self).toOpaque(), pool.memory)
        if session == nil { hasFailed = true }
        submitSettings()
    }

    deinit { nghttp2_session_del(session) }

    /// Whether the connection can be closed: nothing will be read and nothing is left to write.
    package var isOver: Bool {
        hasFailed || (nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0)
    }

    /// Whether there may be something to write.
    package var wantsWrite: Bool { !hasFailed && nghttp2_session_want_write(session) != 0 }

    /// Whether the client's preface has not come whole.
    package var isBeforePreface: Bool { walker.isBeforePreface }
    /// Whether the client has begun a header block that is not whole, be it only that the last frame's bytes have not come.
    package var isReadingHead: Bool { isInHeaderBlock || (isInHeaderFrame && !walker.isBetweenFrames) }

    private func submitSettings() {
        let entries = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: UInt32(limits.maxStreams)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: UInt32(limits.streamWindow)),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(limits.http.maxHeaderBytes)),
            // Priorities are not looked at: answers leave as they are ready.
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), value: 1),
        ]
        check(nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count))
        check(
            nghttp2_session_set_local_window_size(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(limits.connectionWindow)))
    }

    /// Nobody, until the driver is set.
    private struct NoDriver: HTTP2SessionDriver {
        func requestBegan(_ stream: HTTP2Stream) {}
        func bodyReceived(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {}
        func requestEnded(_ stream: HTTP2Stream) {}
        func requestRefused(_ stream: HTTP2Stream, _ error: HTTPWireError) {}
        func streamClosed(_ stream: HTTP2Stream) {}
        func pingAnswered() {}
    }

    // MARK: Bytes in

    /// Takes what the client sent, whole frames or not.
    ///
    /// - Parameters:
    ///   - bytes: what came, in order.
    ///   - now: the present, nanoseconds.
    package func receive(_ bytes: UnsafeRawBufferPointer, now: Int64) {
        self.now = now
        isReceiving = true
        defer {
            isReceiving = false
            if isAbandoned { abandon() }
        }
        var fed = 0
        var index = 0
        walk: while !hasFailed, !hasTerminated {
            let step = walker.next(bytes, at: &index)
            switch step {
            case .needMore: break walk
            case .dependency(let stream, let other):
                if stream == other { terminate(.protocolError) }
            case .frame(let frame):
                if !partialHeader.isEmpty { feedPartialHeader(with: bytes, from: &fed, to: index) }
                let start = max(fed, index - 9)
                if needsState(frame) {
                    // Everything before it has to be known first.
                    feed(bytes, from: &fed, to: start)
                }
                guard let error = judge(frame) else { continue }
                feed(bytes, from: &fed, to: start)
                terminate(error)
            }
        }
        // Within a header block nghttp2 counts every piece of a header as a CONTINUATION: it gets them whole.
        let partial = isInHeaderBlock ? min(walker.partialHeaderCount, bytes.count - fed) : 0
        feed(bytes, from: &fed, to: bytes.count - partial)
        if partial > 0 { partialHeader += bytes[(bytes.count - partial)...] }
        guard bodyBytes > 0 else { return }
        // The connection's window is opened at once: a slow stream must not stop the others.
        check(nghttp2_session_consume_connection(session, bodyBytes))
        bodyBytes = 0
    }

    private func feedPartialHeader(with bytes: UnsafeRawBufferPointer, from start: inout Int, to end: Int) {
        partialHeader += bytes[..<end]
        var fed = 0
        partialHeader.withUnsafeBytes { feed($0, from: &fed, to: $0.count) }
        partialHeader.removeAll()
        start = end
    }

    private func feed(_ bytes: UnsafeRawBufferPointer, from start: inout Int, to end: Int) {
        guard end > start, !hasFailed, !hasTerminated else { return }
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        start = end
        let count = nghttp2_session_mem_recv(
            session, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), piece.count)
        guard count < 0 else { return }
        switch Int32(truncatingIfNeeded: count) {
        case NGHTTP2_ERR_FLOODED.rawValue: terminate(.enhanceYourCalm)
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: hasFailed = true
        default: hasFailed = true
        }
    }

    private func needsState(_ frame: HTTP2FrameHeader) -> Bool {
        switch frame.type {
        case HTTP2FrameHeader.data: true
        case HTTP2FrameHeader.headers: frame.streamID <= history.lastOpened
        default: false
        }
    }

    /// What nghttp2 lets pass; the error that ends the connection.
    private func judge(_ frame: HTTP2FrameHeader) -> ErrorCode? {
        isInHeaderFrame = frame.type == HTTP2FrameHeader.headers || frame.type == HTTP2FrameHeader.continuation
        switch frame.type {
        case HTTP2FrameHeader.headers:
            isInHeaderBlock = !frame.endsHeaders
            continuations = 0
            guard frame.streamID & 1 == 1 else { return nil }
            if frame.streamID > history.lastOpened {
                history.opened(frame.streamID)
                idleFrames.requestCame()
                return nil
            }
            return closedStream(frame, ifSkipped: .protocolError)
        case HTTP2FrameHeader.data:
            guard frame.streamID & 1 == 1, frame.streamID <= history.lastOpened else { return nil }
            // A padded one may hold nothing but padding; what it does hold gives its cost back.
            if frame.length > 0 || frame.endsStream, isOpen(frame.streamID) {
                return frame.isPadded ? spend(on: frame) : nil
            }
            return closedStream(frame, ifSkipped: .streamClosed) ?? spend(on: frame)
        case HTTP2FrameHeader.continuation:
            isInHeaderBlock = !frame.endsHeaders
            continuations += 1
            return continuations > limits.maxContinuations ? .enhanceYourCalm : spend(on: frame)
        case HTTP2FrameHeader.priority:
            return frame.streamID == 0 ? .protocolError : spend(on: frame)
        default:
            return spend(on: frame)
        }
    }

    private func isOpen(_ id: Int32) -> Bool { find(id) != nil }

    private func closedStream(_ frame: HTTP2FrameHeader, ifSkipped: ErrorCode) -> ErrorCode? {
        guard !isOpen(frame.streamID) else { return nil }
        switch history.verdict(on: frame.streamID) {
        case .endedByClient: return .streamClosed
        case .skipped: return ifSkipped
        case .passedOver: return spend(on: frame)
        }
    }

    private func spend(on frame: HTTP2FrameHeader) -> ErrorCode? {
        idleFrames.spend(on: frame, now: now) ? .enhanceYourCalm : nil
    }

    /// Gives bytes of a body back to the client's window: it may send as many more on this stream.
    package func consume(_ stream: HTTP2Stream, _ count: Int) {
        guard stream.isOpen, count > 0 else { return }
        stream.unconsumed -= count
        check(nghttp2_session_consume_stream(session, stream.id, count))
    }

    /// Gives back all that was held back.
    package func consumeAll(_ stream: HTTP2Stream) { consume(stream, stream.unconsumed) }

    // MARK: The end

    /// Ends the connection with an error: GOAWAY, then nothing more.
    package func terminate(_ code: ErrorCode) {
        guard !hasTerminated else { return }
        hasTerminated = true
        check(nghttp2_session_terminate_session(session, code.rawValue))
    }

    /// Tells the client that the end is near; requests under way are still taken.
    ///
    /// The PING's answer (``HTTP2SessionDriver/pingAnswered()``) shows that everything the client sent before it heard of it
    /// has come. Spec: RFC 9113 §6.8
    package func announceEnd() {
        check(nghttp2_submit_shutdown_notice(session))
        // The PING follows when the notice is out: nghttp2 would let it overtake.
        owesPing = true
    }

    /// Takes no further request; those that came are answered.
    package func refuseFurtherRequests() {
        let last = nghttp2_session_get_last_proc_stream_id(session)
        check(
            nghttp2_submit_goaway(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, ErrorCode.noError.rawValue, nil, 0))
    }

    /// Resets a stream; what waits on it is dropped.
    package func reset(_ stream: HTTP2Stream, _ code: ErrorCode) {
        guard stream.isOpen else { return }
        check(
            nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue))
    }

    /// Closes everything at once, for a connection that is gone.
    package func abandon() {
        hasFailed = true
        // What was called with a stream goes on with it: it must not be gone.
        guard !isReceiving else { return isAbandoned = true }
        while let stream = streams.last { closed(stream) }
    }

    /// An answer of nghttp2 that is not success is out of memory, or our own mistake.
    func check(_ result: Int32) {
        if result < -900 { hasFailed = true }
    }

    func fail() { hasFailed = true }

    // MARK: Streams

    /// A new stream; `streams` keeps it.
    func opened(_ id: Int32) -> Unmanaged<HTTP2Stream> {
        let stream = pool.take()
        stream.id = id
        stream.index = streams.count
        let place = Unmanaged.passUnretained(stream)
        streams.append(stream)
        return place
    }

    func closed(_ stream: HTTP2Stream) {
        guard stream.isOpen else { return }
        unsent -= stream.pending?.readableBytes ?? 0
        directBytes -= stream.direct.count
        let place = Unmanaged.passUnretained(stream).toOpaque()
        if reading?.toOpaque() == place { reading = nil }
        if latest?.toOpaque() == place { latest = nil }
        if stream.isRequestWhole { history.endedByClient(stream.id) }
        let index = stream.index
        // By way of the buffer, which moves them; the array would count both.
        streams.withUnsafeMutableBufferPointer { $0.swapAt(index, $0.count - 1) }
        // Ours from here on.
        let stream = streams.removeLast()
        if index < streams.count { streams[index].index = index }
        driver.streamClosed(stream)
        stream.reset()
        pool.give(stream)
    }
}
