import CNGHTTP2
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What nghttp2 calls. Each finds the session behind the pointer that it was given and says what happened.
enum HTTP2Callbacks {
    /// Makes a server's session whose callbacks go to the ``HTTP2Session`` behind `owner`; nil when there is no memory.
    static func makeSession(_ owner: UnsafeMutableRawPointer, _ memory: HTTP2Memory) -> OpaquePointer? {
        var callbacks: OpaquePointer?
        var options: OpaquePointer?
        var session: OpaquePointer?
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(options)
        }
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&options) == 0 else { return nil }
        nghttp2_option_set_no_auto_window_update(options, 1)
        nghttp2_option_set_no_closed_streams(options, 1)
        // Fields are judged by ``HTTP2RequestHead``, as those of HTTP/1.1 are by its parser.
        nghttp2_option_set_no_http_messaging(options, 1)
        leaveResetsToUs(options)
        setReceiving(callbacks)
        setSending(callbacks)
        var functions = memory.functions()
        guard nghttp2_session_server_new3(&session, callbacks, owner, options, &functions) == 0 else { return nil }
        return session
    }

    /// Newer versions (and patched ones) of nghttp2 count resets too, coarsely; ``HTTP2ResetBudget`` does it here. The function
    /// is looked up by its name, since older headers do not have it.
    private static func leaveResetsToUs(_ options: OpaquePointer?) {
        typealias SetLimit = @convention(c) (OpaquePointer?, UInt64, UInt64) -> Void
        guard let found = dlsym(nil, "nghttp2_option_set_stream_reset_rate_limit") else { return }
        unsafeBitCast(found, to: SetLimit.self)(options, UInt64.max, UInt64.max)
    }

    private static func setReceiving(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, owner in
            guard let frame, let owner else { return 0 }
            return HTTP2Session.with(owner) { session in
                if frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
                    session.headBegan(frame.pointee.hd.stream_id)
                } else {
                    session.trailersBegan(frame.pointee.hd.stream_id)
                }
            }
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, _, name, nameCount, value, valueCount, _, owner in
            guard let owner else { return 0 }
            return HTTP2Session.with(owner) { session in
                session.field(
                    UnsafeRawBufferPointer(start: name, count: nameCount),
                    UnsafeRawBufferPointer(start: value, count: valueCount))
            }
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, data, count, owner in
            guard let owner else { return 0 }
            return HTTP2Session.with(owner) { $0.data(of: id, UnsafeRawBufferPointer(start: data, count: count)) }
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, owner in
            guard let frame, let owner else { return 0 }
            return HTTP2Session.with(owner) { $0.frameReceived(frame) }
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, _, owner in
            guard let owner else { return 0 }
            return HTTP2Session.with(owner) { session in session.with(id) { session.closed($0) } }
        }
    }

    private static func setSending(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, owner in
            guard let frame, let owner else { return 0 }
            return HTTP2Session.with(owner) { $0.frameSent(frame) }
        }
        nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, _, header, count, source, owner in
            guard let header, let stream = source?.pointee.ptr, let owner else { return 0 }
            return Unmanaged<HTTP2Session>.fromOpaque(owner)._withUnsafeGuaranteedRef { session in
                Unmanaged<HTTP2Stream>.fromOpaque(stream)._withUnsafeGuaranteedRef {
                    session.writeData(of: $0, header: header, count: count)
                }
            }
        }
    }

    /// Where the body of an answer comes from; the source is its stream, which lives until nghttp2 has closed it.
    static let readBody: nghttp2_data_source_read_callback = { _, _, _, count, flags, source, _ in
        guard let flags, let stream = source?.pointee.ptr else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
        return Unmanaged<HTTP2Stream>.fromOpaque(stream)._withUnsafeGuaranteedRef {
            $0.announceData(upTo: count, flags)
        }
    }
}

extension HTTP2Session {
    /// Calls the session behind a pointer that nghttp2 was given. It lives, since it is on the stack: so nothing is counted.
    @inline(__always)
    static func with(_ owner: UnsafeMutableRawPointer, _ body: (HTTP2Session) -> Void) -> Int32 {
        Unmanaged<HTTP2Session>.fromOpaque(owner)._withUnsafeGuaranteedRef(body)
        return 0
    }

    /// The stream of a number, while it is open. `streams` keeps it, so nothing is counted.
    @inline(__always)
    func with(_ id: Int32, _ body: (HTTP2Stream) -> Void) { find(id)?._withUnsafeGuaranteedRef(body) }

    /// The stream of a number, while it is open: nearly always that of the time before.
    @inline(__always)
    func find(_ id: Int32) -> Unmanaged<HTTP2Stream>? {
        if let latest, latest._withUnsafeGuaranteedRef({ $0.id == id }) { return latest }
        return lookUp(id)
    }

    private func lookUp(_ id: Int32) -> Unmanaged<HTTP2Stream>? {
        guard let stream = nghttp2_session_get_stream_user_data(session, id) else { return nil }
        let found = Unmanaged<HTTP2Stream>.fromOpaque(stream)
        latest = found
        return found
    }

    // MARK: In

    func headBegan(_ id: Int32) {
        // `streams` keeps it alive as long as nghttp2 knows it.
        let stream = opened(id)
        reading = stream
        isReadingTrailers = false
        check(nghttp2_session_set_stream_user_data(session, id, stream.toOpaque()))
    }

    func trailersBegan(_ id: Int32) {
        reading = find(id)
        isReadingTrailers = true
    }

    /// A field of the block that is being read; nothing comes between the frames of a block.
    @inline(__always)
    func field(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        reading?._withUnsafeGuaranteedRef { stream in
            guard !isReadingTrailers else { return trailer(stream, name, value) }
            stream.head.append(name: name, value: value, limits: limits.http)
            // A small block may stand for a large head; nobody sends one by accident.
            if stream.head.decodedBytes > maxDecodedHead { terminate(.enhanceYourCalm) }
        }
    }

    private func trailer(_ stream: HTTP2Stream, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        stream.trailerBytes += name.count + value.count + 4
        if !HTTP2Fields.areWellFormed(name, value) { stream.hasMalformedTrailer = true }
        if stream.trailerBytes > maxDecodedHead { terminate(.enhanceYourCalm) }
    }

    func data(of id: Int32, _ bytes: UnsafeRawBufferPointer) {
        bodyBytes += bytes.count
        with(id) { data(of: $0, bytes) }
    }

    @inline(__always)
    private func data(of stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
        idleFrames.dataReceived()
        stream.unconsumed += bytes.count
        stream.received += bytes.count
        // More than Content-Length announced. Spec: RFC 9113 §8.1.1
        if let length = stream.head.contentLength, stream.received > length { return malformed(stream) }
        if stream.ignoresBody {
            consumeAll(stream)
        } else {
            driver.bodyReceived(stream, bytes)
        }
    }

    func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch header.type {
        case HTTP2FrameHeader.headers:
            let isRequest = frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
            reading?._withUnsafeGuaranteedRef { stream in
                guard stream.id == header.stream_id else { return }
                blockEnded(stream, isRequest: isRequest, isLast: header.flags & 0x1 != 0)
            }
        case HTTP2FrameHeader.data:
            if header.flags & 0x1 != 0 { with(header.stream_id, requestEnded) }
        case HTTP2FrameHeader.resetStream:
            with(header.stream_id) { stream in
                // It is open, so its answer has not left whole.
                if resets.reset(now: now) { terminate(.enhanceYourCalm) }
                // From now on nothing may come on it.
                stream.isRequestWhole = true
            }
        case HTTP2FrameHeader.ping:
            if header.flags & 0x1 != 0 { driver.pingAnswered() }
        default: break
        }
    }

    /// A header block is whole, a head's or trailers'.
    private func blockEnded(_ stream: HTTP2Stream, isRequest: Bool, isLast: Bool) {
        if isRequest {
            stream.isRequestWhole = isLast
            headEnded(stream)
        } else if isLast, !stream.hasMalformedTrailer {
            requestEnded(stream)
        } else {
            // Trailers end the stream. Spec: RFC 9113 §8.1
            malformed(stream)
        }
    }

    private func headEnded(_ stream: HTTP2Stream) {
        stream.head.finish()
        if stream.head.isMalformed || (stream.isRequestWhole && stream.head.contentLength ?? 0 > 0) {
            malformed(stream)
        } else if let fault = stream.head.fault {
            driver.requestRefused(stream, fault)
        } else {
            driver.requestBegan(stream)
        }
    }

    /// Not a message by the rules of HTTP/2: nobody hears of it, or no more. Spec: RFC 9113 §8.1.1
    private func malformed(_ stream: HTTP2Stream) {
        stream.ignoresBody = true
        consumeAll(stream)
        reset(stream, .protocolError)
    }

    private func requestEnded(_ stream: HTTP2Stream) {
        stream.isRequestWhole = true
        if let length = stream.head.contentLength, stream.received != length { return malformed(stream) }
        guard !stream.ignoresBody else { return }
        if stream.trailerBytes > limits.http.maxTrailerBytes {
            driver.requestRefused(stream, .trailersTooLarge)
        } else {
            driver.requestEnded(stream)
        }
    }

    // MARK: Out

    func frameSent(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch header.type {
        case HTTP2FrameHeader.data, HTTP2FrameHeader.headers:
            if header.type == HTTP2FrameHeader.data { idleFrames.dataSent(header.length) }
            guard header.flags & 0x1 != 0 else { return }
            with(header.stream_id) { stream in
                // An answer that cost nothing pays for nothing.
                if stream.isWorthReset { resets.answered() }
                // Answered before the request was whole: the client need not send the rest. Spec: RFC 9113 §8.1
                if !stream.isRequestWhole { reset(stream, .noError) }
            }
        case HTTP2FrameHeader.goAway where owesPing:
            owesPing = false
            check(nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil))
        case HTTP2FrameHeader.resetStream:
            // One that the client provoked; those that we chose to send have other codes.
            switch frame.pointee.rst_stream.error_code {
            case ErrorCode.noError.rawValue, ErrorCode.cancel.rawValue, ErrorCode.internalError.rawValue: break
            default: if resets.reset(now: now) { terminate(.enhanceYourCalm) }
            }
        default: break
        }
    }
}
