// The body: nothing, a counted number of bytes, or chunks with trailers.
//
// Framing bytes are consumed as they come, one by one (they are few); data is handed out as ranges, never copied.

extension HTTP1RequestParser {
    /// Where in the body we are. For a counted body only `remaining` and `limit` are used.
    struct BodyState {
        enum Chunk: UInt8 {
            case size, sizeExtension, sizeLineFeed, data, dataReturn, dataLineFeed
            case trailerStart, trailerName, trailerValue, trailerLineFeed, lastLineFeed
        }

        var chunk = Chunk.size
        var sizeDigits: UInt8 = 0
        var limitWasChecked = false
        /// Bytes of the counted body or of the current chunk that are still to come.
        var remaining = 0
        /// Decoded bytes announced by the chunks so far.
        var total = 0
        /// The body limit of this request.
        var limit = 0
        /// Bytes of the current chunk line, or of all trailers.
        var framingBytes = 0
        /// Framing beyond its fair share, see ``HTTPLimits/maxChunkOverheadBytes``.
        var excess = 0
    }

    /// Sets the body limit for this request, for routes that have their own; call it after the head and before the body.
    ///
    /// - Parameter bytes: the most bytes of decoded body that this request may have.
    /// - Throws: `bodyTooLarge` if Content-Length announces more; the parser then stays failed.
    package mutating func setBodyLimit(_ bytes: Int) throws(HTTPWireError) {
        if let failure { throw failure }
        precondition(phase == .body || phase == .complete, "setBodyLimit() without a head")
        body.limit = max(bytes, 0)
        try checkAnnouncedLength()
    }

    /// Compares Content-Length with the body limit before any byte of the body is awaited, as a driver should before it
    /// sends `100 Continue`. Otherwise the first call of ``parseBody(_:)`` does it.
    ///
    /// - Throws: `bodyTooLarge`; the parser then stays failed.
    package mutating func checkAnnouncedLength() throws(HTTPWireError) {
        if let failure { throw failure }
        body.limitWasChecked = true
        guard phase == .body, head.framing == .length, head.contentLength > body.limit else { return }
        fail(.bodyTooLarge)
        throw .bodyTooLarge
    }

    /// Continues with the body.
    ///
    /// Illegal before the head is whole: traps. After `.end` it answers `.end(consumed: 0)` until ``reset()``.
    ///
    /// - Parameter bytes: what follows the head and was not consumed yet; may be empty, and may reach into the next
    ///   request.
    /// - Returns: one piece of data, the end, or the wish for more.
    /// - Throws: `bodyTooLarge`, or an error about chunks and trailers; the parser then stays failed.
    package mutating func parseBody(_ bytes: UnsafeRawBufferPointer) throws(HTTPWireError) -> BodyStep {
        if let failure { throw failure }
        if phase == .complete { return .end(consumed: 0) }
        precondition(phase == .body, "parseBody() without a head")
        if !body.limitWasChecked { try checkAnnouncedLength() }
        switch head.framing {
        case .none, .length:
            let count = min(bytes.count, body.remaining)
            body.remaining &-= count
            if count > 0 { return .data(0..<count, consumed: count) }
            guard body.remaining == 0 else { return .needMore(consumed: 0) }
            phase = .complete
            return .end(consumed: 0)
        case .chunked:
            do throws(HTTPWireError) {
                return try parseChunks(bytes)
            } catch {
                fail(error)
                throw error
            }
        }
    }

    private mutating func parseChunks(_ bytes: UnsafeRawBufferPointer) throws(HTTPWireError) -> BodyStep {
        var index = 0
        while index < bytes.count {
            if body.chunk == .data {
                let count = min(bytes.count - index, body.remaining)
                body.remaining -= count
                if body.remaining == 0 { body.chunk = .dataReturn }
                return .data(index..<index + count, consumed: index + count)
            }
            let byte = bytes[index]
            index += 1
            if body.chunk.rawValue < BodyState.Chunk.trailerStart.rawValue {
                try chunkByte(byte)
            } else if try trailerByte(byte) {
                phase = .complete
                return .end(consumed: index)
            }
        }
        return .needMore(consumed: index)
    }

    /// Judges one byte of chunk framing. Spec: RFC 9112 §7.1
    private mutating func chunkByte(_ byte: UInt8) throws(HTTPWireError) {
        switch body.chunk {
        case .size:
            if let digit = Self.hexValue(byte) {
                guard body.sizeDigits < 16, body.remaining >> 59 == 0 else { throw .malformedChunkSize }
                body.sizeDigits += 1
                body.remaining = body.remaining << 4 | digit
                try countLineByte()
            } else if body.sizeDigits > 0, byte == ASCII.carriageReturn {
                body.chunk = .sizeLineFeed
            } else if body.sizeDigits > 0, byte == ASCII.semicolon {
                try countLineByte()
                body.chunk = .sizeExtension
            } else {
                throw byte == ASCII.lineFeed ? .bareLineFeed : .malformedChunkSize
            }
        case .sizeExtension:
            if byte == ASCII.carriageReturn {
                body.chunk = .sizeLineFeed
            } else {
                try Self.judgeValueByte(byte, otherwise: .malformedChunk)
                try countLineByte()
            }
        case .sizeLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareCarriageReturn }
            try chunkLineEnded()
        case .dataReturn:
            guard byte == ASCII.carriageReturn else { throw byte == ASCII.lineFeed ? .bareLineFeed : .malformedChunk }
            body.chunk = .dataLineFeed
        case .dataLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareCarriageReturn }
            body.chunk = .size
        case .data, .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            preconditionFailure("not a byte of chunk framing")
        }
    }

    private mutating func countLineByte() throws(HTTPWireError) {
        body.framingBytes += 1
        guard body.framingBytes <= limits.maxChunkLineBytes else { throw .chunkLineTooLong }
    }

    private mutating func chunkLineEnded() throws(HTTPWireError) {
        let size = body.remaining
        // The line, its CRLF, and the CRLF after the data.
        let framing = body.framingBytes + 4
        body.framingBytes = 0
        body.sizeDigits = 0
        guard size > 0 else {
            body.chunk = .trailerStart
            return
        }
        guard size <= body.limit - body.total else { throw .bodyTooLarge }
        body.total += size
        // `size` is within the body limit, so this does not overflow unless that limit is absurd.
        let (forgiven, overflow) = size.multipliedReportingOverflow(by: 2)
        body.excess = overflow ? 0 : max(0, body.excess + framing - 16 - min(forgiven, 1 << 40))
        guard body.excess <= limits.maxChunkOverheadBytes else { throw .chunkOverheadTooLarge }
        body.chunk = .data
    }

    /// Judges one byte of the trailer section; answers whether it was the last byte of the body. Trailers are checked
    /// as field lines are, and dropped. Spec: RFC 9112 §7.1.2
    private mutating func trailerByte(_ byte: UInt8) throws(HTTPWireError) -> Bool {
        switch body.chunk {
        case .trailerStart where byte == ASCII.carriageReturn:
            body.chunk = .lastLineFeed
            return false
        case .trailerStart:
            guard ByteSet.token.contains(byte) else { throw byte == ASCII.lineFeed ? .bareLineFeed : .malformedTrailer }
            body.chunk = .trailerName
        case .trailerName:
            if byte == ASCII.colon {
                body.chunk = .trailerValue
            } else if !ByteSet.token.contains(byte) {
                throw byte == ASCII.lineFeed ? .bareLineFeed : .malformedTrailer
            }
        case .trailerValue:
            if byte == ASCII.carriageReturn {
                body.chunk = .trailerLineFeed
            } else {
                try Self.judgeValueByte(byte, otherwise: .malformedTrailer)
            }
        case .trailerLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareCarriageReturn }
            body.chunk = .trailerStart
        case .lastLineFeed:
            guard byte == ASCII.lineFeed else { throw .bareCarriageReturn }
            return true
        case .size, .sizeExtension, .sizeLineFeed, .data, .dataReturn, .dataLineFeed:
            preconditionFailure("not a byte of the trailers")
        }
        body.framingBytes += 1
        guard body.framingBytes <= limits.maxTrailerBytes else { throw .trailersTooLarge }
        return false
    }

    private static func judgeValueByte(_ byte: UInt8, otherwise: HTTPWireError) throws(HTTPWireError) {
        if byte >= 0x20 && byte != 0x7F || byte == ASCII.tab { return }
        throw byte == ASCII.lineFeed ? .bareLineFeed : otherwise
    }

    @inline(__always) private static func hexValue(_ byte: UInt8) -> Int? {
        if byte &- 0x30 < 10 { return Int(byte &- 0x30) }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? Int(letter) + 10 : nil
    }
}
