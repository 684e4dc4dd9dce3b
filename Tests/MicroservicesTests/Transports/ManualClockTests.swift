import Logging
import Microservices
import MicroservicesTesting
import TestSupport
import Testing

/// Limits of time, kept to the nanosecond and waited for by nobody.
@Suite(.timeLimit(.minutes(1)))
struct ManualClockTests {
    /// A service whose handler hangs, until it is cancelled.
    private static func withHangingService(
        _ transport: TestTransport = .inMemory, timeout: Duration? = .seconds(5),
        _ body: @Sendable (TransportHarness, ManualClock, Recorder) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let notes = Recorder()
        try await TransportHarness.run(transport, clock: clock, timeout: timeout) {
            $0.onMessage("hang") { (_: JSONValue?, _) in
                notes.note("started")
                try await Task.sleep(for: .seconds(3600))
            }
            $0.onMessage("ticks") { (count: Int, _) in
                AsyncStream { continuation in
                    let ticking = Task {
                        for number in 0..<count {
                            continuation.yield(number)
                            notes.note("tick \(number)")
                            try await clock.sleep(for: .seconds(3))
                        }
                        continuation.finish()
                    }
                    continuation.onTermination = { _ in ticking.cancel() }
                }
            }
        } _: { harness in
            try await body(harness, clock, notes)
        }
    }

    @Test(arguments: TestTransport.allCases)
    func `a client's timeout comes to the nanosecond`(transport: TestTransport) async throws {
        try await Self.withHangingService(transport) { harness, clock, notes in
            let ended = Recorder()
            let call = Task {
                defer { ended.note("ended") }
                return try await harness.client.send("hang", 1).value
            }
            await notes.wait(for: "started")
            await clock.advance(by: .seconds(5) - .nanoseconds(1))
            #expect(ended.notes.isEmpty)
            await clock.advance(by: .nanoseconds(1))
            await #expect(throws: UpstreamFailure.timedOut) { try await call.value }
        }
    }

    @Test func `the timeout of a call takes the place of the client's`() async throws {
        try await Self.withHangingService { harness, clock, notes in
            let ended = Recorder()
            let short = Task { try await harness.client.send("hang", 1, timeout: .milliseconds(7)).value }
            let long = Task {
                defer { ended.note("long") }
                return try await harness.client.send("hang", 1, timeout: .seconds(60)).value
            }
            await notes.wait(for: "started", count: 2)
            await clock.advance(by: .milliseconds(7))
            await #expect(throws: UpstreamFailure.timedOut) { try await short.value }
            await clock.advance(by: .seconds(60) - .milliseconds(8))
            #expect(ended.notes.isEmpty)
            await clock.advance(by: .milliseconds(1))
            await #expect(throws: UpstreamFailure.timedOut) { try await long.value }
        }
    }

    @Test func `a deadline far away is found across many turns of the wheel`() async throws {
        try await Self.withHangingService(timeout: .seconds(3600)) { harness, clock, notes in
            let call = Task { try await harness.client.send("hang", 1).value }
            await notes.wait(for: "started")
            await clock.advance(by: .seconds(3600))
            await #expect(throws: UpstreamFailure.timedOut) { try await call.value }
        }
    }

    @Test func `each value of a stream gives the next one its time`() async throws {
        try await Self.withHangingService(timeout: nil) { harness, clock, notes in
            let call = Task {
                try await harness.client.send("ticks", 3, timeout: .seconds(10)).reduce(into: []) { $0.append($1) }
            }
            for number in 0..<3 {
                await notes.wait(for: "tick \(number)")
                await clock.sleepers()
                await clock.advance(by: .seconds(3))
            }
            let answer = try await call.value
            #expect(answer == [0, 1, 2])
        }
    }

    @Test func `a message that is begun must end in time`() async throws {
        let clock = ManualClock()
        try await TransportHarness.run(.tcp, clock: clock) {
            $0.onMessage("barrier") { (_: JSONValue?, _) in }
        } _: { harness in
            let peer = try await ServerPeer.connect(port: try #require(harness.service.address?.port))
            try await peer.send(Array(#"28#{"pattern":"barrier","id":"#.utf8))
            // Answered on the same loop after the bytes above were read.
            _ = try await harness.client.send("barrier", 1).value
            await clock.advance(by: .seconds(30) - .nanoseconds(1))
            #expect(!peer.soFar.isEnded)
            #expect(!harness.log.contains("not finished in time"))
            await clock.advance(by: .nanoseconds(1))
            #expect(harness.log.contains("a message was begun and not finished in time"))
            #expect(await peer.receivedAll().bytes.isEmpty)
        }
    }

    @Test func `a peer that takes nothing is closed after the send timeout`() async throws {
        let clock = ManualClock()
        var limits = TCPServerLimits.defaults
        limits.sendBufferPauseSize = 64 * 1024
        let network = InMemoryNetwork(clock: clock)
        let log = LogRecorder()
        let service = Microservice(
            transport: .inMemory(network, limits: limits), eventLoopCount: 1, shutdownTimeout: .milliseconds(200),
            logger: Logger(label: "test") { _ in log })
        let answered = Recorder()
        service.onMessage("big") { (size: Int, _) in
            answered.note("big")
            return String(repeating: "x", count: size)
        }
        service.onMessage("barrier") { (_: JSONValue?, _) in }
        try await service.start()
        let peer = try await ServerPeer.connect(in: network, reads: false)
        try await peer.send(frame: #"{"pattern":"big","data":3000000,"id":"1"}"#)
        await answered.wait(for: "big")
        let client = ClientProxy(
            ClientConfiguration.inMemory(network).patient, logger: Logger(label: "test") { _ in LogRecorder() })
        _ = try await client.send("barrier", 1).value
        await clock.advance(by: .seconds(30) - .nanoseconds(1))
        #expect(!log.contains("does not read its answers"))
        await clock.advance(by: .nanoseconds(1))
        #expect(log.contains("the peer does not read its answers"))
        await peer.close()
        await client.close()
        await service.shutdown()
    }

    @Test func `tasks sleep on it in order, and wake when they are cancelled`() async throws {
        let clock = ManualClock()
        let notes = Recorder()
        let sleepers = [3, 1, 2].map { seconds in
            Task {
                try await clock.sleep(for: .seconds(seconds))
                notes.note("\(seconds)")
            }
        }
        let cancelled = Task { try await clock.sleep(for: .seconds(2)) }
        await clock.sleepers(4)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        await clock.advance(by: .seconds(1) - .nanoseconds(1))
        #expect(notes.notes.isEmpty)
        await clock.advance(by: .nanoseconds(1))
        try await sleepers[1].value
        await clock.advance(by: .seconds(1))
        try await sleepers[2].value
        await clock.advance(by: .seconds(5))
        try await sleepers[0].value
        #expect(notes.notes == ["1", "2", "3"])
        #expect(clock.now.offset == .seconds(7))
    }
}
