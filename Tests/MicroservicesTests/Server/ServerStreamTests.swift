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
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        limits.sendTimeout = nil
        let produced = Mutex(0)
        let total = 2000
        try await ServerHarness.run(limits: limits) {
            $0.onMessage("flood") { (_: JSONValue?, _) in
                CountingSequence(total: total) { produced.withLock { $0 += 1 } }
            }
            $0.onMessage("barrier") { (_: JSONValue?, _) in }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: harness.port, reads: false, receiveBuffer: 8192)
            let clock = try await ServerPeer.connect(port: harness.port)
            try await peer.send(frame: #"{"pattern":"flood","id":"1"}"#)
            for _ in 0..<20 { try await harness.barrier(clock) }
            // 2000 values of 16 KiB are 32 MB, far more than sockets buffer.
            #expect(produced.withLock { $0 } < total)
            try await peer.startReading()
            let received = await peer.received(upTo: #""isDisposed":true,"id":"1"}"#)
            #expect(produced.withLock { $0 } == total)
            #expect(received.bytes.count > total * 16 * 1024)
            await peer.close()
            await clock.close()
        }
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
