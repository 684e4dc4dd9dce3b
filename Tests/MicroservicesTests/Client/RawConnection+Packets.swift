import TestSupport
import Testing

extension RawConnection {
    /// Waits for so many packets, which may come together.
    func receivePackets(_ count: Int) async throws -> [String] {
        var text = ""
        while frames(text).count < count { text += try #require(await receive(), "the connection ended") }
        return frames(text)
    }

    /// Waits for the next packet, which must come alone and whole.
    func receivePacket() async throws -> String {
        let received = try #require(await receive(until: "}"), "the connection ended")
        let packets = frames(received)
        #expect(packets.count == 1)
        return try #require(packets.first)
    }
}
