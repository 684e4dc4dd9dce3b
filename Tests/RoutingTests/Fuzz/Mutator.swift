/// Damages bytes; the same seed does the same.
struct Mutator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    /// Spec: xorshift64*, Vigna 2016
    mutating func number(below limit: Int) -> Int {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    mutating func mutate(_ bytes: [UInt8], words: [String]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...number(below: 4) {
            let place = number(below: bytes.count + 1)
            switch number(below: 6) {
            case 0 where place < bytes.count: bytes[place] = UInt8(number(below: 256))
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2:
                let end = min(bytes.count, place + number(below: 60))
                bytes.insert(contentsOf: bytes[place..<end], at: number(below: place + 1))
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + number(below: 30)))
            default: bytes.insert(contentsOf: words[number(below: words.count)].utf8, at: place)
            }
        }
        return bytes
    }
}
