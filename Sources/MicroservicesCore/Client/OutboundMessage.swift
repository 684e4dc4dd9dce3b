import MessageWire
import NIOCore
import NIOCore

/// A message on its way to a service; the bytes are the caller's and are copied once, into the connection's buffer.
package struct OutboundMessage {
    /// The packet up to its data, made when the route or proxy was set up.
    package var pattern: CompiledPattern
    /// The payload's JSON text: valid, without surrounding white space.
    package var data: UnsafeRawBufferPointer
    /// Its length in UTF-16 code units.
    package var dataUnits: Int
    /// JSON text of an object beside the payload, and its UTF-16 code units; `nil` for none.
    package var metadata: (UnsafeRawBufferPointer, Int)?

    /// A message of pattern and payload.
    package init(pattern: CompiledPattern, data: UnsafeRawBufferPointer, dataUnits: Int) {
        self.pattern = pattern
        self.data = data
        self.dataUnits = dataUnits
    }

    /// Writes the message as a frame of NestJS.
    ///
    /// - Parameters:
    ///   - id: That of the request; nil makes an event.
    ///   - buffer: Gets the frame.
    @inline(__always)
    func write(id: PacketID?, into buffer: inout ByteBuffer) {
        FrameEncoder.request(pattern, data: data, dataUnits: dataUnits, id: id, metadata: metadata, into: &buffer)
    }
}
