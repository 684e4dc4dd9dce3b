import HTTPWire
import Testing

@Suite struct HTTP2FrameBudgetTests {
    private static let update = HTTP2FrameHeader(length: 4, type: 8, flags: 0, streamID: 0)
    private static let ping = HTTP2FrameHeader(length: 8, type: 6, flags: 0, streamID: 0)
    private static let settings = HTTP2FrameHeader(length: 0, type: 4, flags: 0, streamID: 0)

    private func spends(_ budget: inout HTTP2FrameBudget, _ frame: HTTP2FrameHeader, now: Int64 = 0) -> Int {
        for count in 0..<100_000 where budget.spend(on: frame, now: now) { return count }
        return 100_000
    }

    @Test func `as many frames as the burst are free, SETTINGS are ten`() {
        var budget = HTTP2FrameBudget(burst: 100, now: 0)
        #expect(spends(&budget, Self.ping) == 100)
        budget = HTTP2FrameBudget(burst: 100, now: 0)
        #expect(spends(&budget, Self.settings) == 10)
    }

    @Test func `time and requests give back`() {
        var budget = HTTP2FrameBudget(burst: 100, now: 0)
        _ = spends(&budget, Self.ping)
        budget.requestCame()
        // One was counted beyond the burst.
        #expect(spends(&budget, Self.ping) == 1)
        #expect(spends(&budget, Self.ping, now: 1_000_000_000) == 99)
    }

    /// A download that is read long after it was sent, with an update for the stream and for the connection each 2 KiB.
    @Test func `what was sent allows the updates for it, however late`() {
        var budget = HTTP2FrameBudget(burst: 100, now: 0)
        for _ in 0..<256 { budget.dataSent(16_384) }
        let updates = 2 * 256 * 16_384 / 2048
        for _ in 0..<updates { if budget.spend(on: Self.update, now: 0) { Issue.record("one too many") } }
        #expect(spends(&budget, Self.ping) == 100)
        // But not without end.
        budget = HTTP2FrameBudget(burst: 100, now: 0)
        for _ in 0..<100_000 { budget.dataSent(16_384) }
        #expect(spends(&budget, Self.update) < 70_000)
    }
}
