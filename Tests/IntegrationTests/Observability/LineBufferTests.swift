import Testing

@testable import MartletGateway

@Suite struct LineBufferTests {
    private func written(_ body: (inout LineBuffer) -> Void) -> String {
        // Small, so that it grows in between.
        var lines = LineBuffer(capacity: 3)
        lines.ascii("<")
        body(&lines)
        lines.ascii(">")
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    private func json(_ bytes: [UInt8]) -> String { written { lines in bytes.withUnsafeBytes { lines.json($0) } } }

    private func word(_ bytes: [UInt8]) -> String { written { lines in bytes.withUnsafeBytes { lines.word($0) } } }

    @Test func `texts of every length stay as they are`() {
        for length in 1...70 {
            let text = (0..<length).map { UInt8(0x23 + ($0 * 7) % 0x30) }
            let expected = String(decoding: text, as: UTF8.self)
            #expect(json(text) == "<\"\(expected)\">")
            #expect(word(text) == "<\(expected)>")
        }
        #expect(json([]) == "<\"\">")
        #expect(word([]) == "<->")
    }

    @Test func `one byte that needs an escape is found at every place of every length`() {
        for length in 1...33 {
            for place in 0..<length {
                for (byte, inJSON, inText) in [
                    (0x22, "\\\"", "\\x22"), (0x5C, "\\\\", "\\x5c"), (0x0A, "\\n", "\\x0a"),
                    (0x00, "\\u0000", "\\x00"),
                    (0x1F, "\\u001f", "\\x1f"), (0x20, " ", "\\x20"), (0x7F, "\u{7f}", "\\x7f"),
                    (0x80, "\u{fffd}", "\\x80"), (0xFF, "\u{fffd}", "\\xff"),
                ] as [(UInt8, String, String)] {
                    var text = [UInt8](repeating: 0x61, count: length)
                    text[place] = byte
                    let (head, tail) = (
                        String(repeating: "a", count: place), String(repeating: "a", count: length - place - 1)
                    )
                    #expect(json(text) == "<\"\(head)\(inJSON)\(tail)\">")
                    #expect(word(text) == "<\(head)\(inText)\(tail)>")
                }
            }
        }
    }

    @Test func `every byte of ASCII alone is escaped or not`() {
        for byte in UInt8.min..<0x80 {
            let text = json([byte]).dropFirst(2).dropLast(2)
            let isPlain = byte >= 0x20 && byte != 0x22 && byte != 0x5C
            #expect(isPlain == (text == String(decoding: [byte], as: UTF8.self)))
        }
    }

    @Test(arguments: [
        0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 65_535, 999_999_999, .max, -1, -9, -10, -11, .min,
    ])
    func `integers`(value: Int) {
        #expect(written { $0.integer(value) } == "<\(value)>")
    }

    @Test func `all three digits`() {
        for value in 0..<1000 {
            let digits = String(1000 + value).dropFirst()
            let text = written { lines in
                var cursor = lines.open(LineCursor.millisecondsBytes)
                cursor.thousandths(value, behind: 0x2E)
                cursor.integer(value)
                lines.close(cursor)
            }
            #expect(text == "<.\(digits)\(value)>")
        }
    }

    @Test(
        arguments: [
            (0, "0.000"), (999, "0.000"), (1000, "0.001"), (999_999, "0.999"), (1_000_000, "1.000"), (-5, "0.000"),
            (12_345_678, "12.345"), (3_600_000_000_000, "3600000.000"), (Int64.max, "9223372036854.775"),
        ] as [(Int64, String)])
    func `milliseconds`(nanoseconds: Int64, text: String) {
        let written = written { lines in
            var cursor = lines.open(LineCursor.millisecondsBytes)
            cursor.milliseconds(nanoseconds)
            lines.close(cursor)
        }
        #expect(written == "<\(text)>")
    }

    @Test func `pieces of every length follow one another`() {
        let texts = (0...40).map { String(repeating: "x", count: $0) }
        let pieces = LinePieces(texts)
        let text = written { lines in
            var cursor = lines.open(texts.reduce(LinePiece.slack) { $0 + $1.count })
            for index in texts.indices { cursor.piece(pieces[index]) }
            lines.close(cursor)
        }
        #expect(text == "<\(texts.joined())>")
    }

    @Test func `texts of others are copied without reading beyond them`() {
        for length in 0...70 {
            let text = (0..<length).map { UInt8(truncatingIfNeeded: 0x61 + $0 % 26) }
            let copied = written { lines in
                text.withUnsafeBytes { bytes in
                    var cursor = lines.open(bytes.count + LinePiece.slack)
                    cursor.copy(bytes)
                    lines.close(cursor)
                }
            }
            #expect(copied == "<\(String(decoding: text, as: UTF8.self))>")
        }
    }

    @Test func `what is behind a text does not make it less plain`() {
        for length in 0...40 {
            let bytes =
                [UInt8](repeating: 0x61, count: length) + [UInt8](repeating: 0x22, count: 1 + LinePiece.slack)
            bytes.withUnsafeBytes { bytes in
                let text = UnsafeRawBufferPointer(rebasing: bytes[..<length])
                let more = UnsafeRawBufferPointer(rebasing: bytes[..<(length + 1)])
                for isPlain in [LineCursor.isPlain, LineCursor.isPlainByWords] {
                    #expect(isPlain(text, LineCursor.lowestInJSON))
                    #expect(!isPlain(more, LineCursor.lowestInJSON))
                }
            }
        }
    }

    @Test func `every byte at every place is plain or not, with vectors and without`() {
        var wrong: [String] = []
        for length in 1...20 {
            for place in 0..<length {
                for byte in UInt8.min...UInt8.max {
                    var bytes = [UInt8](repeating: 0x61, count: length + LinePiece.slack)
                    bytes[place] = byte
                    let stands = byte > 0x20 && byte < 0x7F && byte != 0x22 && byte != 0x5C
                    bytes.withUnsafeBytes { bytes in
                        let text = UnsafeRawBufferPointer(rebasing: bytes[..<length])
                        for (lowest, isPlain) in [
                            (LineCursor.lowestInText, stands), (LineCursor.lowestInJSON, stands || byte == 0x20),
                        ]
                        where LineCursor.isPlain(text, lowest: lowest) != isPlain
                            || LineCursor.isPlainByWords(text, lowest: lowest) != isPlain
                        { wrong.append("\(byte) at \(place) of \(length)") }
                    }
                }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func `short texts of every length`() {
        for text in ["", "a", "ab", "abc", "abcd"] as [StaticString] {
            let short = written { lines in
                var cursor = lines.open(4)
                cursor.short(ShortText(text))
                lines.close(cursor)
            }
            #expect(short == "<\(text)>")
        }
    }

    @Test func `all is forgotten`() {
        var lines = LineBuffer(capacity: 0)
        lines.ascii("one two")
        lines.clear()
        #expect(lines.count == 0)
        lines.ascii("!")
        #expect(String(decoding: lines.bytes, as: UTF8.self) == "!")
    }
}
