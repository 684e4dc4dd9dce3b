import Testing

@testable import MartletGateway

/// Memory from which lines go to the disk.
@Suite struct WaitingLinesTests {
    private func append(_ text: some Collection<UInt8>, _ lines: inout WaitingLines, isStreamed: Bool = true) {
        Array(text).withUnsafeBytes { lines.append($0, isStreamed: isStreamed) }
    }

    @Test(arguments: [true, false])
    func `lines of any length stand behind those before them`(isStreamed: Bool) {
        let text = (0..<200).map { UInt8(truncatingIfNeeded: 0x21 + $0 % 90) }
        for before in 0...20 {
            for length in [0, 1, 7, 15, 16, 17, 31, 32, 33, 47, 64, 100, 200] {
                var lines = WaitingLines()
                append(text[..<before], &lines, isStreamed: isStreamed)
                append(text[..<length], &lines, isStreamed: isStreamed)
                #expect(
                    Array(lines.bytes) == Array(text[..<before]) + text[..<length], "\(length) bytes behind \(before)")
            }
        }
        var lines = WaitingLines()
        lines.append(UnsafeRawBufferPointer(start: nil, count: 0), isStreamed: isStreamed)
        #expect(lines.count == 0)
    }

    @Test(arguments: [0, 1, 15, 4095, 4096, 4097, 1_000_003])
    func `lines lie in their page as in that of the file, also when the memory grows`(place: Int) {
        var lines = WaitingLines()
        append([1, 2, 3], &lines)
        lines.begin(at: place)
        #expect(lines.count == 0)
        var expected: [UInt8] = []
        for round in 0..<40 {
            let piece = [UInt8](repeating: UInt8(round), count: round * 131)
            append(piece, &lines)
            expected += piece
            let start = Int(bitPattern: lines.bytes.baseAddress)
            #expect(start % 4096 == place % 4096)
            #expect(lines.count == expected.count)
        }
        #expect(Array(lines.bytes) == expected)
    }

    @Test func `memory is kept up to a bound, and lines can be taken beyond it`() {
        var lines = WaitingLines()
        append([UInt8](repeating: 1, count: 5000), &lines)
        let first = lines.bytes.baseAddress
        lines.clear(keeping: 8192)
        append([2], &lines)
        #expect(lines.bytes.baseAddress == first)
        lines.clear(keeping: 8191)
        append([3], &lines)
        #expect(Array(lines.bytes) == [3])
    }
}
