import NIOCore

/// A payload's JSON text.
struct EncodedPayload: Sendable {
    var bytes: ByteBuffer
    var utf16Count: Int
}
