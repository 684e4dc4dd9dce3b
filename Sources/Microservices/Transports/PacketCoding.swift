package import MessageWire
import NIOCore

/// What a transport does to packets beside NestJS's own way: framing, serializer, deserializer.
///
/// A connection asks ``framesAsNestJS`` and so on once, at its beginning; without any of the three nothing here is called.
package struct PacketCoding: Sendable {
    /// Nil for NestJS's, which connections read and write by themselves.
    package let framing: (any MessageFraming)?
    /// For what is sent.
    package var serializer: (any PacketSerializer)?
    /// For what is received.
    package var deserializer: (any PacketDeserializer)?

    /// The coding of a transport.
    package init(
        framing: any MessageFraming = .json, serializer: (any PacketSerializer)? = nil,
        deserializer: (any PacketDeserializer)? = nil
    ) {
        self.framing = framing is JSONFraming ? nil : framing
        self.serializer = serializer
        self.deserializer = deserializer
    }

    /// For the way out: nil when frames are written as NestJS writes them.
    var forOutput: PacketCoding? { framing == nil && serializer == nil ? nil : self }

    /// Writes a packet in this coding.
    ///
    /// - Parameters:
    ///   - buffer: Gets the packet; as it was when this throws.
    ///   - frame: Writes the packet as a frame of NestJS.
    /// - Throws: What serializer or framing throw.
    func write(into buffer: inout ByteBuffer, _ frame: (inout ByteBuffer) -> Void) throws {
        var packet = ByteBuffer()
        frame(&packet)
        // The text stands behind the length.
        if let hash = packet.readableBytesView.firstIndex(of: 0x23) { packet.moveReaderIndex(to: hash + 1) }
        if let serializer {
            let value = packet.withUnsafeReadableBytes { JSONValue(checked: $0) }
            packet = Self.text(try serializer.serialize(value))
        }
        let start = buffer.writerIndex
        do {
            if let framing {
                try framing.writePacket(packet, into: &buffer)
            } else {
                JSONFraming().writePacket(packet, into: &buffer)
            }
        } catch {
            buffer.moveWriterIndex(to: start)
            throw error
        }
    }

    /// The text of a JSON value.
    static func text(_ value: JSONValue) -> ByteBuffer {
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.value(value)
        return writer.buffer
    }
}

extension PacketDeserializer {
    /// The packet in a message, as text.
    ///
    /// - Parameter json: The message.
    /// - Returns: The packet's text.
    /// - Throws: ``MessageWireError/notJSON(_:)``, and what the deserializer throws.
    func packet(in json: UnsafeRawBufferPointer) throws -> ByteBuffer {
        let message: JSONValue
        do {
            message = try JSONValue.parse(json)
        } catch {
            throw MessageWireError.notJSON(error)
        }
        return PacketCoding.text(try deserialize(message))
    }
}
