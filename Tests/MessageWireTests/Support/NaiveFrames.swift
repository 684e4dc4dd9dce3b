/// Frames cut as NestJS cuts them, on UTF-16 text and all at once, to compare the decoder with.
enum NaiveFrames {
    /// The texts of the frames, and whether the connection ends.
    static func cut(_ bytes: [UInt8]) -> (frames: [[UInt16]], isBroken: Bool) {
        var rest = Array(String(decoding: bytes, as: UTF8.self).utf16)[...]
        var frames: [[UInt16]] = []
        while let hash = rest.firstIndex(of: UInt16(UInt8(ascii: "#"))) {
            guard let length = parseInt(Array(rest[..<hash])) else { return (frames, true) }
            rest = rest[(hash + 1)...]
            guard Double(rest.count) >= length else { return (frames, false) }
            let count = max(0, Int(length))
            frames.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return (frames, false)
    }

    /// `parseInt(text, 10)`.
    private static func parseInt(_ text: [UInt16]) -> Double? {
        let white: Set<UInt16> = Set(
            [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF]
                + Array(0x2000...0x200A))
        var rest = text.drop { white.contains($0) }
        var sign = 1.0
        if rest.first == 0x2D { sign = -1 }
        if rest.first == 0x2D || rest.first == 0x2B { rest = rest.dropFirst() }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        return sign * digits.reduce(0) { $0 * 10 + Double($1 - 0x30) }
    }
}
