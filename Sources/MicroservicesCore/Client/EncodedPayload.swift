package import NIOCore

/// JSON text for a packet: a payload, or the metadata beside it.
package struct EncodedPayload: Sendable {
    package var bytes: ByteBuffer
    /// Its length in UTF-16 code units, which frames count.
    package var utf16Count: Int

    package init(bytes: ByteBuffer, utf16Count: Int) {
        self.bytes = bytes
        self.utf16Count = utf16Count
    }
}
