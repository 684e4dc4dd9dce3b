import Microservices
import Synchronization
import Testing

/// Handlers with several answers.
@Suite(.timeLimit(.minutes(1)))
struct ServerStreamTests {
    @Test func `each value goes out at once, before the next one exists`() async throws {
        let (values, feed) = AsyncStream.makeStream(of: Int.self)
        try await ServerHarness.run {
            $0.onMessage("feed") { (_: JSONValue?, _) in values }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"feed","id":"1"}"#)
            var expected = ""
            for number in 0..<3 {
                feed.yield(number)
                expected += #"23#{"response":\#(number),"id":"1"}"#
                let received = await peer.received(count: expected.utf8.count)
                #expect(received.text == expected)
            }
            feed.finish()
            expected += #"28#{"isDisposed":true,"id":"1"}"#
            #expect(await peer.received(count: expected.utf8.count).text == expected)
            await peer.close()
        }
    }

    @Test func `nil elements are null`() async throws {
        try await ServerHarness.run {
            $0.onMessage("some") { (_: JSONValue?, _) in AsyncStream<Int?>.of(1, nil) }
        } _: { harness in
            let answer = try await harness.answer(
                to: #"{"pattern":"some","id":"1"}"#, endingWith: #""isDisposed":true,"id":"1"}"#)
            #expect(answer == #"23#{"response":1,"id":"1"}44#{"response":null,"isDisposed":true,"id":"1"}"#)
        }
    }

    @Test func `a stream waits for a peer that does not read`() async throws {
        try await Flood.run()
    }

    @Test func `a stream ends when its connection does`() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        try await ServerHarness.run {
            $0.onMessage("endless") { (_: JSONValue?, _) in
                AsyncStream<Int> { continuation in
                    continuation.onTermination = { _ in end.finish() }
                    continuation.yield(1)
                }
            }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"endless","id":"1"}"#)
            _ = await peer.received(upTo: "}")
            await peer.close()
            for await _ in ended {}
        }
    }
}

/// Values of 16 KiB, never suspending.
struct CountingSequence: AsyncSequence, AsyncIteratorProtocol {
    var left: Int
    let count: @Sendable () -> Void

    init(total: Int, count: @escaping @Sendable () -> Void) {
        self.left = total
        self.count = count
    }

    mutating func next() async -> String? {
        guard left > 0 else { return nil }
        left -= 1
        count()
        return String(repeating: "x", count: 16 * 1024)
    }

    func makeAsyncIterator() -> CountingSequence { self }
}
