import MartletGateway
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// One line for each request, with the same columns in all of them.
@Suite struct AccessLogTests {
    /// The lines that a gateway writes for one connection's requests, split at blanks.
    private func lines(_ request: String) async throws -> [[Substring]] {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let writer = LogWriter(descriptor: ends[1])
        let server = try await ScriptedServer()
        let task = answering(server) { _, id in value("6", id) }
        let gateway = try await TestGateway(routes: standardRoutes, servicePorts: [server.port], accessLog: writer)
        _ = try await gateway.exchange(request)
        await gateway.stop()
        task.cancel()
        writer.flush()
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(ends[0], &bytes, bytes.count)
        close(ends[0])
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: false)
        }
    }

    @Test func `a request that could not be read has the columns of any other`() async throws {
        let lines = try await lines("GET /get/7 HTTP/1.1\r\nHost: x\r\n\r\nno request\r\n\r\n")
        #expect(lines.map { $0.dropFirst().prefix(3) } == [["200", "GET", "/get/7"], ["400", "-", "-"]])
        #expect(lines.map { $0[6] } == ["127.0.0.1", "127.0.0.1"])
        #expect(lines.map { $0[7...8] } == [["route=get", lines[0][8]], ["route=-", "code=malformed_version"]])
    }
}
