import Microservices
import NIOCore
import TestSupport
import Testing

/// Messages over every framing and transport, and peers that break the framing.
@Suite(.timeLimit(.minutes(1)))
struct FramingTests {
    @Sendable static func register(_ service: Microservice) {
        service.onMessage("echo") { (data: JSONValue, _) in data }
        service.onMessage("barrier") { (_: JSONValue?, _) in }
        service.onMessage("count") { (to: Int, _) in
            AsyncStream { continuation in
                for number in 1...to { continuation.yield(number) }
                continuation.finish()
            }
        }
        service.onMessage("fail") { (_: JSONValue?, _) -> Int in throw RPCError(statusCode: 404, message: "no") }
    }

    @Test(arguments: TestTransport.allCases, 0..<3)
    func `messages, streams and errors pass with every framing`(transport: TestTransport, framing: Int) async throws {
        try await TransportHarness.run(transport, server: TestCoding(framing: Framings.all[framing])) {
            Self.register($0)
        } _: { harness in
            let value: JSONValue = ["text": "안😀\n#", "list": [1, nil, true]]
            let answer = try await harness.client.send("echo", value).value
            #expect(answer == value)
            let big = JSONValue.string(String(repeating: "é\n", count: 30_000))
            let bigAnswer = try await harness.client.send("echo", big).value
            #expect(bigAnswer == big)
            var numbers: [Int] = []
            for try await number in harness.client.send("count", 5) { numbers.append(number.intValue ?? 0) }
            #expect(numbers == [1, 2, 3, 4, 5])
            await #expect(throws: RPCError(statusCode: 404, message: "no")) {
                try await harness.client.send("fail", 1).value
            }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask { try await harness.client.send("echo", number).decoded() == number }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test(arguments: [1, 7, 1000])
    func `a line may come cut anywhere`(size: Int) async throws {
        try await Self.withPeer(.ndjson) { peer, _ in
            let request = #"{"pattern":"echo","data":"안😀","id":"1"}"#
            let bytes = Array((request + "\r\n\n" + request + "\n").utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                try await peer.send(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            let answer = #"{"response":"안😀","isDisposed":true,"id":"1"}"# + "\n"
            let received = await peer.received(count: 2 * answer.utf8.count)
            #expect(received.text == answer + answer)
        }
    }

    @Test func `white space between tokens does not end a line that is sent`() {
        var bytes = ByteBuffer()
        NDJSONFraming().writePacket(ByteBuffer(string: "{\n\"a\":\n1\n}"), into: &bytes)
        #expect(String(buffer: bytes) == "{ \"a\": 1 }\n")
    }

    @Test(arguments: ["abc\n", "{\n", "[1\n", "\u{0}\n"])
    func `a line that is no JSON ends the connection and is logged`(bytes: String) async throws {
        try await Self.withPeer(.ndjson) { peer, log in
            try await peer.send(Array(bytes.utf8))
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(log.contains("connection ended: malformed message"))
        }
    }

    @Test func `bytes that are no UTF-8 end the connection`() async throws {
        try await Self.withPeer(.ndjson) { peer, log in
            try await peer.send(Array(#"{"pattern":"echo","data":""#.utf8) + [0xFF] + Array("\",\"id\":1}\n".utf8))
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(log.contains("connection ended: malformed message"))
        }
    }

    @Test func `what a framing throws is logged and ends the connection`() async throws {
        try await Self.withPeer(LengthPrefixFraming()) { peer, log in
            try await peer.send([0xFF, 0xFF, 0xFF, 0xFF])
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(log.contains("The framing refuses the bytes: TooLong()"))
        }
    }

    @Test func `a framing that takes nothing is stopped`() async throws {
        struct Stuck: MessageFraming {
            func readPacket(from bytes: inout ByteBuffer) -> ByteBuffer? { ByteBuffer(string: "null") }
            func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) {}
        }
        try await Self.withPeer(Stuck()) { peer, log in
            try await peer.send([1])
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(log.contains("gave a packet and took no bytes"))
        }
    }

    @Test(arguments: 0..<3)
    func `too much buffered ends the connection with every framing`(framing: Int) async throws {
        var limits = TCPServerLimits.defaults
        limits.maxBufferSize = 1000
        try await Self.withPeer(Framings.all[framing], limits) { peer, log in
            // A length of 999 for those that have one; more than that follows.
            let start: [[UInt8]] = [Array("999#".utf8), [], [0, 0, 3, 231]]
            try await peer.send(start[framing])
            try await peer.send(Array(repeating: 0x78, count: 2000))
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(log.contains("More is waiting than the limit allows."))
        }
    }

    /// Runs a body with a bare TCP connection to a service.
    private static func withPeer(
        _ framing: any MessageFraming, _ limits: TCPServerLimits = .defaults,
        _ body: @Sendable (ServerPeer, LogRecorder) async throws -> Void
    ) async throws {
        try await TransportHarness.run(.tcp, limits: limits, server: TestCoding(framing: framing)) {
            register($0)
        } _: { harness in
            let peer = try await ServerPeer.connect(port: try #require(harness.service.address?.port))
            try await body(peer, harness.log)
            await peer.close()
        }
    }
}
