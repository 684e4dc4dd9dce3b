import MartletGateway
import TestSupport
import Testing

/// Many requests of one read, each with its own line: what is noted of all of them before any is sent belongs to the right one.
@Suite struct HTTP2ObservedTests {
    private static let routes =
        standardRoutes + """

              - { id: who, match: GET /who/:n, send: { service: s, pattern: who }, payload: $request.ip }
              - { id: echo, match: POST /echo, send: { service: s, pattern: echo }, limits: { body: 4KiB } }
            """

    private func gateway(
        _ lines: AccessLines, _ server: ScriptedServer, gateway: String = "trustedProxies: [127.0.0.1]"
    ) async throws -> TestGateway {
        try await TestGateway(
            routes: Self.routes, servicePorts: [server.port], gateway: gateway, accessLog: lines.writer)
    }

    /// Status, method, path and client of each line.
    private func columns(_ lines: AccessLines) -> [String] {
        lines.read().map { line in
            let columns = line.split(separator: " ")
            return [columns[1], columns[2], columns[3], columns[6]].joined(separator: " ")
        }
    }

    @Test func `each of many requests keeps its path and its client`() async throws {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let task = answering(server) { packet, id in value(Packet.payload(packet), id) }
        let gateway = try await gateway(lines, server)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        var frames: [HTTP2TestFrame] = []
        var expected: [String] = []
        for number in 0..<80 {
            let (stream, address) = (1 + 2 * number, "192.0.2.\(number)")
            let forwarded = [("x-forwarded-for", address)]
            switch number % 4 {
            case 0:
                frames.append(.request(stream, "GET", "/nope/\(number)", fields: forwarded))
                expected.append("404 GET /nope/\(number) \(address)")
            case 1:
                frames += [
                    .request(stream, "POST", "/echo", fields: forwarded, endsStream: false), .data(stream, "\(number)"),
                ]
                expected.append("200 POST /echo \(address)")
            case 2:
                // Gone before anything was sent: no request was begun, and there is no line.
                frames += [.request(stream, "GET", "/who/\(number)", fields: forwarded), .reset(stream)]
            default:
                frames.append(.request(stream, "GET", "/who/\(number)", fields: forwarded))
                expected.append("200 GET /who/\(number) \(address)")
            }
        }
        try await client.send(frames)
        for number in 0..<80 where number % 4 != 2 {
            let answer = await client.answer(1 + 2 * number)
            switch number % 4 {
            case 0: #expect(answer?.status == 404)
            case 1: #expect(answer?.body == "\(number)")
            default: #expect(answer?.body == "\"192.0.2.\(number)\"")
            }
        }
        await gateway.stop()
        task.cancel()
        let seen = columns(lines)
        // The system may cut the bytes between a request and its reset: then it was sent, and is in the log as given up.
        let given = seen.filter { $0.hasPrefix("499 ") }
        #expect(given.allSatisfy { $0.hasPrefix("499 GET /who/") })
        #expect(seen.filter { !$0.hasPrefix("499 ") }.sorted() == expected.sorted())
    }

    @Test func `requests that end their connection have lines too`() async throws {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let gateway = try await gateway(lines, server, gateway: "")
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send((0..<40).map { .request(1 + 2 * $0, "GET", "/get/\($0)") })
        let service = try await server.accept()
        #expect(await service.packets(40).count == 40)
        try await client.close()
        await gateway.stop()
        await server.stop()
        #expect(columns(lines).sorted() == (0..<40).map { "499 GET /get/\($0) 127.0.0.1" }.sorted())
    }

    @Test(.timeLimit(.minutes(2)))
    func `large answers that are there at once wait for the client to read`() async throws {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let size = 3 << 20
        let task = answering(server) { _, id in value("\"" + String(repeating: "x", count: size - 2) + "\"", id) }
        let gateway = try await TestGateway(
            routes: """
                  - { id: big, match: GET /big, send: { service: s, pattern: big }, use: { interceptors: [{ Cache: { ttl: 60s, maxBytes: 4MiB } }] } }
                """, servicePorts: [server.port], accessLog: lines.writer)
        let window = 1 << 30
        let first = try await HTTP2TestConnection.open(port: gateway.port, settings: [(4, UInt32(window))])
        try await first.send(.windowUpdate(0, window), .request(1, "GET", "/big"))
        #expect(await first.answer(1)?.body.utf8.count == size)
        // More than may be held for a connection: those that do not fit wait, none is refused.
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        let streams = (0..<30).map { 1 + 2 * $0 }
        try await client.send(streams.map { .request($0, "GET", "/big") })
        #expect(await client.head(1)?.status == 200)
        try await client.send([.windowUpdate(0, window)] + streams.map { .windowUpdate($0, window) })
        for stream in streams {
            let answer = await client.answer(stream)
            #expect(answer?.status == 200 && answer?.body.utf8.count == size, "stream \(stream)")
        }
        await gateway.stop()
        task.cancel()
        #expect(lines.read().count { $0.contains(" 200 GET /big ") } == 31)
    }
}
