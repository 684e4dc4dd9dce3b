import HTTPWire
import NIOCore
import TestSupport
import Testing

/// Mutated conversations: whatever comes in, nothing traps, what goes out is made of frames, and nothing is left behind.
@Suite struct HTTP2SessionFuzzTests {
    /// Answers everything at once, streams included.
    private final class Answering: HTTP2SessionDriver {
        let session: HTTP2Session
        var open: Set<Int32> = []

        init(pool: HTTP2StreamPool) {
            var limits = HTTP2Limits()
            limits.http.maxHeaderBytes = 4096
            session = HTTP2Session(limits: limits, pool: pool, now: 0)
            session.driver = self
        }

        func requestBegan(_ stream: HTTP2Stream) {
            #expect(open.insert(stream.id).inserted)
            stream.bodyLimit = 1000
            if stream.isRequestWhole { answer(stream) }
        }

        func bodyReceived(_ stream: HTTP2Stream, _ bytes: UnsafeRawBufferPointer) {
            stream.bodyCount += bytes.count
            session.consumeAll(stream)
            if stream.bodyCount > stream.bodyLimit { stream.ignoresBody = true }
        }

        func requestEnded(_ stream: HTTP2Stream) { answer(stream) }
        func requestRefused(_ stream: HTTP2Stream, _ error: HTTPWireError) { answer(stream) }
        func streamClosed(_ stream: HTTP2Stream) { open.remove(stream.id) }
        func pingAnswered() { session.refuseFurtherRequests() }

        private func answer(_ stream: HTTP2Stream) {
            let body = Array(repeating: UInt8(ascii: "1"), count: Int(stream.id) * 7 % 2000 + 1)
            body.withUnsafeBytes { body in
                withUnsafeBytes(of: UInt64(0x3030_3030_3030_3030)) { id in
                    if stream.id % 3 == 0 {
                        let head = HTTP1ResponseHead(status: 200, framing: .untilClose)
                        session.respond(
                            stream, head, hasBody: true, date: HTTPDate(epochSeconds: 0), requestID: id)
                        session.write(stream, body, isLast: false)
                        session.end(stream, isComplete: stream.id % 2 == 0)
                    } else {
                        session.respondJSON(
                            stream, body: body, sendsBody: true, date: HTTPDate(epochSeconds: 0), requestID: id)
                    }
                }
            }
        }
    }

    private static let conversation: [[UInt8]] = [
        HTTP2TestFrame.settings([(4, 100), (1, 0), (1, 4096)]), .settingsAcknowledged, .request(1),
        .request(3, "POST", "/a", endsStream: false), .data(3, "hello", endsStream: false), .data(3, "you"),
        .request(5, fields: [("cookie", "a=b"), ("cookie", "c=d"), ("te", "trailers")]), .windowUpdate(0, 1000),
        .windowUpdate(1, 50), .ping(), .request(7, "POST", "/b", endsStream: false, endsHeaders: false),
        .continuation(7, HTTP2TestFrame.block([("x", "y")]), endsHeaders: true), .data(7, "x", endsStream: false),
        .headers(7, [("trailer", "1")]), .reset(5), .priority(9, on: 3), .request(9), .windowUpdate(5, 10),
        HTTP2TestFrame(type: 0xF0, stream: 3, payload: [1, 2, 3]), .ping("answered", isAnswer: true),
    ].map(\.bytes)

    @Test(arguments: 0..<8)
    func `nothing traps`(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed) &* 977 &+ 1)
        let pool = HTTP2StreamPool()
        for _ in 0..<400 {
            var frames = Self.conversation
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<frames.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: frames.remove(at: place)
                case 1: frames.insert(frames[Int.random(in: 0..<frames.count, using: &random)], at: place)
                case 2: frames.swapAt(place, Int.random(in: 0..<frames.count, using: &random))
                case 3 where !frames[place].isEmpty:
                    let index = Int.random(in: 0..<frames[place].count, using: &random)
                    frames[place][index] = UInt8.random(in: 0...255, using: &random)
                default: frames[place].removeLast(Int.random(in: 0...frames[place].count, using: &random))
                }
            }
            let bytes = Array(HTTP2TestFrame.start.prefix(24)) + frames.flatMap { $0 }
            run(bytes, pool, &random)
        }
    }

    private func run(_ bytes: [UInt8], _ pool: HTTP2StreamPool, _ random: inout SeededRandom) {
        let driver = Answering(pool: pool)
        var output: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...200, using: &random))
            rest = rest.dropFirst(piece.count)
            piece.withUnsafeBytes { driver.session.receive($0, now: 0) }
            driver.session.lendOutput(ByteBuffer(), upTo: Int.random(in: 1...3000, using: &random))
            output += Array(buffer: driver.session.takeOutput())
        }
        driver.session.lendOutput(ByteBuffer(), upTo: .max)
        output += Array(buffer: driver.session.takeOutput())
        // What was sent is frames from beginning to end.
        let reader = HTTP2TestReader()
        reader.received(output)
        var count = 0
        while let frame = reader.next() { count += frame.bytes.count }
        #expect(count == output.count)
        driver.session.abandon()
        #expect(driver.session.streams.isEmpty)
        #expect(driver.session.unsent == 0)
        #expect(driver.open.isEmpty)
    }
}
