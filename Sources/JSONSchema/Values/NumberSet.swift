/// A set of small numbers: those of a table's names, or the places of members and elements.
struct NumberSet: Sendable, Hashable {
    private var low: UInt64 = 0
    /// Numbers from 64 on; without any, no memory is taken.
    private var high: [UInt64] = []

    mutating func insert(_ number: Int) {
        guard number >= 64 else {
            low |= 1 << UInt64(number)
            return
        }
        let word = number / 64 - 1
        grow(toWords: word + 1)
        high[word] |= 1 << UInt64(number % 64)
    }

    func contains(_ number: Int) -> Bool {
        guard number >= 64 else { return low & 1 << UInt64(number) != 0 }
        let word = number / 64 - 1
        return word < high.count && high[word] & 1 << UInt64(number % 64) != 0
    }

    func isSuperset(of other: NumberSet) -> Bool {
        guard other.low & ~low == 0 else { return false }
        for (word, bits) in other.high.enumerated() {
            guard bits & ~(word < high.count ? high[word] : 0) == 0 else { return false }
        }
        return true
    }

    mutating func formUnion(_ other: NumberSet) {
        low |= other.low
        grow(toWords: other.high.count)
        for (word, bits) in other.high.enumerated() { high[word] |= bits }
    }

    private mutating func grow(toWords count: Int) {
        guard high.count < count else { return }
        high.append(contentsOf: repeatElement(0, count: count - high.count))
    }
}
