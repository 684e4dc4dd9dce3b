import Microservices
import NIOCore
import Testing

/// The code of the article "Transports".
@Suite(.timeLimit(.minutes(1)))
struct DocCTransportsTests {
    private func options() {
        var limits = TCPServerLimits.defaults
        limits.maxBufferSize = 1024 * 1024
        let service = Microservice(
            transport: .tcp(host: "0.0.0.0", port: 3001, limits: limits, retryAttempts: 5, retryDelay: .seconds(1)))
        let client = ClientProxy(.tcp(host: "localhost", port: 3001, retryAttempts: 5, retryDelay: .seconds(1)))
        _ = (service, client)
    }

    private func lines() {
        let service = Microservice(transport: .tcp(port: 3000, framing: .ndjson))
        let client = ClientProxy(.tcp(port: 3000, framing: .ndjson))
        _ = (service, client)
    }

    /// Four bytes of length, big-endian, then the text.
    struct LengthPrefixFraming: MessageFraming {
        func readPacket(from bytes: inout ByteBuffer) -> ByteBuffer? {
            bytes.readLengthPrefixedSlice(as: UInt32.self)
        }

        func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) {
            bytes.writeInteger(UInt32(json.readableBytes))
            bytes.writeImmutableBuffer(json)
        }
    }

    struct Envelope: PacketSerializer, PacketDeserializer {
        struct UnknownVersion: Error {}

        func serialize(_ packet: JSONValue) -> JSONValue { ["v": 1, "payload": packet] }

        func deserialize(_ message: JSONValue) throws -> JSONValue {
            guard message["v"] == 1, let packet = message["payload"] else { throw UnknownVersion() }
            return packet
        }
    }

    @Test func `messages go through the framing and the envelope of the page`() async throws {
        let coding = TestCoding(
            framing: LengthPrefixFraming(), serializer: Envelope(), deserializer: Envelope())
        try await TransportHarness.run(.tcp, server: coding) {
            $0.onMessage("double") { (number: Int, _) in number * 2 }
        } _: { harness in
            try await #expect(harness.client.send("double", 21).value == 42)
        }
    }
}
