import Testing

/// The recorded conversations of NestJS 11's client, replayed with ours: the same packets byte for byte but for the ids, and the
/// same values, errors and ends for the caller, however the server's bytes are cut. One after the other: each has a service, a loop and
/// connections of its own.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ClientRecordingTests {
    /// Recordings that are not replayed, and why.
    static let excluded: [String: String] = [
        "connect-bad-host": "nothing is sent; ClientLifeCycleTests has its like",
        "connect-idempotent": "nothing is sent; ClientLifeCycleTests has its like",
        "connect-refused-emit": "nothing is sent; ClientLifeCycleTests has its like",
        "connect-refused-send": "nothing is sent; ClientLifeCycleTests has its like",
        "status-refused": "nothing is sent; ClientStatusTests has its like",
        "send-not-subscribed": "nothing is sent; ClientProxyTests has its like",
        "send-data-null": "nothing is sent; ClientProxyTests has its like",
        "send-data-undefined": "undefined is a matter of JavaScript; an absent payload is refused like null",
        "emit-data-undefined": "undefined is a matter of JavaScript; an absent payload is refused like null",
        "send-pattern-undefined": "undefined is a matter of JavaScript",
        "emit-pattern-undefined-member": "undefined is a matter of JavaScript",
        "send-unicode": "a Swift string holds no lone surrogate; answer-unicode-length has the rest",
        "send-while-server-fin-in-flight": "depends on one tick; ClientLifeCycleTests has its like",
        "tls-client-to-plain-server": "ClientTLSTests has its like", "tls-insecure": "TLS has tests of its own",
        "tls-mutual-missing": "ClientTLSTests has its like", "tls-ok": "TLS has tests of its own",
        "tls-unknown-ca": "ClientTLSTests has its like",
    ]

    static var replayed: [ClientRecording] { ClientRecording.all.filter { excluded[$0.name] == nil } }
    /// Those in which the server says something.
    static var answered: [ClientRecording] {
        replayed.filter { $0.steps.contains { if case .serverSends = $0 { true } else { false } } }
    }

    @Test func `every excluded recording exists, and the others send something`() {
        let names = Set(ClientRecording.all.map(\.name))
        for name in Self.excluded.keys { #expect(names.contains(name), "\(name)") }
        #expect(Self.replayed.count > 50)
        for recording in Self.replayed { #expect(recording.hasMessages, "\(recording)") }
    }

    @Test(arguments: replayed)
    func `the client behaves as recorded`(_ recording: ClientRecording) async throws {
        try await ClientReplay.run(recording) { replay in try await replay.play { [$0] } }
    }

    @Test(arguments: answered)
    func `the client behaves as recorded when it gets single bytes`(_ recording: ClientRecording) async throws {
        try await ClientReplay.run(recording) { replay in
            try await replay.play { bytes in bytes.map { [$0] } }
        }
    }

    @Test(arguments: answered)
    func `the client behaves as recorded wherever the bytes are cut`(_ recording: ClientRecording) async throws {
        try await ClientReplay.run(recording) { replay in
            let count = try await replay.play { [$0] }
            // Every third offset: others in other recordings, all of them in all.
            for cut in stride(from: 1 + recording.name.utf8.count % 3, to: count, by: 3) {
                try await replay.play { bytes in [Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))] }
            }
        }
    }
}
