import CNGHTTP2
import NIOCore

/// Answers in, bytes out.
extension HTTP2Session {
    // MARK: What the driver says

    /// Answers with 200 and a JSON body, the commonest answer.
    ///
    /// What fits into the client's window leaves at once if the caller has lent an output; the rest is copied.
    ///
    /// - Parameters:
    ///   - stream: whose answer it is.
    ///   - body: the whole body.
    ///   - sendsBody: false for HEAD.
    ///   - date: the moment of the answer.
    ///   - requestID: the value of `x-request-id`, at most 32 bytes.
    ///   - isLent: whether `body` stays where it is until ``writeLent(_:)``.
    package func respondJSON(
        _ stream: HTTP2Stream, body: UnsafeRawBufferPointer, sendsBody: Bool, date: HTTPDate,
        requestID: UnsafeRawBufferPointer, isLent: Bool = false
    ) {
        guard stream.isOpen, !stream.isAnswering else { return }
        stream.isWorthReset = true
        if body.count > Self.oneFrame { share(stream) }
        var block = HTTP2FieldBlock(stream.scratch)
        withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: 6) { fields in
            fields[0] = HTTP2FieldBlock.field(":status", "200")
            fields[1] = HTTP2FieldBlock.field("content-type", "application/json")
            fields[2] = block.contentLength(body.count)
            fields[3] = block.date(date)
            fields[4] = block.requestID(requestID)
            if isSecure { fields[5] = HTTP2FieldBlock.field("x-content-type-options", "nosniff") }
            submit(
                stream, UnsafeMutableBufferPointer(rebasing: fields[..<(isSecure ? 6 : 5)]),
                hasBody: sendsBody && !body.isEmpty)
        }
        guard sendsBody else { return stream.isOutputWhole = true }
        write(stream, body, isLast: true, isLent: isLent)
    }

    /// Answers with any head and a whole body, or begins an answer whose body comes in pieces.
    ///
    /// - Parameters:
    ///   - stream: whose answer it is.
    ///   - head: status, media type, fields; the framing says whether a length is written.
    ///   - hasBody: whether DATA follows; false for HEAD, 204 and 304.
    ///   - date: the moment of the answer.
    ///   - requestID: the value of `x-request-id`, at most 32 bytes.
    package func respond(
        _ stream: HTTP2Stream, _ head: HTTP1ResponseHead, hasBody: Bool, date: HTTPDate,
        requestID: UnsafeRawBufferPointer
    ) {
        guard stream.isOpen, !stream.isAnswering else { return }
        stream.isWorthReset = head.status < 400
        if hasBody { share(stream) }
        var block = HTTP2FieldBlock(stream.scratch)
        var texts: [(String, String)] = []
        if let contentType = head.contentType, head.status != 204,
            !head.fields.contains(where: { $0.name == "content-type" })
        {
            texts.append(("content-type", contentType.text))
        }
        for field in head.fields { texts.append((field.name, field.value)) }
        let copied = HTTP2FieldBlock.Copied(texts)
        var fields = [block.status(200...599 ~= head.status ? head.status : 500)]
        fields += copied.fields
        if case .length(let length) = head.framing, head.status != 204, head.status != 304 {
            fields.append(block.contentLength(length))
        }
        fields.append(block.date(date))
        fields.append(block.requestID(requestID))
        if isSecure, !head.fields.contains(where: { $0.name == "x-content-type-options" }) {
            fields.append(HTTP2FieldBlock.field("x-content-type-options", "nosniff"))
        }
        fields.withUnsafeMutableBufferPointer { submit(stream, $0, hasBody: hasBody) }
        // nghttp2 has copied what is not in the scratch.
        copied.free()
        if !hasBody { stream.isOutputWhole = true }
    }

    /// Lets a waiting client send its body. Spec: RFC 9110 §15.2.1
    package func sendContinue(_ stream: HTTP2Stream) {
        guard stream.isOpen, !stream.isAnswering else { return }
        var field = HTTP2FieldBlock.field(":status", "100")
        check(nghttp2_submit_headers(session, 0, stream.id, nil, &field, 1, nil))
    }

    /// Writes a piece of an answer's body.
    ///
    /// - Parameters:
    ///   - stream: whose answer it is; its head was submitted with a body.
    ///   - bytes: the piece; copied only as far as it cannot leave now.
    ///   - isLast: whether the body is whole with it.
    ///   - isLent: whether the piece stays where it is until ``writeLent(_:)``. Frames are made then, for many answers together.
    package func write(
        _ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer, isLast: Bool, isLent: Bool = false
    ) {
        guard stream.isOpen, !stream.isOutputWhole else { return }
        stream.isOutputWhole = isLast
        let id = stream.id
        // What was lent for this stream before is in front.
        keepDirect(of: stream)
        if stream.pending == nil && !isReceiving && canProduce {
            stream.direct = bytes
            directBytes += bytes.count
            resume(stream)
            guard !isLent else { return }
            drive()
            // Meanwhile the stream may have been closed.
            if stream.id == id { keepDirect(of: stream) }
        } else {
            keep(bytes, for: stream)
            resume(stream)
        }
    }

    /// Ends an answer's body that came in pieces.
    ///
    /// - Parameters:
    ///   - stream: whose answer it is.
    ///   - isComplete: whether the client may take it for whole; otherwise the stream is reset behind what was written.
    package func end(_ stream: HTTP2Stream, isComplete: Bool) {
        guard stream.isOpen, !stream.isOutputWhole else { return }
        stream.isOutputWhole = true
        stream.isBroken = !isComplete
        resume(stream)
    }

    /// Writes what was lent since the last time, before it goes: into the output as far as the clients' windows allow, the rest
    /// is copied.
    ///
    /// - Parameter isHeld: Told of each stream whose output waits now.
    package func writeLent(_ isHeld: (HTTP2Stream) -> Void) {
        drive()
        guard directBytes > 0 else { return }
        for stream in streams where !stream.direct.isEmpty {
            keepDirect(of: stream)
            isHeld(stream)
        }
    }

    /// Output that lies elsewhere is copied: the bytes are about to go.
    private func keepDirect(of stream: HTTP2Stream) {
        guard !stream.direct.isEmpty else { return }
        let rest = stream.direct
        stream.direct = UnsafeRawBufferPointer(start: nil, count: 0)
        directBytes -= rest.count
        keep(rest, for: stream)
    }

    private func keep(_ bytes: UnsafeRawBufferPointer, for stream: HTTP2Stream) {
        guard !bytes.isEmpty else { return }
        unsent += bytes.count
        var pending = stream.pending.take() ?? ByteBufferAllocator().buffer(capacity: bytes.count)
        pending.writeBytes(bytes)
        stream.pending = pending
    }

    private func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        check(nghttp2_session_resume_data(session, stream.id))
    }

    /// Bytes of the largest DATA frame that every client takes. Spec: RFC 9113 §4.2
    private static let oneFrame = 16_384

    /// Lets a long answer leave in turn with others: without it nghttp2 sends one to its end before the next (RFC 9218 §10), and a
    /// slow download would hold up every small answer of its connection.
    private func share(_ stream: HTTP2Stream) {
        var priority = nghttp2_extpri(urgency: UInt32(NGHTTP2_EXTPRI_DEFAULT_URGENCY), inc: 1)
        check(nghttp2_session_change_extpri_stream_priority(session, stream.id, &priority, 1))
    }

    private func submit(_ stream: HTTP2Stream, _ fields: UnsafeMutableBufferPointer<nghttp2_nv>, hasBody: Bool) {
        stream.isAnswering = true
        guard hasBody else {
            check(nghttp2_submit_response(session, stream.id, fields.baseAddress, fields.count, nil))
            return
        }
        var provider = nghttp2_data_provider()
        provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
        provider.read_callback = HTTP2Callbacks.readBody
        check(nghttp2_submit_response(session, stream.id, fields.baseAddress, fields.count, &provider))
    }

    // MARK: Bytes out

    /// Whether the driver has lent an output that is not full.
    private var canProduce: Bool { outLimit > 0 && out.readableBytes < outLimit }

    /// Lends an output: answers may be written into it until ``takeOutput()``.
    ///
    /// - Parameters:
    ///   - buffer: empty.
    ///   - limit: bytes above which answers wait.
    package func lendOutput(_ buffer: ByteBuffer, upTo limit: Int) {
        out = buffer
        outLimit = limit
    }

    /// Produces what can be produced and gives the output back; it may be empty.
    package func takeOutput() -> ByteBuffer {
        drive()
        outLimit = 0
        var taken = ByteBuffer()
        swap(&taken, &out)
        return taken
    }

    /// Whether the last output ended because it was full.
    package var hasMoreOutput: Bool { isPaused }

    private func drive() {
        isPaused = false
        while !isPaused, !hasFailed {
            guard out.readableBytes < outLimit else {
                isPaused = true
                return
            }
            var data: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(session, &data)
            guard count > 0, let data else {
                if count < 0 { fail() }
                return
            }
            out.writeBytes(UnsafeRawBufferPointer(start: data, count: count))
        }
    }

    /// Writes a DATA frame: its header, and the body from where it lies.
    func writeData(of stream: HTTP2Stream, header: UnsafePointer<UInt8>, count: Int) -> Int32 {
        out.writeBytes(UnsafeRawBufferPointer(start: header, count: 9))
        latest = Unmanaged.passUnretained(stream)
        stream.sent += count
        if var pending = stream.pending.take() {
            // Never both: what is direct is written only when nothing waits.
            pending.withUnsafeReadableBytes { bytes in
                _ = out.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            }
            unsent -= count
            pending.moveReaderIndex(forwardBy: count)
            if pending.readableBytes > 0 { stream.pending = pending }
        } else if count > 0 {
            out.writeBytes(UnsafeRawBufferPointer(rebasing: stream.direct[..<count]))
            directBytes -= count
            stream.direct = UnsafeRawBufferPointer(rebasing: stream.direct[count...])
        }
        guard out.readableBytes < outLimit else {
            isPaused = true
            return NGHTTP2_ERR_PAUSE.rawValue
        }
        return 0
    }
}

extension HTTP2Stream {
    /// Says how many bytes of the body the next DATA frame has.
    func announceData(upTo limit: Int, _ flags: UnsafeMutablePointer<UInt32>) -> Int {
        let unsent = unsent
        if unsent == 0 {
            if isBroken { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
            if !isOutputWhole {
                isDeferred = true
                return Int(NGHTTP2_ERR_DEFERRED.rawValue)
            }
        }
        let count = min(unsent, limit)
        flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        if count == unsent && isOutputWhole && !isBroken { flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        return count
    }
}

/// The fields of an answer as nghttp2 wants them: pointers to bytes that live until the frame is made.
///
/// Names and fixed values point to constants; numbers, date and request id are written into the stream's scratch, which
/// lives as long as the stream. Nothing is copied or allocated for them.
struct HTTP2FieldBlock {
    private let scratch: UnsafeMutableRawPointer

    // Where in the scratch which value stands.
    private static let statusOffset = 0
    private static let lengthOffset = 8
    private static let dateOffset = 32
    private static let idOffset = 64
    private static let maxIDBytes = 64
    /// Bytes of a stream's scratch.
    static let scratchBytes = idOffset + maxIDBytes

    private static var noCopy: UInt8 {
        UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue)
    }

    init(_ scratch: UnsafeMutableRawPointer) { self.scratch = scratch }

    static func field(_ name: StaticString, _ value: StaticString) -> nghttp2_nv {
        nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name.utf8Start),
            value: UnsafeMutablePointer(mutating: value.utf8Start),
            namelen: name.utf8CodeUnitCount, valuelen: value.utf8CodeUnitCount, flags: noCopy)
    }

    mutating func status(_ status: Int) -> nghttp2_nv {
        scratchField(":status", Self.statusOffset, decimal(status, at: Self.statusOffset), 0)
    }

    mutating func contentLength(_ length: Int) -> nghttp2_nv {
        scratchField("content-length", Self.lengthOffset, decimal(length, at: Self.lengthOffset), 0)
    }

    mutating func date(_ date: HTTPDate) -> nghttp2_nv {
        date.withBytes { bytes in
            UnsafeMutableRawBufferPointer(start: scratch + Self.dateOffset, count: bytes.count).copyMemory(from: bytes)
        }
        return scratchField("date", Self.dateOffset, HTTPDate.byteCount, 0)
    }

    /// Each is another one: kept in the compression table they would only drive out what comes again (and, since nghttp2's
    /// table puts their name beside `:status`, slow down every answer).
    mutating func requestID(_ id: UnsafeRawBufferPointer) -> nghttp2_nv {
        let count = min(id.count, Self.maxIDBytes)
        UnsafeMutableRawBufferPointer(start: scratch + Self.idOffset, count: count)
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: id[..<count]))
        return scratchField(
            "x-request-id", Self.idOffset, count, UInt8(NGHTTP2_NV_FLAG_NO_INDEX.rawValue))
    }

    private func scratchField(_ name: StaticString, _ offset: Int, _ count: Int, _ flags: UInt8) -> nghttp2_nv {
        nghttp2_nv(
            name: UnsafeMutablePointer(mutating: name.utf8Start),
            value: (scratch + offset).assumingMemoryBound(to: UInt8.self), namelen: name.utf8CodeUnitCount,
            valuelen: count, flags: Self.noCopy | flags)
    }

    private func decimal(_ number: Int, at offset: Int) -> Int {
        var writer = RawWriter(UnsafeMutableRawBufferPointer(start: scratch + offset, count: 24))
        writer.put(decimal: number)
        return writer.count
    }

    /// Fields whose texts lie in Swift strings: copied once, and once more by nghttp2.
    struct Copied {
        let fields: [nghttp2_nv]
        private let storage: UnsafeMutableRawBufferPointer

        init(_ texts: [(String, String)]) {
            let count = texts.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count }
            storage = .allocate(byteCount: max(count, 1), alignment: 1)
            var used = 0
            var fields: [nghttp2_nv] = []
            for (name, value) in texts {
                let nameStart = used
                for byte in name.utf8 {
                    storage[used] = byte
                    used += 1
                }
                let valueStart = used
                for byte in value.utf8 {
                    storage[used] = byte
                    used += 1
                }
                let base = storage.baseAddress?.assumingMemoryBound(to: UInt8.self)
                fields.append(
                    nghttp2_nv(
                        name: base.map { $0 + nameStart }, value: base.map { $0 + valueStart },
                        namelen: valueStart - nameStart, valuelen: used - valueStart,
                        flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
            }
            self.fields = fields
        }

        func free() { storage.deallocate() }
    }
}
