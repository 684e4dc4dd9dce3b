import MessageWire
import NIOCore
import Testing

@Suite struct FrameDecoderTests {
    @Test(arguments: [
        ("2#{}", ["{}"]), ("2#{}3#[1]", ["{}", "[1]"]), ("2#{}\r\n 2#{}", ["{}", "{}"]), ("0002#{}", ["{}"]),
        ("+2#{}", ["{}"]), ("\u{FEFF}2#{}", ["{}"]), ("2abc#{}", ["{}"]), ("2.9#{}", ["{}"]),
        ("\u{3000}\u{A0}2#{}", ["{}"]),
        ("0#", [""]), ("-5#{}", [""]), ("5#\"#1#\"", ["\"#1#\""]), ("4#\"😀\"4#\"é가\"", ["\"😀\"", "\"é가\""]),
        ("12#{}", []),
        ("12", []), ("", []), ("\u{2028}\u{2003}3#abc", ["abc"]), ("0x40#{}", [""]),
    ])
    func `frames are cut out`(stream: String, frames: [String]) {
        for cut in cuts(Array(stream.utf8)) {
            let decoded = decode(cut)
            #expect(Array(decoded.texts.prefix(frames.count)) == frames)
            // Only what follows an empty frame is senseless here.
            #expect(decoded.error == nil || frames == [""])
        }
    }

    @Test(arguments: ["abc#{}", "#{}", "-#", "+#1", " #", "x1#", "😀1#{}", "{\"a\":1}1#"])
    func `a length that is no number ends the connection`(stream: String) {
        for cut in cuts(Array(stream.utf8)) { #expect(decode(cut) == Decoded(error: .corruptedLength)) }
    }

    @Test func `a length text that does not end is bounded`() {
        let limit = FrameLimits.defaults.maxLengthTextUnits
        for filler in ["1", " ", "x"] {
            let text = Array(String(repeating: filler, count: limit).utf8)
            for cut in cuts(text) { #expect(decode(cut) == Decoded()) }
            for cut in cuts(text + [0x31]) { #expect(decode(cut).error == .lengthTextTooLong) }
        }
        let padded = Array((String(repeating: " ", count: limit - 1) + "2#{}").utf8)
        for cut in cuts(padded) { #expect(decode(cut).texts == ["{}"]) }
        let long = Array((String(repeating: "0", count: limit) + "2#{}").utf8)
        for cut in cuts(long) { #expect(decode(cut).error == .lengthTextTooLong) }
    }

    /// Found by fuzzing: once replaced, bad bytes are three times as long.
    @Test func `bad bytes in a length text count alike before and after they are replaced`() {
        let limit = FrameLimits.defaults.maxLengthTextUnits
        for bad in [[0x9C], [0xF0, 0x9F, 0x98], [0xEC, 0x95, 0x88]] as [[UInt8]] {
            let text = Array("1#".utf8) + [0xFF] + Array(repeating: bad, count: limit).flatMap { $0 }
            let frames: [[UInt8]] = [[0xEF, 0xBF, 0xBD]]
            for cut in cuts(text) { #expect(decode(cut) == Decoded(frames: frames)) }
            for cut in cuts(text + [0x23]) { #expect(decode(cut) == Decoded(frames: frames, error: .corruptedLength)) }
            for end in [[0x78], [0x23, 0x78], [0xE2, 0x82, 0x23]] as [[UInt8]] {
                let error = end[0] == 0x23 ? MessageWireError.corruptedLength : .lengthTextTooLong
                for cut in cuts(text + end) { #expect(decode(cut) == Decoded(frames: frames, error: error)) }
            }
        }
    }

    @Test func `huge lengths are refused at once`() {
        for text in ["134217729", "99999999999999999999999999", "9223372036854775807", "9223372036854775808"] {
            let decoded = decode([Array("\(text)#".utf8)])
            guard case .frameTooLong = decoded.error else {
                Issue.record("\(text): \(decoded)")
                continue
            }
        }
        #expect(decode([Array("134217728#".utf8)]) == Decoded())
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE], 2), ([0xE2, 0x82], 1), ([0xE2, 0x82, 0x41], 2), ([0xF0, 0x9F, 0x98], 1),
            ([0xED, 0xA0, 0x80], 3),
            ([0xC0, 0xAF], 2), ([0xF4, 0x90, 0x80, 0x80], 4), ([0x80], 1), ([0xF0, 0x80, 0x80, 0x41], 4),
            ([0xE1, 0x80, 0xE2, 0xF0, 0x91, 0x92, 0xF1, 0xBF, 0x41], 5), ([0xC3, 0xA9, 0xC3], 2),
        ] as [([UInt8], Int)])
    func `bad UTF-8 counts and reads as replacement characters`(bytes: [UInt8], units: Int) {
        // Swift's decoder replaces maximal parts, too.
        let text = "\"" + String(decoding: bytes, as: UTF8.self) + "\""
        #expect(text.utf16.count == units + 2)
        let stream = Array("\(units + 2)#\"".utf8) + bytes + Array("\"2#{}1#".utf8) + [0xFF] + Array("3#\"é\"".utf8)
        for cut in cuts(stream) {
            #expect(
                decode(cut)
                    == Decoded(frames: [Array(text.utf8), [0x7B, 0x7D], [0xEF, 0xBF, 0xBD], Array("\"é\"".utf8)]))
        }
    }

    @Test func `a length that ends within a character ends the connection`() {
        for cut in cuts(Array("2#\"😀\"".utf8)) { #expect(decode(cut) == Decoded(error: .lengthCutsCharacter)) }
    }

    @Test func `waiting units are limited after every segment`() {
        let limits = FrameLimits(maxUnits: 100)
        let frame98 = Array(("98#\"" + String(repeating: "가", count: 96) + "\"").utf8)
        let frame97 = Array(("97#\"" + String(repeating: "가", count: 95) + "\"").utf8)
        let frame100 = Array(("100#\"" + String(repeating: "😀", count: 49) + "\"").utf8)
        #expect(decode([frame97], limits: limits).frames.count == 1)
        #expect(decode([frame98], limits: limits).error == .bufferTooFull)
        #expect(decode([Array(frame98.prefix(3)), Array(frame98.dropFirst(3))], limits: limits).frames.count == 1)
        #expect(decode([Array(frame100.prefix(4)), Array(frame100.dropFirst(4))], limits: limits).frames.count == 1)
        #expect(decode(frame100.map { [$0] }, limits: limits).frames.count == 1)
        #expect(decode([frame97, frame97], limits: limits).frames.count == 2)
        #expect(decode([frame97 + Array("1".utf8)], limits: limits).error == .bufferTooFull)
        // Bad bytes count as what they become: 101 of them.
        let bad = Array("100#".utf8) + [UInt8](repeating: 0xFF, count: 97)
        #expect(decode([bad], limits: limits).error == .bufferTooFull)
        #expect(decode([Array(bad.dropLast())], limits: limits) == Decoded())
    }

    @Test func `an error stays`() throws {
        var decoder = FrameDecoder(limits: .defaults)
        decoder.received(ByteBuffer(string: "2#{}x#"))
        #expect(try decoder.next() != nil)
        for _ in 0..<2 {
            #expect(throws: MessageWireError.corruptedLength) { _ = try decoder.next() }
            decoder.received(ByteBuffer(string: "2#{}"))
            decoder.reclaim()
        }
    }

    @Test func `ranges are places in the storage until it is reclaimed`() throws {
        var decoder = FrameDecoder(limits: .defaults)
        #expect(decoder.isEmpty)
        var buffer = ByteBuffer(string: "skipped5#\"one\"5#\"two\"7#\"th")
        buffer.moveReaderIndex(forwardBy: 7)
        decoder.received(buffer)
        let one = try #require(try decoder.next())
        let two = try #require(try decoder.next())
        #expect(try decoder.next() == nil)
        #expect(decoder.storage.getString(at: one.lowerBound, length: one.count) == "\"one\"")
        #expect(decoder.storage.getString(at: two.lowerBound, length: two.count) == "\"two\"")
        #expect(decoder.missingUnits == 4)
        #expect(decoder.pendingBytes == 3)
        #expect(!decoder.isEmpty)
        decoder.reclaim()
        decoder.received(ByteBuffer(string: "ree\"9"))
        let three = try #require(try decoder.next())
        #expect(decoder.storage.getString(at: three.lowerBound, length: three.count) == "\"three\"")
        #expect(try decoder.next() == nil)
        #expect(!decoder.isEmpty)
        decoder.reclaim()
        #expect(decoder.storage.readableBytes == 1)
    }

    @Test func `everything taken out gives the buffer back`() throws {
        var decoder = FrameDecoder(limits: .defaults)
        decoder.received(ByteBuffer(string: "2#{}"))
        #expect(try decoder.next() != nil)
        #expect(try decoder.next() == nil)
        decoder.reclaim()
        #expect(decoder.storage.capacity == 0)
        #expect(decoder.isEmpty)
    }

    @Test func `frames larger than many reads arrive whole`() {
        let text = "\"" + String(repeating: "abcdefg안녕하세요😀", count: 20_000) + "\""
        let stream = frame(text) + frame("[1]")
        for size in [1000, 4096, 65_536, 1_000_000] {
            let pieces = stride(from: 0, to: stream.count, by: size).map {
                Array(stream[$0..<min($0 + size, stream.count)])
            }
            #expect(decode(pieces).texts == [text, "[1]"])
        }
    }

    @Test func `ten thousand frames in one segment`() {
        let stream = (0..<10_000).flatMap { frame(#"{"pattern":{"cmd":"sum"},"data":[\#($0)],"id":"\#($0)"}"#) }
        #expect(stream.count == 537_780)
        #expect(decode([stream]).frames.count == 10_000)
    }

    @Test func `a small rest does not keep a large buffer`() throws {
        var decoder = FrameDecoder(limits: .defaults)
        var read = ByteBufferAllocator().buffer(capacity: 65_536)
        read.writeString("2#{}9#\"half")
        decoder.received(read)
        #expect(try decoder.next() != nil)
        #expect(try decoder.next() == nil)
        decoder.reclaim()
        #expect(decoder.storage.capacity < 8192)
        decoder.received(ByteBuffer(string: "way\""))
        let frame = try #require(try decoder.next())
        #expect(decoder.storage.getString(at: frame.lowerBound, length: frame.count) == "\"halfway\"")
    }

    @Test func `memory follows what is waiting`() throws {
        var decoder = FrameDecoder(limits: .defaults)
        // Each piece ends one frame and begins the next, so the buffer is never empty.
        let text = "\"" + String(repeating: "x", count: 9998) + "\""
        let stream = Array(repeating: frame(text), count: 60).flatMap { $0 }
        var count = 0
        for start in stride(from: 0, to: stream.count, by: 7000) {
            decoder.received(ByteBuffer(bytes: stream[start..<min(start + 7000, stream.count)]))
            while let range = try decoder.next() {
                #expect(decoder.storage.getString(at: range.lowerBound, length: range.count) == text)
                count += 1
            }
            decoder.reclaim()
            #expect(decoder.storage.capacity <= 65_536)
        }
        #expect(count == 60)
        #expect(decoder.isEmpty)
    }
}
