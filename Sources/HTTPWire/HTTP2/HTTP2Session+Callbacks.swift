import CNGHTTP2
import NIOCore

/// What nghttp2 calls. Each finds the session behind the pointer that it was given and says what happened.
enum HTTP2Callbacks {
    /// Makes a server's session whose callbacks go to the ``HTTP2Session`` behind `owner`; nil when there is no memory.
    static func makeSession(_ owner: UnsafeMutableRawPointer) -> OpaquePointer? {
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
        setReceiving(callbacks)
        setSending(callbacks)
        guard nghttp2_session_server_new2(&session, callbacks, owner, options) == 0 else { return nil }
        return session
    }

    private static func setReceiving(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, owner in
            guard let frame, let owner, frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST else { return 0 }
            return HTTP2Session.with(owner) { $0.headBegan(frame.pointee.hd.stream_id) }
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameCount, value, valueCount, _, owner in
            guard let frame, let owner else { return 0 }
            return HTTP2Session.with(owner) { session in
                session.field(
                    of: frame.pointee.hd.stream_id, isTrailer: frame.pointee.headers.cat != NGHTTP2_HCAT_REQUEST,
                    name: UnsafeRawBufferPointer(start: name, count: nameCount),
                    value: UnsafeRawBufferPointer(start: value, count: valueCount))
            }
        }
        // A field that HTTP does not allow makes the request malformed; nghttp2 alone would leave the field out.
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in
            NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
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
            return HTTP2Session.with(owner) { session in
                if let stream = session.stream(id) { session.closed(stream) }
            }
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

    /// The stream of a number, while it is open.
    @inline(__always)
    func stream(_ id: Int32) -> HTTP2Stream? {
        nghttp2_session_get_stream_user_data(session, id).map {
            Unmanaged<HTTP2Stream>.fromOpaque($0).takeUnretainedValue()
        }
    }

    // MARK: In

    func headBegan(_ id: Int32) {
        // `streams` keeps it alive as long as nghttp2 knows it.
        let stream = opened(id)
        latest = Unmanaged.passUnretained(stream)
        check(nghttp2_session_set_stream_user_data(session, id, Unmanaged.passUnretained(stream).toOpaque()))
    }

    func field(of id: Int32, isTrailer: Bool, name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        // Nearly always the stream that was opened last.
        if let latest, !isTrailer, latest._withUnsafeGuaranteedRef({ $0.id == id }) {
            let decoded = latest._withUnsafeGuaranteedRef { stream in
                stream.head.append(name: name, value: value, limits: limits.http)
                return stream.head.decodedBytes
            }
            // A small block may stand for a large head; nobody sends one by accident.
            if decoded > 4 * limits.http.maxHeaderBytes + limits.http.maxRequestLineBytes { terminate(.enhanceYourCalm) }
        } else if isTrailer {
            stream(id)?.trailerBytes += name.count + value.count + 4
        }
    }

    func data(of id: Int32, _ bytes: UnsafeRawBufferPointer) {
        // The connection's window is opened at once: a slow stream must not stop the others.
        check(nghttp2_session_consume_connection(session, bytes.count))
        guard let stream = stream(id) else { return }
        stream.unconsumed += bytes.count
        if stream.ignoresBody {
            consumeAll(stream)
        } else {
            driver?.bodyReceived(stream, bytes)
        }
    }

    func frameReceived(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch header.type {
        case HTTP2FrameHeader.headers:
            guard let stream = stream(header.stream_id) else { return }
            let isLast = header.flags & 0x1 != 0
            if frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
                stream.isRequestWhole = isLast
                if let fault = stream.head.finish() {
                    driver?.requestRefused(stream, fault)
                } else {
                    driver?.requestBegan(stream)
                }
            } else if isLast {
                requestEnded(stream)
            }
        case HTTP2FrameHeader.data:
            if header.flags & 0x1 != 0, let stream = stream(header.stream_id) { requestEnded(stream) }
        case HTTP2FrameHeader.resetStream:
            guard let stream = stream(header.stream_id) else { return }
            if !stream.isOutputWhole, resets.reset(now: now) { terminate(.enhanceYourCalm) }
            // From now on nothing may come on it.
            stream.isRequestWhole = true
        case HTTP2FrameHeader.ping:
            if header.flags & 0x1 != 0 { driver?.pingAnswered() }
        default: break
        }
    }

    private func requestEnded(_ stream: HTTP2Stream) {
        stream.isRequestWhole = true
        guard !stream.ignoresBody else { return }
        if stream.trailerBytes > limits.http.maxTrailerBytes {
            driver?.requestRefused(stream, .trailersTooLarge)
        } else {
            driver?.requestEnded(stream)
        }
    }

    // MARK: Out

    func frameSent(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = frame.pointee.hd
        switch header.type {
        case HTTP2FrameHeader.data, HTTP2FrameHeader.headers:
            if header.type == HTTP2FrameHeader.data { idleFrames.dataSent() }
            guard header.flags & 0x1 != 0 else { return }
            resets.answered()
            guard let stream = stream(header.stream_id) else { return }
            // Answered before the request was whole: the client need not send the rest. Spec: RFC 9113 §8.1
            if !stream.isRequestWhole { reset(stream, .noError) }
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
