public import NIOCore

/// How the JSON texts of packets are put into a stream of bytes, and cut out of it again: NestJS's `socketClass`.
///
/// The default is ``JSONFraming``, what NestJS speaks. Another one is a value with two methods, and both ends of a connection
/// must have it:
///
/// ```swift
/// /// Four bytes of length, big-endian, then the text.
/// struct LengthPrefixFraming: MessageFraming {
///     func readPacket(from bytes: inout ByteBuffer) -> ByteBuffer? {
///         bytes.readLengthPrefixedSlice(as: UInt32.self)
///     }
///
///     func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) {
///         bytes.writeInteger(UInt32(json.readableBytes))
///         bytes.writeImmutableBuffer(json)
///     }
/// }
///
/// let service = Microservice(transport: .tcp(port: 3000, framing: LengthPrefixFraming()))
/// ```
///
/// Every connection works on a copy of its own, so variables may keep what is known of a packet that is not whole yet.
/// Bounds are not the framing's business: whatever waits in front of it is counted by the connection, in bytes, against
/// `maxBufferSize`, and a packet that does not become whole in time ends the connection, as with every framing.
///
/// World: one event loop; neither method may block.
public protocol MessageFraming: Sendable {
    /// Takes the next packet off the front of what was received.
    ///
    /// Called after bytes came, again and again until it gives nil. What it leaves in `bytes` is there the next time, with more
    /// behind it; only the reader index may be another one, so places are to be remembered relative to it.
    ///
    /// - Parameter bytes: What was received and not taken; the packet is to be taken out with all that surrounds it.
    /// - Returns: The packet's JSON text in UTF-8, checked by the caller; nil when no packet is whole.
    /// - Throws: Anything, when the bytes are none of this framing; the connection ends and the error is logged.
    mutating func readPacket(from bytes: inout ByteBuffer) throws -> ByteBuffer?

    /// Appends a packet to what is to be sent.
    ///
    /// - Parameters:
    ///   - json: The packet's JSON text, UTF-8. White space can stand between its tokens, line feeds too.
    ///   - bytes: Gets the packet behind what it holds.
    /// - Throws: Anything, when the packet cannot be sent; the connection stays, and the caller is told.
    func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) throws
}
