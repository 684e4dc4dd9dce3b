import Synchronization
import MartletGateway
import TestSupport
import Testing

/// Clients that mean harm, one way each: the connection ends with ENHANCE_YOUR_CALM or a time-out, little reaches the service,
/// and another client is served as if nothing had happened.
@Suite(.serialized) struct HTTP2AbuseTests {
    private static let calm = 11

    /// Runs an attack beside a well-behaved client.
    private func attack(
        limits: String = "", http2: String = "resets: 50, idleFrames: 200", mostMessages: Int = 1,
        _ attack: (_ port: Int, TestGateway) async throws -> Void
    ) async throws {
        let server = try await ScriptedServer()
        let messages = Counter()
        let task = Task {
            while !Task.isCancelled {
                let connection = try await server.accept()
                Task {
                    var text = ""
                    while let piece = await connection.receive() {
                        text += piece
                        let packets = frames(text)
                        text = String(text.dropFirst(packets.reduce(0) { $0 + frame($1).count }))
                        for packet in packets {
                            if packet.contains("attack") {
                                messages.count()
                                if packet.contains("large") {
                                    let large = "\"" + String(repeating: "x", count: 100_000) + "\""
                                    try await connection.send(Packet.answer(large, to: packet))
                                }
                            } else {
                                try await connection.send(Packet.answer("\"fine\"", to: packet))
                            }
                        }
                    }
                }
            }
        }
        let gateway = try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port], limits: limits, http2: http2)
        let other = try await HTTP2TestConnection.open(port: gateway.port)
        try await other.send(.request(1, "GET", "/get/before"))
        #expect(await other.answer(1)?.body == "\"fine\"")
        try await attack(gateway.port, gateway)
        // Its own connection may have been idle for too long by now.
        let later = try await HTTP2TestConnection.open(port: gateway.port)
        try await later.send(.request(1, "GET", "/get/after"))
        #expect(await later.answer(1)?.body == "\"fine\"")
        #expect(messages.value <= mostMessages)
        for client in [other, later] { try? await client.close() }
        try await eventually("nothing is left") {
            let metrics = await gateway.gateway.metrics()
            return metrics.connectionsOpen == 0 && metrics.requestsInFlight == 0 && metrics.upstreamInFlight == 0
        }
        await gateway.stop()
        task.cancel()
    }

    @Test func `rapid reset`() async throws {
        try await attack(mostMessages: 51) { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            for number in 0..<200 {
                let id = 2 * number + 1
                try? await client.send(.request(id, "GET", "/get/attack"), .reset(id))
            }
            #expect(await client.endCode() == Self.calm)
        }
    }

    /// They count when they are sent, after all streams of one read: fifty, and as many as may be open at a time.
    @Test func `resets that the server is made to send`() async throws {
        try await attack(mostMessages: 51 + 128) { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            for number in 0..<200 {
                let id = 2 * number + 1
                try? await client.send(.request(id, "GET", "/get/attack"), .windowUpdate(id, 0x7FFF_FFFF))
            }
            #expect(await client.endCode() == Self.calm)
        }
    }

    @Test func `a flood of continuations`() async throws {
        try await attack { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            try await client.send(.request(1, "GET", "/get/attack", endsHeaders: false))
            for _ in 0..<100 { try? await client.send(.continuation(1, endsHeaders: false)) }
            #expect(await client.endCode() == Self.calm)
        }
    }

    @Test func `a header bomb`() async throws {
        try await attack { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            let large: [UInt8] = [0x40, 1, 0x61, 0x7F, 0xA1, 0x1E] + Array(repeating: 0x62, count: 4000)
            let block = HTTP2TestFrame.request(1).payload + large + Array(repeating: 0xBE, count: 10_000)
            try await client.send(HTTP2TestFrame(type: 1, flags: 5, stream: 1, payload: block))
            #expect(await client.endCode() == Self.calm)
        }
    }

    @Test(arguments: [
        HTTP2TestFrame.ping(), .settings(), .settings([(1, 0), (1, 4096)]), .priority(99, on: 1), .windowUpdate(0, 1),
        .windowUpdate(1, 1), .data(1, "", endsStream: false), HTTP2TestFrame(type: 0xEE),
        // PADDED, and nothing but that.
        HTTP2TestFrame(type: 0, flags: 8, stream: 1, payload: [3, 0, 0, 0]),
    ])
    func `a flood of frames that bring nothing`(frame: HTTP2TestFrame) async throws {
        try await attack { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            try await client.send(.request(1, "POST", "/sum", endsStream: false))
            for _ in 0..<30 { try? await client.send(Array(repeating: frame, count: 20)) }
            #expect(await client.endCode() == Self.calm)
        }
    }

    @Test func `more requests at a time than allowed`() async throws {
        try await attack(limits: "streams: 10", mostMessages: 10) { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            #expect(await client.other { $0.kind == .settings } != nil)
            try await client.send(.settingsAcknowledged)
            for number in 0..<20 { try? await client.send(.request(2 * number + 1, "GET", "/get/attack")) }
            #expect(await client.endCode() == 1)
        }
    }

    @Test func `answers asked for and never read`() async throws {
        try await attack(limits: "idleTimeout: 1s", mostMessages: 20) { port, _ in
            let client = try await HTTP2TestConnection.open(port: port, settings: [(4, 0)])
            for number in 0..<20 { try await client.send(.request(2 * number + 1, "GET", "/get/attack-large")) }
            // Not even an open window for the connection helps a stream that may not send.
            try await client.send(.windowUpdate(0, 1 << 20))
            for number in 0..<20 { #expect(await client.answer(2 * number + 1)?.resetCode == 8) }
            try await client.close()
        }
    }

    @Test func `a head that does not come to its end`() async throws {
        try await attack(limits: "headerTimeout: 500ms") { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            try await client.send(.request(1, "GET", "/get/attack", endsHeaders: false))
            #expect(await client.endCode() == Self.calm)
        }
    }

    @Test func `a frame of a head that does not come to its end`() async throws {
        try await attack(limits: "headerTimeout: 500ms") { port, _ in
            let raw = try await RawConnection.connect(port: port)
            let request = HTTP2TestFrame.request(1, "GET", "/get/attack").bytes
            try await raw.send(HTTP2TestFrame.start + request.dropLast())
            let reader = HTTP2TestReader()
            while let bytes = await raw.receiveBytes() { reader.received(bytes) }
            var last: HTTP2TestFrame?
            while let frame = reader.next() { last = frame }
            #expect(last?.errorCode == Self.calm)
        }
    }

    @Test func `a preface that does not come to its end`() async throws {
        try await attack(limits: "headerTimeout: 500ms") { port, _ in
            let raw = try await RawConnection.connect(port: port)
            try await raw.send("PRI * HTTP/2.0\r\n\r\nSM")
            _ = await raw.receiveAll()
        }
    }

    @Test func `a body that does not come to its end`() async throws {
        try await attack(limits: "bodyTimeout: 500ms") { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            try await client.send(.request(1, "POST", "/sum", endsStream: false), .data(1, "[", endsStream: false))
            #expect(await client.answer(1)?.status == 408)
            try await client.close()
        }
    }

    @Test func `a connection without requests`() async throws {
        try await attack(limits: "idleTimeout: 1s") { port, _ in
            let client = try await HTTP2TestConnection.open(port: port)
            #expect(await client.other { $0.kind == .goAway }?.errorCode == 0)
            await client.receiveEnd()
        }
    }
}

/// Counts what several tasks see.
private final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func count() { number.add(1, ordering: .relaxed) }
}
