/// Walks over UTF-8 while counting UTF-16 code units.
enum UnitCounter {
    /// Why a walk ended.
    enum Stop {
        /// The units are all there.
        case units
        /// The bytes end first, perhaps within a character.
        case needsMore
        /// One unit is missing, and the next character has two.
        case cutsCharacter
        /// The next bytes are no UTF-8.
        case badUTF8
    }

    /// Where a walk ended.
    struct Advance {
        var index: Int
        var units: Int
        var stop: Stop
    }

    /// Walks from `from` until `units` units are passed, but not beyond `end`.
    static func advance(_ bytes: UnsafeRawBufferPointer, from: Int, end: Int, units: Int) -> Advance {
        guard let base = bytes.baseAddress, end <= bytes.count else {
            return Advance(index: from, units: 0, stop: units == 0 ? .units : .needsMore)
        }
        var index = from
        var missing = units
        while missing > 0 {
            guard index < end else { return Advance(index: index, units: units - missing, stop: .needsMore) }
            let ascii = asciiPrefix(base, from: index, end: min(end, index &+ min(missing, end)))
            index &+= ascii
            missing &-= ascii
            while missing > 0, index < end, base.load(fromByteOffset: index, as: UInt8.self) >= 0x80 {
                let length = UTF8Sequence.measure(base, at: index, end: end)
                guard length > 0 else {
                    return Advance(index: index, units: units - missing, stop: length == 0 ? .needsMore : .badUTF8)
                }
                let width = length == 4 ? 2 : 1
                guard width <= missing else {
                    return Advance(index: index, units: units - missing, stop: .cutsCharacter)
                }
                index &+= length
                missing &-= width
            }
        }
        return Advance(index: index, units: units, stop: .units)
    }

    /// The number of units that the bytes have once what is no UTF-8 was replaced. An unfinished character at the end counts
    /// only if the bytes are the whole text, so that nothing can finish it.
    static func lossyCount(_ bytes: UnsafeRawBufferPointer, from: Int, end: Int, isWhole: Bool) -> Int {
        var index = from
        var units = 0
        while true {
            let step = advance(bytes, from: index, end: end, units: Int.max)
            units += step.units
            guard step.stop == .badUTF8, let base = bytes.baseAddress else {
                return units + (isWhole && step.index < end ? 1 : 0)
            }
            units += 1
            index = step.index - min(UTF8Sequence.measure(base, at: step.index, end: end), -1)
        }
    }

    /// How many ASCII bytes there are from `from` on.
    @inline(__always)
    private static func asciiPrefix(_ base: UnsafeRawPointer, from: Int, end: Int) -> Int {
        var index = from
        while end &- index >= 32 {
            let first = ASCIIWord.load(base, at: index) | ASCIIWord.load(base, at: index &+ 8)
            let second = ASCIIWord.load(base, at: index &+ 16) | ASCIIWord.load(base, at: index &+ 24)
            guard (first | second) & ASCIIWord.high == 0 else { break }
            index &+= 32
        }
        while end &- index >= 8 {
            let found = ASCIIWord.load(base, at: index) & ASCIIWord.high
            if found != 0 { return index &- from &+ found.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < end, base.load(fromByteOffset: index, as: UInt8.self) < 0x80 { index &+= 1 }
        return index &- from
    }
}
