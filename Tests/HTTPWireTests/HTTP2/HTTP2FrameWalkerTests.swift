import HTTPWire
import TestSupport
import Testing

@Suite struct HTTP2FrameWalkerTests {
    private let bytes =
        HTTP2TestFrame.start
        + [
            HTTP2TestFrame.request(1, "POST", "/a", endsStream: false), .data(1, "hello"), .priority(3, on: 1),
            .priority(5, on: 5), .ping(), .windowUpdate(0, 7),
            HTTP2TestFrame(type: 0xFA, flags: 0xFF, stream: 0x7FFF_FFFF),
            .settingsAcknowledged,
        ].flatMap(\.bytes)

    private func steps(_ pieces: [ArraySlice<UInt8>]) -> [HTTP2FrameWalker.Step] {
        var walker = HTTP2FrameWalker()
        var steps: [HTTP2FrameWalker.Step] = []
        for piece in pieces {
            piece.withUnsafeBytes { bytes in
                var index = 0
                while true {
                    let step = walker.next(bytes, at: &index)
                    if step == .needMore { break }
                    steps.append(step)
                }
                #expect(index == bytes.count)
            }
        }
        return steps
    }

    @Test func `every frame is found`() {
        let found = steps([bytes[...]])
        let types: [UInt8] = found.compactMap { if case .frame(let frame) = $0 { frame.type } else { nil } }
        #expect(types == [4, 1, 0, 2, 2, 6, 8, 0xFA, 4])
        #expect(found.contains(.dependency(of: 3, on: 1)))
        #expect(found.contains(.dependency(of: 5, on: 5)))
        #expect(found.contains(.frame(HTTP2FrameHeader(length: 0, type: 0xFA, flags: 0xFF, streamID: 0x7FFF_FFFF))))
    }

    @Test func `how the bytes are cut changes nothing`() {
        let whole = steps([bytes[...]])
        #expect(steps(bytes.indices.map { bytes[$0...$0] }) == whole)
        for cut in bytes.indices { #expect(steps([bytes[..<cut], bytes[cut...]]) == whole) }
    }

    @Test func `it knows where it stands`() {
        var walker = HTTP2FrameWalker()
        #expect(walker.isBeforePreface)
        for byte in bytes {
            var index = 0
            _ = withUnsafeBytes(of: byte) { walker.next($0, at: &index) }
        }
        #expect(!walker.isBeforePreface)
        #expect(walker.isBetweenFrames)
    }
}

@Suite struct HTTP2StreamHistoryTests {
    @Test func `streams that the client ended are remembered`() {
        var history = HTTP2StreamHistory()
        history.opened(1)
        history.endedByClient(1)
        #expect(history.lastOpened == 1)
        #expect(history.verdict(on: 1) == .endedByClient)
    }

    @Test func `numbers that were skipped cannot come any more`() {
        var history = HTTP2StreamHistory()
        history.opened(1)
        history.opened(9)
        for id: Int32 in [3, 5, 7] { #expect(history.verdict(on: id) == .skipped) }
        #expect(history.verdict(on: 9) == .passedOver)
    }

    @Test func `streams that we ended are passed over, and so are old ones`() {
        var history = HTTP2StreamHistory()
        for id in stride(from: Int32(1), to: 1001, by: 2) {
            history.opened(id)
            if id != 501 { history.endedByClient(id) }
        }
        #expect(history.verdict(on: 501) == .passedOver)
        #expect(history.verdict(on: 1) == .passedOver)
        #expect(history.verdict(on: 999) == .endedByClient)
    }
}

@Suite struct HTTP2BudgetTests {
    private let second: Int64 = 1_000_000_000

    @Test func `resets are given back by answers and by time`() {
        var budget = HTTP2ResetBudget(burst: 3, now: 0)
        func isOver(_ now: Int64) -> Bool { budget.reset(now: now) }
        for _ in 0..<3 { #expect(!isOver(0)) }
        budget.answered()
        #expect(!isOver(0))
        #expect(!isOver(second / 10))
        #expect(isOver(second / 10))
    }

    @Test func `frames that bring nothing run out`() {
        var budget = HTTP2FrameBudget(burst: 20, now: 0)
        let ping = HTTP2FrameHeader(length: 8, type: 6, flags: 0, streamID: 0)
        let settings = HTTP2FrameHeader(length: 0, type: 4, flags: 0, streamID: 0)
        func isOver(_ frame: HTTP2FrameHeader, _ now: Int64) -> Bool { budget.spend(on: frame, now: now) }
        #expect(!isOver(settings, 0))
        for _ in 0..<10 { #expect(!isOver(ping, 0)) }
        #expect(isOver(ping, 0))
        budget.requestCame()
        #expect(!isOver(ping, 0))
        #expect(!isOver(settings, second))
    }
}
