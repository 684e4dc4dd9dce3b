import Logging
import MessageWire
import NIOCore
import Pipeline

/// Packets of transports that have a framing, serializer or deserializer of their own.
extension ServerConnection {
    /// Writes an answer; when that is refused, an error in its place.
    ///
    /// - Parameters:
    ///   - id: The request's.
    ///   - writer: The transport's.
    ///   - buffer: Gets the packet.
    ///   - frame: Writes the answer as NestJS does.
    /// - Returns: Whether the answer itself was written.
    @discardableResult
    func write(
        _ id: FrameEncoder.Text, _ writer: PacketWriter, into buffer: inout ByteBuffer,
        _ frame: (inout ByteBuffer) -> Void
    ) -> Bool {
        do {
            try writer.write(into: &buffer, frame)
            return true
        } catch {
            log(.error, "answer not sent: the transport's serializer refused it", ["error": "\(error)"])
        }
        let error = PacketCoding.text(RPCError.internalServerError.value)
        error.withUnsafeReadableBytes { error in
            do {
                let reply = FrameEncoder.Reply.error(FrameEncoder.Text(counting: error))
                try writer.write(into: &buffer) { FrameEncoder.reply(reply, id: id, into: &$0) }
            } catch {
                log(.error, "nor can the caller be told: its request stays without answer", ["error": "\(error)"])
            }
        }
        return false
    }

    /// Handles the packet that a message holds. A message that holds none is ignored: other requests of the connection go on.
    func deserialize(_ json: UnsafeRawBufferPointer) throws(MessageWireError) {
        guard let deserializer = loop.deserializer else { return }
        let packet: ByteBuffer
        do {
            packet = try deserializer.packet(in: json)
        } catch let error as MessageWireError {
            throw error
        } catch {
            return loop.complain(
                "message ignored: the transport's deserializer refused it",
                metadata: ["error": "\(error)", "peer": "\(peer.name)"])
        }
        let result = packet.withUnsafeReadableBytes { text in
            Result { () throws(MessageWireError) in dispatch(try RequestEnvelope.scan(text), in: text) }
        }
        try result.get()
    }
}
