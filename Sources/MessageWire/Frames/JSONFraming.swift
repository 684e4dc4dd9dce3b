public import NIOCore

/// NestJS's own framing, that of its `JsonSocket`: `<length>#<JSON text>`, the length in UTF-16 code units.
///
/// A connection that is given this one reads and writes frames by itself, without asking it for each packet; the methods are for
/// a framing that adds something of its own around.
///
/// Spec: docs/wire-protocol.md, "Frames"
public struct JSONFraming: MessageFraming {
    /// The framing.
    public init() {}

    /// Takes the next frame off the front of what was received.
    ///
    /// - Parameter bytes: What was received; bytes that are no UTF-8 become U+FFFD, as NestJS does it.
    /// - Returns: The frame's text; nil when it is not whole.
    /// - Throws: When no length stands in front, or it ends within a character.
    public func readPacket(from bytes: inout ByteBuffer) throws -> ByteBuffer? {
        var decoder = FrameDecoder(limits: FrameLimits(maxFrameUnits: .max))
        decoder.received(bytes)
        guard let text = try decoder.next() else { return nil }
        let packet = decoder.storage.getSlice(at: text.lowerBound, length: text.count)
        bytes = decoder.rest
        return packet
    }

    /// Appends a frame.
    ///
    /// - Parameters:
    ///   - json: Its text.
    ///   - bytes: Gets the frame.
    public func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) {
        json.withUnsafeReadableBytes { FrameEncoder.packet(FrameEncoder.Text(counting: $0), into: &bytes) }
    }
}

extension MessageFraming where Self == JSONFraming {
    /// NestJS's own framing, `<length>#<JSON text>`.
    public static var json: JSONFraming { JSONFraming() }
}
