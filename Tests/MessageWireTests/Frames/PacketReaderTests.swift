import MessageWire
import NIOCore
import Testing

/// Every framing behind one reader, fed whole and cut at each offset.
@Suite struct PacketReaderTests {
    private static let packets = [#"{"a":"안😀"}"#, "[]", "1", #""\n""#, "{\"b\" :\t[1, 2]}"]

    private struct Cut: Equatable {
        var packets: [String] = []
        var error: MessageWireError?
        var isEmpty = false
    }

    private static func read(
        _ pieces: [[UInt8]], _ framing: (any MessageFraming)?, limits: FrameLimits = .defaults
    ) -> Cut {
        var reader = PacketReader(limits: limits, framing: framing)
        var result = Cut()
        for piece in pieces where result.error == nil {
            reader.received(ByteBuffer(bytes: piece))
            do throws(MessageWireError) {
                while let range = try reader.next() {
                    result.packets.append(
                        (reader.stream?.packet ?? reader.frames.storage).getString(
                            at: range.lowerBound, length: range.count) ?? "")
                }
            } catch {
                result.error = error
            }
            reader.reclaim()
        }
        result.isEmpty = reader.isEmpty
        return result
    }

    private static func written(_ framing: any MessageFraming) throws -> [UInt8] {
        var bytes = ByteBuffer()
        for packet in packets { try framing.writePacket(ByteBuffer(string: packet), into: &bytes) }
        return Array(bytes.readableBytesView)
    }

    /// A wrapper, so that the reader does not know NestJS's framing behind it.
    private struct Wrapped: MessageFraming {
        var framing: any MessageFraming

        mutating func readPacket(from bytes: inout ByteBuffer) throws -> ByteBuffer? {
            try framing.readPacket(from: &bytes)
        }

        func writePacket(_ json: ByteBuffer, into bytes: inout ByteBuffer) throws {
            try framing.writePacket(json, into: &bytes)
        }
    }

    private static let framings: [any MessageFraming] = [.ndjson, Wrapped(framing: .json), Wrapped(framing: .ndjson)]

    @Test(arguments: 0..<3)
    func `what was written is read, however it is cut`(number: Int) throws {
        let framing = Self.framings[number]
        let bytes = try Self.written(framing)
        let whole = Cut(packets: Self.packets, isEmpty: true)
        #expect(Self.read([bytes], framing) == whole)
        #expect(Self.read(bytes.map { [$0] }, framing) == whole)
        for cut in 0...bytes.count {
            #expect(Self.read([Array(bytes[..<cut]), Array(bytes[cut...])], framing) == whole)
        }
    }

    @Test(arguments: ["5#\"a\u{301}\"", "x#", "2#\"😀\"", "-1#", "3#nul", "12"])
    func `NestJS's framing reads the same with and without the reader's knowledge of it`(text: String) {
        let bytes = Array(text.utf8)
        for pieces in [[bytes], bytes.map { [$0] }] {
            let (known, wrapped) = (Self.read(pieces, nil), Self.read(pieces, Wrapped(framing: .json)))
            #expect(known == wrapped)
        }
    }

    @Test func `bytes that are no UTF-8 are replaced by NestJS's framing only`() {
        let broken: [UInt8] = [0x22, 0xFF, 0x22]
        let replaced = Self.read([Array("3#".utf8) + broken], Wrapped(framing: .json))
        #expect(replaced.packets == ["\"\u{FFFD}\""])
        var reader = PacketReader(limits: .defaults, framing: .ndjson)
        reader.received(ByteBuffer(bytes: broken + [0x0A]))
        let range = try? reader.next()
        #expect(
            range.flatMap {
                (reader.stream?.packet ?? reader.frames.storage).getBytes(at: $0.lowerBound, length: $0.count)
            } == broken)
    }

    @Test func `a line above the limit ends the reading, whole or not`() {
        let limits = FrameLimits(maxFrameUnits: 10)
        let short = Array("1234567890\n".utf8)
        #expect(Self.read([short + short], .ndjson, limits: limits).packets.count == 2)
        #expect(Self.read([Array("12345678901\n".utf8)], .ndjson, limits: limits).error == .bufferTooFull)
        #expect(Self.read([Array("12345678901".utf8)], .ndjson, limits: limits).error == .bufferTooFull)
    }

    @Test func `a reader knows whether a message was begun`() throws {
        var reader = PacketReader(limits: .defaults, framing: .ndjson)
        reader.received(ByteBuffer(string: "1\n \r"))
        #expect(try reader.next() != nil)
        #expect(try reader.next() == nil)
        #expect(!reader.isEmpty)
        #expect(reader.hasOnlyWhitespace)
        reader.received(ByteBuffer(string: "{"))
        #expect(try reader.next() == nil)
        #expect(!reader.hasOnlyWhitespace)
        #expect(reader.pendingBytes == 3)
    }
}
