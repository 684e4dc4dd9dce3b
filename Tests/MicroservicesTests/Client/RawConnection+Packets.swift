import TestSupport
import Testing

extension RawConnection {
    /// Waits for so many packets, which must come.
    func receivePackets(_ count: Int) async throws -> [String] {
        let packets = await packets(count)
        try #require(!packets.isEmpty, "the connection ended")
        return packets
    }

    /// Waits for the next packet, which must come alone and whole.
    func receivePacket() async throws -> String {
        let received = try #require(await receive(until: "}"), "the connection ended")
        let packets = frames(received)
        #expect(packets.count == 1)
        return try #require(packets.first)
    }
}
