import Microservices
import MicroservicesTesting
import TestSupport
import Testing

/// Formats of one's own on both roles, and how a packet ends that one refuses.
@Suite(.timeLimit(.minutes(1)))
struct SerializerTests {
    private static let envelope = TestCoding(serializer: Envelope(), deserializer: Envelope())

    @Sendable private static func register(_ service: Microservice) {
        FramingTests.register(service)
        service.onEvent("noted") { (text: String, context) in _ = (text, context) }
    }

    @Test(arguments: TestTransport.allCases)
    func `an envelope on both roles carries values, streams, errors and events`(transport: TestTransport) async throws {
        let notes = Recorder()
        try await TransportHarness.run(transport, server: Self.envelope) {
            Self.register($0)
            $0.onEvent("note") { (text: String, _) in notes.note(text) }
        } _: { harness in
            let answer = try await harness.client.send("echo", ["a": 1]).value
            #expect(answer == ["a": 1])
            let values = try await harness.client.send("count", 3).reduce(into: []) { $0.append($1) }
            #expect(values == [1, 2, 3])
            await #expect(throws: RPCError(statusCode: 404, message: "no")) {
                try await harness.client.send("fail", 1).value
            }
            let failure = await #expect(throws: RPCError.self) { try await harness.client.send("unknown", 1).value }
            #expect(failure?.value == "There is no matching message handler defined in the remote service.")
            try await harness.client.emit("note", "heard")
            await notes.wait(for: "heard")
        }
    }

    @Test func `an envelope goes with another framing`() async throws {
        var coding = Self.envelope
        coding.framing = .ndjson
        try await TransportHarness.run(server: coding) {
            Self.register($0)
        } _: { harness in
            let answer = try await harness.client.send("echo", "x\n").value
            #expect(answer == "x\n")
        }
    }

    @Test func `the envelope is what is on the wire`() async throws {
        try await TransportHarness.run(.tcp, server: Self.envelope) {
            Self.register($0)
        } _: { harness in
            let peer = try await ServerPeer.connect(port: try #require(harness.service.address?.port))
            try await peer.send(frame: #"{"payload":{"id":"7","pattern":"echo","data":1},"v":1}"#)
            let answer = await peer.received(upTo: "}}")
            #expect(answer.text == #"59#{"v":1,"payload":{"response":1,"isDisposed":true,"id":"7"}}"#)
            await peer.close()
        }
    }

    @Test func `a server ignores what its deserializer refuses, says so, and serves the connection on`() async throws {
        try await TransportHarness.run(.tcp, server: Self.envelope) {
            Self.register($0)
        } _: { harness in
            let peer = try await ServerPeer.connect(port: try #require(harness.service.address?.port))
            try await peer.send(frame: #"{"pattern":"echo","data":1,"id":"1"}"#)
            try await peer.send(frame: #"{"v":2,"payload":{}}"#)
            try await peer.send(frame: #"{"v":1,"payload":{"pattern":"echo","data":2,"id":"2"}}"#)
            let answer = await peer.received(upTo: "}}")
            #expect(answer.text.hasSuffix(#"{"response":2,"isDisposed":true,"id":"2"}}"#))
            #expect(frames(answer.text).count == 1)
            #expect(harness.log.contains("the transport's deserializer refused it"))
            #expect(harness.log.contains("UnknownVersion()"))
            await peer.close()
        }
    }

    @Test func `text that is no JSON ends the connection with a deserializer, too`() async throws {
        try await TransportHarness.run(.tcp, server: Self.envelope) {
            Self.register($0)
        } _: { harness in
            let peer = try await ServerPeer.connect(port: try #require(harness.service.address?.port))
            try await peer.send(Array("3#abc".utf8))
            #expect(await peer.receivedAll().bytes.isEmpty)
            #expect(harness.log.contains("connection ended: malformed message"))
        }
    }

    @Test func `a client whose deserializer refuses an answer fails at once`() async throws {
        let client = TestCoding(serializer: Envelope(), deserializer: Envelope())
        try await TransportHarness.run(server: TestCoding(deserializer: Envelope()), client: client) {
            Self.register($0)
        } _: { harness in
            await #expect(throws: UpstreamFailure.badFrame) { try await harness.client.send("echo", 1).value }
            #expect(harness.log.contains("UnknownVersion()"))
        }
    }

    @Test func `an answer that a server's serializer refuses is an internal error, and the last`() async throws {
        let coding = TestCoding(serializer: RefusingSerializer(text: "secret"))
        try await TransportHarness.run(server: coding, client: TestCoding()) {
            Self.register($0)
            $0.onMessage("stream") { (_: JSONValue?, _) in
                AsyncStream { continuation in
                    for text in ["one", "secret", "two"] { continuation.yield(text) }
                    continuation.finish()
                }
            }
        } _: { harness in
            await #expect(throws: RPCError.internalServerError) {
                try await harness.client.send("echo", "a secret").value
            }
            var values: [JSONValue] = []
            await #expect(throws: RPCError.internalServerError) {
                for try await value in harness.client.send("stream", 1) { values.append(value) }
            }
            #expect(values == ["one"])
            #expect(harness.log.contains("answer not sent: the transport's serializer refused it"))
            let answer = try await harness.client.send("echo", "open").value
            #expect(answer == "open")
        }
    }

    @Test func `a server whose serializer refuses everything answers nothing`() async throws {
        let clock = ManualClock()
        let coding = TestCoding(serializer: RefusingSerializer(text: "{"))
        try await TransportHarness.run(clock: clock, server: coding, client: TestCoding(), timeout: .seconds(1)) {
            Self.register($0)
        } _: { harness in
            let call = Task { try await harness.client.send("echo", 1).value }
            try await eventually("a log line") { harness.log.contains("its request stays without answer") }
            await clock.advance(by: .seconds(1))
            await #expect(throws: UpstreamFailure.timedOut) { try await call.value }
        }
    }

    @Test func `a message that the client's serializer refuses is never sent`() async throws {
        let client = TestCoding(serializer: RefusingSerializer(text: "secret"))
        try await TransportHarness.run(server: TestCoding(), client: client) {
            Self.register($0)
        } _: { harness in
            // The first one waits for the connection, the second does not.
            for _ in 0..<2 {
                await #expect(throws: UpstreamFailure.notSerialized) {
                    try await harness.client.send("echo", "secret").value
                }
                await #expect(throws: UpstreamFailure.notSerialized) {
                    try await harness.client.emit("noted", "secret")
                }
            }
            let answer = try await harness.client.send("echo", "open").value
            #expect(answer == "open")
            #expect(harness.log.contains("message not sent: its serializer refused it"))
        }
    }
}
