import Testing

/// The recorded conversations of NestJS 11's client, replayed with ours: the same packets byte for byte but for the ids, and the
/// same values, errors and ends for the caller, however the server's bytes are cut. One after the other: each has a service, a loop and
/// connections of its own.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ClientRecordingTests {
    /// Recordings that are not replayed, and why.
    static let excluded: [String: String] = [
        "send-pattern-undefined": """
        the pattern is JavaScript's undefined: a MessagePattern cannot be absent, the compiler refuses the call
        """,
        "emit-pattern-undefined-member": """
        the event's pattern has a member that is undefined, of which NestJS makes a text that is no JSON ({"a":undefined}): a \
        MessagePattern is made of JSON values, which have no undefined
        """,
        "send-unicode": """
        the payload ends with half a surrogate pair, which a Swift String cannot hold; the rest of it, and lengths in UTF-16, are in \
        answer-unicode-length
        """,
    ]

    /// Those that are sent what their packets say; the others have a test of their own in ``ClientSpecialRecordingTests``.
    static var replayed: [ClientRecording] {
        ClientRecording.all.filter { excluded[$0.name] == nil && !ClientSpecialRecordingTests.names.contains($0.name) }
    }
    /// Those in which the server says something.
    static var answered: [ClientRecording] {
        replayed.filter { $0.steps.contains { if case .serverSends = $0 { true } else { false } } }
    }

    @Test func `every recording is replayed or excluded, and those that are replayed send something`() {
        let names = Set(ClientRecording.all.map(\.name))
        #expect(names.count > 70)
        for name in Self.excluded.keys { #expect(names.contains(name), "\(name)") }
        for name in ClientSpecialRecordingTests.names { #expect(names.contains(name), "\(name)") }
        for recording in Self.replayed { #expect(recording.hasMessages, "\(recording)") }
    }

    @Test(arguments: replayed)
    func `the client behaves as recorded`(_ recording: ClientRecording) async throws {
        try await ClientReplay.run(recording) { replay in try await replay.play { [$0] } }
    }

    @Test(arguments: answered)
    func `the client behaves as recorded when it gets single bytes`(_ recording: ClientRecording) async throws {
        try await ClientReplay.run(recording, over: .pairs) { replay in
            try await replay.play { bytes in bytes.map { [$0] } }
        }
    }

    @Test(arguments: answered)
    func `the client behaves as recorded wherever the bytes are cut`(_ recording: ClientRecording) async throws {
        try await ClientReplay.run(recording, over: .pairs) { replay in
            let count = try await replay.play { [$0] }
            for cut in 1..<max(count, 2) {
                try await replay.play { bytes in [Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))] }
            }
        }
    }
}
