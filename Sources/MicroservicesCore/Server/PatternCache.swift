import MessageWire

/// One pattern as peers write it, and what it leads to.
final class PatternEntry: Sendable {
    /// The raw JSON text, as received.
    let raw: [UInt8]
    /// What ``MessageContext/pattern`` shows.
    let text: String
    /// The normalised text.
    let route: String
    /// The handlers, nil when there are none.
    let handlers: HandlerRegistry.Route?

    init(raw: UnsafeRawBufferPointer, registry: HandlerRegistry) {
        self.raw = Array(raw)
        switch JSONValue(checked: raw) {
        case .string(let text): self.text = text
        case let value: self.text = value.javaScriptNormalized.serialized()
        }
        let route = PatternNormalizer.route(ofIncoming: raw)
        self.route = route ?? text
        self.handlers = route.flatMap { registry.find($0) }
    }
}

/// Remembers what the patterns of recent messages lead to, so that a pattern is parsed and normalised once and not for each
/// message.
///
/// Keyed by the raw bytes. Bounded: when full it starts anew, so a peer that invents patterns costs time, not memory.
///
/// World: one event loop.
struct PatternCache {
    private var slots: [PatternEntry?]
    private var count = 0
    private let registry: HandlerRegistry

    /// Slots; a power of two. At most half of them are filled.
    private static let capacity = 1024
    /// Longer patterns are looked up each time.
    private static let maxLength = 512

    init(registry: HandlerRegistry) {
        self.registry = registry
        self.slots = Array(repeating: nil, count: Self.capacity)
    }

    /// The entry of a pattern.
    ///
    /// - Parameter raw: Its checked JSON text.
    /// - Returns: The entry, and whether it was met for the first time (or again after it was forgotten).
    mutating func entry(_ raw: UnsafeRawBufferPointer) -> (entry: PatternEntry, isNew: Bool) {
        guard raw.count <= Self.maxLength else { return (PatternEntry(raw: raw, registry: registry), true) }
        var index = Self.hash(raw) & (Self.capacity - 1)
        while let entry = slots[index] {
            if entry.raw.count == raw.count, entry.raw.elementsEqual(raw) { return (entry, false) }
            index = (index + 1) & (Self.capacity - 1)
        }
        let entry = PatternEntry(raw: raw, registry: registry)
        if count >= Self.capacity / 2 {
            slots = Array(repeating: nil, count: Self.capacity)
            count = 0
            index = Self.hash(raw) & (Self.capacity - 1)
        }
        slots[index] = entry
        count += 1
        return (entry, true)
    }

    /// FNV-1a. Collisions made on purpose cost a walk over half the slots at most.
    private static func hash(_ raw: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in raw { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash ^ hash >> 32)
    }
}
