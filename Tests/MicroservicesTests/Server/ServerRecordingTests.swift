import Microservices
import Testing

/// The recorded conversations with NestJS 11, replayed against our server: the bytes must be the same.
@Suite(.timeLimit(.minutes(2)), .enabled(if: !ServerRecording.all.isEmpty, "the recordings are not there"))
struct ServerRecordingTests {
    /// Recordings that are not replayed, and why.
    static let excluded: [String: String] = [
        "big-payload": "recorded without its bytes; ServerLimitTests has its like",
        "pipelined-10000": "recorded without its bytes; ServerMessageTests has its like",
        "deep-json": "kills NestJS; ours refuses JSON deeper than 512 levels as malformed",
        "fail-http-not-found": "NestJS's HttpException; any error that is no RPCError behaves like fail-error",
        "fail-http-teapot": "NestJS's HttpException",
        "fail-observable-http": "NestJS's HttpException",
        "fail-observable-string": "throwing a string is a matter of JavaScript",
        "fail-rpc-error-instance": "an Error object as payload is a matter of JavaScript",
        "fail-rpc-http-exception": "NestJS's HttpException as payload",
        "fail-throw-null": "throwing null is a matter of JavaScript",
        "fail-throw-object": "throwing an object is a matter of JavaScript",
        "fail-throw-string": "throwing a string is a matter of JavaScript",
        "fail-throw-undefined": "throwing undefined is a matter of JavaScript",
        "filter-throws": "kills NestJS; ours answers with what the filter has thrown",
        "request-scoped": "NestJS's dependency injection", "request-scoped-error": "NestJS's dependency injection",
        "length-lone-surrogate": "a Swift string holds no lone surrogate; JSONValue has U+FFFD for it",
        "ret-lone-surrogate": "a Swift string holds no lone surrogate",
        "ret-array-undefined": "undefined in an array is a matter of JavaScript",
        "ret-bigint": "kills NestJS", "ret-circular": "kills NestJS",
        "ret-date": "a Date object is a matter of JavaScript; PayloadCodingTests has ours",
        "ret-error-value": "an Error object is a matter of JavaScript",
        "ret-function": "a function as result is a matter of JavaScript",
        "ret-map": "a Map is a matter of JavaScript", "ret-nested-undefined": "undefined is a matter of JavaScript",
        "ret-set": "a Set is a matter of JavaScript", "ret-symbol": "a Symbol is a matter of JavaScript",
        "ret-tojson": "toJSON() is a matter of JavaScript",
        "stream-generator": "a generator is a matter of JavaScript",
        "stream-undefineds": "NestJS sends a frame with an id only, which its own client misreads; ours sends null",
        "length-huge-announced": "NestJS waits for a frame that it will refuse; ours refuses it at once",
        "max-buffer-announced-only": "NestJS waits for a frame that it will refuse; ours refuses it at once",
    ]

    static var replayed: [ServerRecording] { ServerRecording.all.filter { excluded[$0.name] == nil } }

    /// Conversations that are different ones when their segments are cut: what is sent before the rest is there, what is
    /// answered before something else is asked.
    static let dependsOnSegments: Set<String> = [
        "garbage-after-good-same-segment", "max-buffer-97-one-segment", "max-buffer-98-one-segment",
        "max-buffer-two-small-one-segment", "max-buffer-100-two-segments", "max-buffer-101-two-segments",
        "order-slow-fast", "id-duplicate-in-flight", "half-close-sync", "length-one-too-short",
        "length-in-code-points-is-wrong",
    ]

    @Test func `every excluded recording exists`() {
        let names = Set(ServerRecording.all.map(\.name))
        for name in Self.excluded.keys { #expect(names.contains(name), "\(name)") }
        #expect(Self.replayed.count > 100)
    }

    @Test(arguments: replayed)
    func `the server answers as recorded`(_ recording: ServerRecording) async throws {
        try await replay(recording) { [$0] }
    }

    @Test(arguments: replayed.filter { !dependsOnSegments.contains($0.name) })
    func `the server answers as recorded to single bytes`(_ recording: ServerRecording) async throws {
        try await replay(recording) { bytes in bytes.map { [$0] } }
    }

    @Test(arguments: replayed.filter { !dependsOnSegments.contains($0.name) })
    func `the server answers as recorded to segments cut anywhere`(_ recording: ServerRecording) async throws {
        for cut in [1, 2, 3, 7, 31] {
            try await replay(recording) { bytes in
                guard bytes.count > cut else { return [bytes] }
                return [Array(bytes[..<cut]), Array(bytes[cut..<(bytes.count + cut) / 2])]
                    + [Array(bytes[((bytes.count + cut) / 2)...])]
            }
        }
    }

    private func replay(
        _ recording: ServerRecording, _ cut: @escaping @Sendable ([UInt8]) -> [[UInt8]]
    ) async throws {
        var limits = TCPServerLimits.defaults
        if let size = recording.maxBufferSize { limits.maxBufferSize = size }
        try await ServerHarness.run(limits: limits) {
            RecordedService().register(on: $0)
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            let clock = try await ServerPeer.connect(port: harness.port)
            var expected: [UInt8] = []
            for step in recording.steps {
                switch step {
                case .clientSends(let bytes):
                    for piece in cut(bytes) where !piece.isEmpty && !peer.soFar.isEnded {
                        try await peer.send(piece)
                        try await harness.barrier(clock)
                    }
                case .clientFinishes:
                    try await peer.finish()
                case .serverSends(let bytes):
                    expected += bytes
                    _ = await peer.received(count: expected.count)
                case .serverFinishes:
                    _ = await peer.receivedAll()
                }
            }
            try await harness.barrier(clock)
            let received = peer.soFar
            #expect(received.text == String(decoding: expected, as: UTF8.self))
            #expect(received.bytes == expected)
            #expect(received.isEnded == recording.serverFinishes)
            await peer.close()
            await clock.close()
        }
    }
}
