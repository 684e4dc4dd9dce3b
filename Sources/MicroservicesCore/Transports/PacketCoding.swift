package import MessageWire
import NIOCore

/// What a transport does to packets beside NestJS's own way: framing, serializer, deserializer.
///
/// Without any of the three nothing here is called for a packet.
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

    /// What writes packets; nil when they are written as NestJS writes them.
    var writer: PacketWriter? {
        framing == nil && serializer == nil ? nil : PacketWriter(framing: framing, serializer: serializer)
    }

    /// The text of a JSON value.
    static func text(_ value: JSONValue) -> ByteBuffer {
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.value(value)
        return writer.buffer
    }
}

/// Writes packets otherwise than NestJS. A class, so that its absence costs a connection one look at a pointer.
final class PacketWriter: Sendable {
    private let framing: any MessageFraming
    private let serializer: (any PacketSerializer)?

    init(framing: (any MessageFraming)?, serializer: (any PacketSerializer)?) {
        self.framing = framing ?? .json
        self.serializer = serializer
    }

    /// Writes a packet.
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
            packet = PacketCoding.text(try serializer.serialize(value))
        }
        let start = buffer.writerIndex
        do {
            try framing.writePacket(packet, into: &buffer)
        } catch {
            buffer.moveWriterIndex(to: start)
            throw error
        }
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
