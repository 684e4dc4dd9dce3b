import NIOCore

/// An answer's head before it is written, as HTTP/1.1 needs it.
///
/// Everything in it was checked when it was made, so writing it cannot fail.
package struct HTTP1ResponseHead: Sendable {
    /// How the end of the body is shown to the client. Spec: RFC 9112 §6
    package enum Framing: Sendable, Equatable {
        /// `content-length` with this many bytes.
        case length(Int)
        /// `transfer-encoding: chunked`; the body goes through ``HTTP1ResponseSerializer/writeChunk(_:into:)``.
        case chunked
        /// The end of the connection ends the body: for streams to HTTP/1.0 clients. Implies `connection: close`.
        case untilClose
    }

    /// What the answer says about the connection.
    package enum Connection: Sendable, Equatable {
        /// Stays open, which HTTP/1.1 takes for granted: nothing is written.
        case persistent
        /// Stays open for an HTTP/1.0 client that asked for it: `connection: keep-alive`.
        case keepAlive
        /// Ends after this answer: `connection: close`.
        case close

        /// What to answer to a request.
        ///
        /// - Parameters:
        ///   - head: the request.
        ///   - closing: whether we want to close in any case.
        package init(answering head: borrowing HTTP1RequestHead, closing: Bool = false) {
            self = closing || !head.keepAlive ? .close : head.minorVersion == 0 ? .keepAlive : .persistent
        }
    }

    /// 200 to 599; anything else is written as 500.
    package var status: Int
    /// `content-type`; nil writes none.
    package var contentType: HTTPContentType?
    /// How the body ends; not written for 204 and 304.
    package var framing: Framing
    /// What happens to the connection.
    package var connection: Connection
    /// Further fields in this order.
    package var fields: [HTTPField]

    /// Makes a head.
    ///
    /// - Parameters:
    ///   - status: 200 to 599.
    ///   - contentType: the media type, if there is a body.
    ///   - framing: how the body ends. For HEAD: as GET would have it.
    ///   - connection: what happens to the connection.
    ///   - fields: further fields.
    package init(
        status: Int, contentType: HTTPContentType? = nil, framing: Framing = .length(0),
        connection: Connection = .persistent, fields: [HTTPField] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.framing = framing
        self.connection = connection
        self.fields = fields
    }
}

/// Writes answers straight into the connection's outgoing buffer: the last step on the way of a request.
///
/// Field names are in lower case, as HTTP/2 has them. The version is always HTTP/1.1, also for HTTP/1.0 clients
/// (RFC 9110 §2.5). Nothing is allocated unless the buffer must grow.
///
/// Spec: RFC 9112 §4, §6, §7.1
package enum HTTP1ResponseSerializer {
    /// Writes a whole head, with the empty line that ends it.
    ///
    /// A request id that is not visible ASCII is left out, so that a client's own cannot bring in other fields.
    ///
    /// - Parameters:
    ///   - head: what to say.
    ///   - date: the moment of the answer.
    ///   - requestID: the value of `x-request-id`; nil writes none.
    ///   - out: where the head is appended.
    package static func writeHead(
        _ head: borrowing HTTP1ResponseHead, date: HTTPDate, requestID: UnsafeRawBufferPointer? = nil,
        into out: inout ByteBuffer
    ) {
        let status = 200...599 ~= head.status ? head.status : 500
        let reason = HTTPStatus.reason(status)
        // Fixed text, status, date and length take less than 192 bytes.
        var capacity = 192 + reason.utf8CodeUnitCount + (requestID?.count ?? 0)
        capacity += head.contentType?.text.utf8.count ?? 0
        for field in head.fields { capacity += field.name.utf8.count + field.value.utf8.count + 4 }
        let hasFraming = status != 204 && status != 304
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { space in
            var writer = RawWriter(space)
            writer.put("HTTP/1.1 ")
            writer.put(decimal: status)
            writer.put(" ")
            writer.put(reason)
            if status != 204, let contentType = head.contentType {
                writer.put("\r\ncontent-type: ")
                writer.put(contentType.text)
            }
            if hasFraming { writer.put(framing: head.framing) }
            writer.put("\r\ndate: ")
            date.withBytes { writer.put($0) }
            switch head.connection {
            case .close: writer.put("\r\nconnection: close")
            case .keepAlive where head.framing != .untilClose: writer.put("\r\nconnection: keep-alive")
            case .persistent where head.framing != .untilClose: break
            case .persistent, .keepAlive: writer.put("\r\nconnection: close")
            }
            writer.put(requestID: requestID)
            for field in head.fields {
                writer.put("\r\n")
                writer.put(field.name)
                writer.put(": ")
                writer.put(field.value)
            }
            writer.put("\r\n\r\n")
            return writer.count
        }
    }

    /// Writes the commonest head: 200, `application/json`, a known length, a connection that stays open.
    ///
    /// The same bytes as ``writeHead(_:date:requestID:into:)`` would write, in a few copies.
    ///
    /// - Parameters:
    ///   - contentLength: bytes of the body that follows.
    ///   - date: the moment of the answer.
    ///   - requestID: the value of `x-request-id`; nil writes none, bytes that are not visible ASCII neither.
    ///   - out: where the head is appended.
    package static func writeJSONHead(
        contentLength: Int, date: HTTPDate, requestID: UnsafeRawBufferPointer? = nil, into out: inout ByteBuffer
    ) {
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: 192 + (requestID?.count ?? 0)) { space in
            var writer = RawWriter(space)
            writer.put("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ")
            writer.put(decimal: contentLength)
            writer.put("\r\ndate: ")
            date.withBytes { writer.put($0) }
            writer.put(requestID: requestID)
            writer.put("\r\n\r\n")
            return writer.count
        }
    }

    /// Writes the interim answer that lets a waiting client send its body. Spec: RFC 9110 §15.2.1
    ///
    /// - Parameter out: where it is appended.
    package static func writeContinue(into out: inout ByteBuffer) {
        out.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Writes a piece of a chunked body as one chunk; an empty piece writes nothing, because it would end the body.
    ///
    /// - Parameters:
    ///   - data: the piece.
    ///   - out: where the chunk is appended.
    package static func writeChunk(_ data: UnsafeRawBufferPointer, into out: inout ByteBuffer) {
        guard !data.isEmpty else { return }
        writeChunkStart(byteCount: data.count, into: &out)
        out.writeBytes(data)
        writeChunkEnd(into: &out)
    }

    /// Writes the line before a chunk's data, for callers that write the data themselves.
    ///
    /// - Parameters:
    ///   - byteCount: bytes of data that follow, more than zero.
    ///   - out: where the line is appended.
    package static func writeChunkStart(byteCount: Int, into out: inout ByteBuffer) {
        precondition(byteCount > 0, "an empty chunk would end the body")
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: 18) { space in
            var writer = RawWriter(space)
            writer.put(hexadecimal: byteCount)
            writer.put("\r\n")
            return writer.count
        }
    }

    /// Writes what follows a chunk's data.
    ///
    /// - Parameter out: where it is appended.
    package static func writeChunkEnd(into out: inout ByteBuffer) {
        out.writeStaticString("\r\n")
    }

    /// Ends a chunked body, without trailers.
    ///
    /// - Parameter out: where the last chunk is appended.
    package static func writeLastChunk(into out: inout ByteBuffer) {
        out.writeStaticString("0\r\n\r\n")
    }
}

/// Appends to reserved space; going beyond it would be our own fault and traps.
private struct RawWriter {
    private let space: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    @inline(__always) init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

    @inline(__always) mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, let target = space.baseAddress else { return }
        precondition(bytes.count <= space.count - count, "reserved too little for a response head")
        (target + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    @inline(__always) mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(decimal value: Int) {
        // The digits are made backwards in a word array of their own; 20 are enough for any Int.
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = UInt(max(value, 0))
            var start = 20
            repeat {
                start -= 1
                digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            put(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    mutating func put(hexadecimal value: Int) {
        var shift = max(0, (63 - value.leadingZeroBitCount) & ~3)
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> shift) & 0xF
            withUnsafeBytes(of: digit < 10 ? 0x30 + digit : 0x57 + digit) { put($0) }
            shift -= 4
        }
    }

    mutating func put(framing: HTTP1ResponseHead.Framing) {
        switch framing {
        case .length(let length):
            put("\r\ncontent-length: ")
            put(decimal: length)
        case .chunked: put("\r\ntransfer-encoding: chunked")
        case .untilClose: break
        }
    }

    @inline(__always) mutating func put(requestID: UnsafeRawBufferPointer?) {
        guard let requestID, FieldValidation.isVisible(requestID) else { return }
        put("\r\nx-request-id: ")
        put(requestID)
    }
}
