import Logging
import MessageWire
import Microservices
import NIOCore
import TestSupport
import Testing

@Suite struct ClientProxyTests {
    private func client(_ port: Int, host: String = "127.0.0.1", timeout: Duration? = .seconds(30)) -> ClientProxy {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var configuration = ClientConfiguration(host: host, port: port, timeout: timeout)
        configuration.allowSlowConnect(.seconds(30))
        return ClientProxy(configuration, logger: logger)
    }

    /// The next packet, which must come alone.
    private func packet(_ connection: RawConnection) async throws -> String {
        let received = try #require(await connection.receive(until: "}"))
        let packets = frames(received)
        #expect(packets.count == 1)
        return try #require(packets.first)
    }

    @Test func `a request goes out as a Nest client writes it, and its answer comes back`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        async let sum: Int = client.send(["cmd": "sum"], [1, 2, 3]).decoded()
        let connection = try await server.accept()
        let packet = try await self.packet(connection)
        let id = packetID(packet)
        #expect(packet == "{\"pattern\":{\"cmd\":\"sum\"},\"data\":[1,2,3],\"id\":\"\(id)\"}")
        #expect(!id.isEmpty)
        try await connection.send(frame("{\"response\":6,\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(try await sum == 6)
        await client.close()
        await connection.receiveEnd()
    }

    @Test func `answers find their requests whatever their order`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let results = Task {
            try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for number in 0..<50 {
                    group.addTask { (number, try await client.send("echo", number).decoded()) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        let connection = try await server.accept()
        var packets: [String] = []
        var text = ""
        while packets.count < 50 {
            text += try #require(await connection.receive(), "the connection ended")
            packets = frames(text)
        }
        let answers = packets.shuffled().map { packet in
            let data = packet.split(separator: "\"data\":")[1].prefix { $0.isNumber }
            return frame("{\"response\":\(data),\"isDisposed\":true,\"id\":\"\(packetID(packet))\"}")
        }
        #expect(Set(packets.map(packetID)).count == 50)
        // Cut anywhere.
        let all = Array(answers.joined().utf8)
        for start in stride(from: 0, to: all.count, by: 37) {
            try await connection.send(Array(all[start..<min(start + 37, all.count)]))
        }
        #expect(try await results.value == Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, $0) }))
        await client.close()
    }

    @Test func `several values come one by one and end with the disposed frame`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let values = Task {
            try await client.send("watch", JSONValue.object([])).reduce(into: [String]()) { $0.append($1.serialized()) }
        }
        let connection = try await server.accept()
        let id = packetID(try await packet(connection))
        try await connection.send(frame("{\"response\":1,\"id\":\"\(id)\"}"))
        try await connection.send(frame("{\"response\":null,\"id\":\"\(id)\"}"))
        try await connection.send(
            frame("{\"response\":\"안😀\",\"id\":\"\(id)\"}") + frame("{\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(try await values.value == ["1", "null", "\"안😀\""])
        await client.close()
    }

    @Test func `an error of the service is thrown with its value`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let value = Task { try await client.send("fail", 1).value }
        let connection = try await server.accept()
        let id = packetID(try await packet(connection))
        try await connection.send(
            frame("{\"err\":{\"statusCode\":404,\"message\":\"no\"},\"isDisposed\":true,\"id\":\"\(id)\"}"))
        await #expect(throws: RPCError(["statusCode": 404, "message": "no"])) { try await value.value }
        await client.close()
    }

    @Test func `late and foreign answers are dropped`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        try await client.connect()
        let connection = try await server.accept()
        // Long enough to be sent on a busy machine.
        let first = Task { try await client.send("slow", 1, timeout: .seconds(1)).value }
        let late = packetID(try await packet(connection))
        await #expect(throws: UpstreamFailure.timedOut) { try await first.value }
        let second = Task { try await client.send("fast", 2, timeout: .seconds(30)).value }
        let id = packetID(try await packet(connection))
        #expect(id != late)
        try await connection.send(
            frame("{\"response\":\"late\",\"isDisposed\":true,\"id\":\"\(late)\"}")
                + frame("{\"response\":\"foreign\",\"isDisposed\":true,\"id\":\"0123456789abcdef\"}")
                + frame("{\"response\":\"foreign\",\"isDisposed\":true,\"id\":7}") + frame("null") + frame("[1]")
                + frame("{\"response\":\"mine\",\"isDisposed\":true,\"id\":\"\(id)\"}"))
        #expect(try await second.value == "mine")
        await client.close()
    }

    @Test func `everything that waits fails at once when the connection ends`() async throws {
        for reset in [false, true] {
            let server = try await ScriptedServer()
            let client = client(server.port)
            let results = (0..<3).map { number in Task { try await client.send("hang", number).value } }
            let connection = try await server.accept()
            _ = try await connection.receivePackets(3)
            if reset { try await connection.reset() } else { try await connection.close() }
            for result in results { await #expect(throws: UpstreamFailure.lost) { try await result.value } }
            // The next message connects again.
            let again = Task { try await client.send("again", 1).value }
            let next = try await server.accept()
            let id = packetID(try await packet(next))
            try await next.send(frame("{\"response\":true,\"isDisposed\":true,\"id\":\"\(id)\"}"))
            #expect(try await again.value == true)
            await client.close()
        }
    }

    @Test func `what stands before a bad frame of the same read is good`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let calls = (0..<2).map { number in Task { try await client.send("x", number).value } }
        let connection = try await server.accept()
        let ids = try await connection.receivePackets(2).map { packetID($0) }
        let good = frame("{\"response\":\"good\",\"isDisposed\":true,\"id\":\"\(ids[0])\"}")
        try await connection.send(good + "abc#")
        var values: [JSONValue?] = []
        var failures: [UpstreamFailure?] = []
        for call in calls {
            switch await call.result {
            case .success(let value): values.append(value)
            case .failure(let error): failures.append(error as? UpstreamFailure)
            }
        }
        #expect(values == ["good"])
        #expect(failures == [.badFrame])
        await client.close()
    }

    @Test func `a frame that is no UTF-8 leaves those before it as they were`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let calls = (0..<2).map { number in Task { try await client.send("x", number).value } }
        let connection = try await server.accept()
        let ids = try await connection.receivePackets(2).map { packetID($0) }
        let whole = String(repeating: "w", count: 3000)
        let first = frame("{\"response\":\"\(whole)\",\"isDisposed\":true,\"id\":\"\(ids[0])\"}")
        // Each of these bytes becomes three, so that all of the read has to move.
        let head = "{\"response\":\"", tail = "\",\"isDisposed\":true,\"id\":\"\(ids[1])\"}"
        let bad = [UInt8](repeating: 0xFF, count: 60_000)
        let length = head.utf8.count + tail.utf8.count + bad.count
        try await connection.send(Array(first.utf8) + Array("\(length)#\(head)".utf8) + bad + Array(tail.utf8))
        var values: [JSONValue?] = []
        for call in calls { values.append(try await call.value) }
        #expect(Set(values.map { $0?.stringValue ?? "" }) == [whole, String(repeating: "\u{FFFD}", count: bad.count)])
        await client.close()
    }

    @Test(arguments: ["abc#", "0#", "5#hello", "12#{\"response\":", "#{}", "-5#"])
    func `bytes that are no frame end the connection`(_ bytes: String) async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let result = Task { try await client.send("x", 1).value }
        let connection = try await server.accept()
        _ = await connection.receive(until: "}")
        try await connection.send(bytes)
        await #expect(throws: UpstreamFailure.badFrame) { try await result.value }
        await connection.receiveEnd()
        await client.close()
    }

    @Test func `a service that is down fails the message as never sent, and is used when it is up`() async throws {
        let host = "127.33.\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
        let server = try await ScriptedServer(host: host)
        let port = server.port
        await server.stop()
        let client = client(port, host: host)
        let failure = await #expect(throws: UpstreamFailure.self) { try await client.send("x", 1).value }
        #expect(failure?.wasNeverSent == true)
        await #expect(throws: (any Error).self) { try await client.emit("x", 1) }
        let again = try await ScriptedServer(host: host, port: port)
        let echo = Task {
            let connection = try await again.accept()
            let id = packetID(await connection.receive(until: "}") ?? "")
            try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(id)\"}"))
        }
        try await eventually("an answer") {
            do {
                return try await client.send("x", 1).value == 1
            } catch let failure as UpstreamFailure where failure.wasNeverSent {
                return false
            }
        }
        try await echo.value
        await client.close()
    }

    @Test func `an event carries no id and its pattern is normalised text`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        try await client.emit(["b": 1, "a": 2], ["x": JSONValue.null])
        let connection = try await server.accept()
        let event = try await packet(connection)
        #expect(event == #"{"pattern":"{\"a\":2,\"b\":1}","data":{"x":null}}"#)
        try await client.emit("user_created", 7)
        let second = try await packet(connection)
        #expect(second == #"{"pattern":"user_created","data":7}"#)
        await client.close()
    }

    @Test func `null is refused before anything is sent`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        await #expect(throws: ClientError.invalidMessage) { try await client.send("x", JSONValue.null).value }
        await #expect(throws: ClientError.invalidMessage) { try await client.emit("x", Int?.none) }
        await client.close()
    }

    @Test func `nothing is sent before the answer is asked for, and each time is a new request`() async throws {
        let server = try await ScriptedServer()
        let client = client(server.port)
        let replies = client.send("x", 1)
        _ = client.send("never asked for", 1)
        async let first = replies.value
        let connection = try await server.accept()
        let one = try await packet(connection)
        try await connection.send(frame("{\"response\":1,\"isDisposed\":true,\"id\":\"\(packetID(one))\"}"))
        #expect(try await first == 1)
        async let second = replies.value
        let two = try await packet(connection)
        #expect(packetID(one) != packetID(two))
        try await connection.send(frame("{\"response\":2,\"isDisposed\":true,\"id\":\"\(packetID(two))\"}"))
        #expect(try await second == 2)
        await client.close()
    }
}
