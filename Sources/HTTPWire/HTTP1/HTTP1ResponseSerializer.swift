import NIOCore

/// Writes answers straight into the connection's outgoing buffer: the last step on the way of a request.
///
/// Field names are in lower case, as HTTP/2 has them. The version is always HTTP/1.1, also for HTTP/1.0 clients
/// (RFC 9110 §2.5). Nothing is allocated unless the buffer must grow.
///
/// Spec: RFC 9112 §4, §6, §7.1
package enum HTTP1ResponseSerializer {
    /// Browsers take a body for what its type says, not for what it looks like. Spec: Fetch Standard §3.5
    private static let noSniff: StaticString = "\r\nx-content-type-options: nosniff"

    /// Writes a whole head, with the empty line that ends it.
    ///
    /// A request id that is not visible ASCII is left out, so that a client's own cannot bring in other fields.
    ///
    /// - Parameters:
    ///   - head: what to say.
    ///   - date: the moment of the answer.
    ///   - requestID: the value of `x-request-id`; nil writes none.
    ///   - isSecure: whether it goes over TLS: says `x-content-type-options: nosniff`, unless a field says it otherwise.
    ///   - out: where the head is appended.
    package static func writeHead(
        _ head: borrowing HTTP1ResponseHead, date: HTTPDate, requestID: UnsafeRawBufferPointer? = nil,
        isSecure: Bool = false, into out: inout ByteBuffer
    ) {
        let status = 200...599 ~= head.status ? head.status : 500
        let reason = HTTPStatus.reason(status)
        // Fixed text, status, date and length take less than 224 bytes.
        var capacity = 224 + reason.utf8CodeUnitCount + (requestID?.count ?? 0)
        var contentType = status == 204 ? nil : head.contentType
        var saysNoSniff = isSecure
        for field in head.fields {
            capacity += field.name.utf8.count + field.value.utf8.count + 4
            switch field.name.utf8.count {
            case 12: if field.name == "content-type" { contentType = nil }
            case 22: if field.name == "x-content-type-options" { saysNoSniff = false }
            default: break
            }
        }
        capacity += contentType?.text.utf8.count ?? 0
        let hasFraming = status != 204 && status != 304
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { space in
            var writer = RawWriter(space)
            writer.put("HTTP/1.1 ")
            writer.put(decimal: status)
            writer.put(" ")
            writer.put(reason)
            if let contentType {
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
            if saysNoSniff { writer.put(Self.noSniff) }
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

    /// Writes the commonest head: 200, `application/json`, a known length.
    ///
    /// The same bytes as ``writeHead(_:date:requestID:isSecure:into:)`` would write, in a few copies.
    ///
    /// - Parameters:
    ///   - contentLength: bytes of the body that follows.
    ///   - date: the moment of the answer.
    ///   - requestID: the value of `x-request-id`; nil writes none, bytes that are not visible ASCII neither.
    ///   - isSecure: whether it goes over TLS: says `x-content-type-options: nosniff`.
    ///   - closes: whether the connection ends with this answer.
    ///   - out: where the head is appended.
    package static func writeJSONHead(
        contentLength: Int, date: HTTPDate, requestID: UnsafeRawBufferPointer? = nil, isSecure: Bool = false,
        closes: Bool = false, into out: inout ByteBuffer
    ) {
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: 224 + (requestID?.count ?? 0)) { space in
            var writer = RawWriter(space)
            writer.put("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ")
            writer.put(decimal: contentLength)
            writer.put("\r\ndate: ")
            date.withBytes { writer.put($0) }
            if closes { writer.put("\r\nconnection: close") }
            writer.put(requestID: requestID)
            if isSecure { writer.put(Self.noSniff) }
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
