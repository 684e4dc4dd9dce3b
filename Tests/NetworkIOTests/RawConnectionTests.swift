import NIOPosix
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct RawConnectionTests {
    @Test(arguments: ["é", "한", "😀", "aé한😀b"])
    func `a character cut by a segment's end is received whole`(text: String) async throws {
        let server = try await ScriptedServer()
        let client = try await RawConnection.connect(port: server.port)
        let peer = try await server.accept()
        var received = ""
        for byte in text.utf8 { try await client.send([byte]) }
        try await client.close()
        while let piece = await peer.receive() { received += piece }
        #expect(received == text)
    }
}
