/// The member names that a schema speaks of, each with a number: what a member is to the schema is found in one probe.
///
/// The table is made of the schema's names alone, so no client can make its probes long.
struct NameTable: Sendable {
    /// The names by number, each once.
    let names: [String]
    /// Numbers, or -1; at most half of a power of two are taken.
    private let slots: [Int32]

    init(_ names: [String]) {
        var unique: [String] = []
        var size = 4
        while size < names.count * 2 { size *= 2 }
        var slots = [Int32](repeating: -1, count: size)
        for name in names {
            var slot = Self.hash(name) & (size - 1)
            while slots[slot] >= 0, !unique[Int(slots[slot])].hasSameBytes(as: name) { slot = (slot + 1) & (size - 1) }
            guard slots[slot] < 0 else { continue }
            slots[slot] = Int32(unique.count)
            unique.append(name)
        }
        self.names = unique
        self.slots = slots
    }

    var isEmpty: Bool { names.isEmpty }

    /// The number of that name.
    func index(of name: String) -> Int? {
        guard !names.isEmpty else { return nil }
        var slot = Self.hash(name) & (slots.count - 1)
        while true {
            let index = Int(slots[slot])
            guard index >= 0 else { return nil }
            if names[index].hasSameBytes(as: name) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// FNV-1a over the length and the first 32 bytes: names are told apart by these, or by the comparison.
    private static func hash(_ name: String) -> Int {
        let bytes = name.utf8.span
        var hash = UInt64(0xCBF2_9CE4_8422_2325) ^ UInt64(bytes.count)
        for index in 0..<min(bytes.count, 32) { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7FFF_FFFF)
    }
}
