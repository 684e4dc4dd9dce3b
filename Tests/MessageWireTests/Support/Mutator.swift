/// Makes bad inputs of good ones, the same ones for the same seed.
struct Mutator {
    private var state: UInt64

    /// Pieces that make trouble more often than random bytes do.
    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "\\u", "\\ud83d", "\\ude00", "{", "}", "[", "]", ",", ":", "#", "0", "-", "+", ".", "e", "E9",
            "null", "true",
            "false", "\u{FEFF}", "é", "안", "😀", " ", "\n", "\t", "\u{0}", "\u{1F}", "\u{7F}", "\"a\":1,",
            "\"\\u0061\":", "10#", "2#{}",
            "__proto__", "constructor", "[[[[[[[[", "\"id\":", "\"err\":0,", "\"response\":", "\"isDisposed\":true,",
        ].map { Array($0.utf8) } + [
            [0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF4, 0x90], [0xFF], [0xF0, 0x9F],
        ]

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(bound, 1)))
    }

    /// One to four changes.
    mutating func mutate(_ input: [UInt8], with others: [[UInt8]]) -> [UInt8] {
        var bytes = input
        for _ in 0...below(4) {
            let place = below(bytes.count + 1)
            let end = min(bytes.count, place + below(8))
            switch below(7) {
            case 0: if place < bytes.count { bytes[place] ^= 1 << UInt8(below(8)) }
            case 1: if place < bytes.count { bytes[place] = UInt8(below(256)) }
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: Self.pieces[below(Self.pieces.count)], at: place)
            case 4: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count + 1))
            case 5: bytes.removeSubrange(place...)
            default:
                let other = others[below(others.count)]
                bytes.insert(contentsOf: other[below(other.count)...].prefix(below(24)), at: place)
            }
        }
        return bytes
    }

    /// Cuts bytes into a few segments.
    mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        var segments: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 1 + below(below(4) == 0 ? 64 : 5))
            segments.append(Array(bytes[start..<end]))
            start = end
        }
        return segments
    }
}
