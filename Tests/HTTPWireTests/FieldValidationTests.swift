import HTTPWire
import Testing

/// The fast scans against the grammar written out, for every byte at every place in a word.
@Suite struct FieldValidationTests {
    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    private func check(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            let isToken = !bytes.isEmpty && bytes.allSatisfy(Self.tokenBytes.contains)
            #expect(FieldValidation.isToken(raw) == isToken, "\(bytes)")
            let hasUpper = bytes.contains { 0x41...0x5A ~= $0 }
            #expect(FieldValidation.isLowercaseToken(raw) == (isToken && !hasUpper), "\(bytes)")
            let isClean = bytes.allSatisfy { $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) }
            let isTrimmed = bytes.first != 9 && bytes.first != 0x20 && bytes.last != 9 && bytes.last != 0x20
            #expect(FieldValidation.isValue(raw) == (isClean && isTrimmed), "\(bytes)")
            #expect(FieldValidation.isVisible(raw) == (!bytes.isEmpty && bytes.allSatisfy { 0x21...0x7E ~= $0 }))
        }
    }

    @Test(arguments: [0, 1, 7, 8, 9, 16, 19])
    func `every byte is judged alike wherever it stands`(_ length: Int) {
        check([UInt8](repeating: 0x61, count: length))
        for position in 0..<length {
            for byte in UInt8.min...UInt8.max {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[position] = byte
                check(bytes)
            }
        }
    }

    @Test func `neighbours do not change the judgement of a byte`() {
        var random = SeededRandom(seed: 7)
        let edges: [UInt8] = [
            0, 1, 8, 9, 10, 13, 0x1F, 0x20, 0x21, 0x23, 0x2C, 0x2D, 0x2E, 0x3A, 0x3F, 0x40, 0x41, 0x5A, 0x5B, 0x60,
            0x61,
            0x7A, 0x7B, 0x7E, 0x7F, 0x80, 0x81, 0xAD, 0xC1, 0xFF,
        ]
        for _ in 0..<20000 {
            check((0..<Int.random(in: 1...20, using: &random)).map { _ in edges.randomElement(using: &random) ?? 0 })
        }
    }

    @Test func `text is judged as its UTF-8`() {
        #expect(FieldValidation.isToken("content-type"))
        #expect(!FieldValidation.isToken("content type"))
        #expect(!FieldValidation.isToken("größe"))
        #expect(FieldValidation.isValue("größe"))
        #expect(!FieldValidation.isValue("a\r\nb"))
    }
}
