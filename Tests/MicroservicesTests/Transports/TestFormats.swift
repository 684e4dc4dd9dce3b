import Microservices
import NIOCore

/// A framing as a user writes one: four bytes of length, big-endian, then the text.
struct LengthPrefixFraming: MessageFraming {
    struct TooLong: Error {}

    func readPacket(from bytes: inout ByteBuffer) throws -> ByteBuffer? {
        guard let length = bytes.getInteger(at: bytes.readerIndex, as: UInt32.self) else { return nil }
        guard length < 1 << 24 else { throw TooLong() }
        return bytes.readLengthPrefixedSlice(as: UInt32.self)
    }

    func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) {
        bytes.writeInteger(UInt32(json.readableBytes))
        bytes.writeImmutableBuffer(json)
    }
}

/// A format as a user writes one: every packet in an envelope with a version.
struct Envelope: PacketSerializer, PacketDeserializer {
    struct UnknownVersion: Error {}

    func serialize(_ packet: JSONValue) -> JSONValue { ["v": 1, "payload": packet] }

    func deserialize(_ message: JSONValue) throws -> JSONValue {
        guard message["v"] == 1, let packet = message["payload"] else { throw UnknownVersion() }
        return packet
    }
}

/// Refuses packets that hold a text.
struct RefusingSerializer: PacketSerializer {
    struct Refused: Error {}
    let text: String

    func serialize(_ packet: JSONValue) throws -> JSONValue {
        guard !packet.serialized().contains(text) else { throw Refused() }
        return packet
    }
}

/// The framings that everything must work with.
enum Framings {
    static let all: [any MessageFraming] = [.json, .ndjson, LengthPrefixFraming()]
}
