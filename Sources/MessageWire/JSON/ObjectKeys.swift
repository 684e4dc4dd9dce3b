/// Finds keys that an object has twice, and keys that poison JavaScript prototypes.
///
/// The keys of all open objects lie in one stack, those of the innermost object on top. Each is known by its fingerprint,
/// and an object remembers in 64 bits which fingerprints it may have: most keys are seen to be new by one bit. Where the bit
/// is set, few keys are compared one by one; from ``linearLimit`` on an object gets a hash table, so that time stays linear
/// in the text. Bit and slot depend on a seed that is drawn once per process: collisions cannot be prepared, and where
/// fingerprints are equal the keys themselves decide.
///
/// Objects of one array mostly have the same keys in the same order. As long as one repeats what the one before it had,
/// whose entries still lie where its own would go, nothing has to be looked at but that the bytes are the same.
struct ObjectKeys: JSONKeyPolicy, ~Copyable {
    /// One key, or (where an object starts) what has to be restored when it ends.
    struct Entry {
        var fingerprint: UInt64
        var start: Int
        var end: Int
    }

    /// More keys than this in one object are looked up by hash.
    static let linearLimit = 16
    /// Entries that need no allocation: 40 x 24 bytes are below the 1 KiB that always fits on the stack.
    private static let scratchEntries = 40

    private let rules: JSONRules
    private let fingerprint: KeyFingerprint
    /// Where the stack lives until it outgrows it.
    private let scratch: UnsafeMutableBufferPointer<Entry>
    private var spilled: [Entry] = []
    private var count = 0
    /// The first key of the innermost object.
    private var first = 0
    /// The bits of the innermost object's fingerprints.
    private var seen: UInt64 = 0
    /// The innermost object's hash table is the last `slots` elements of this, none if `slots` is zero. An element is 0
    /// or 1 + the key's place in the stack.
    private var tables: [Int] = []
    private var slots = 0
    /// Where the entries of the object end that the innermost one has repeated so far; 0 when it does not (any more).
    private var repeatedEnd = 0
    /// The entries of the object that was closed last, if they may be repeated: they are behind the top of the stack.
    private var closedFirst = -1
    private var closedEnd = 0

    /// `scratch` outlives the value and need not be initialised. No byte at or behind `end` is read.
    init(rules: JSONRules, end: Int, scratch: UnsafeMutableBufferPointer<Entry>) {
        self.rules = rules
        self.fingerprint = KeyFingerprint(end: end)
        self.scratch = scratch
    }

    /// Lends memory on the stack for one scan.
    static func withScratch(
        _ body: (UnsafeMutableBufferPointer<Entry>) throws(JSONScanError) -> JSONScan
    ) throws(JSONScanError) -> JSONScan {
        let result = withUnsafeTemporaryAllocation(of: Entry.self, capacity: scratchEntries) { scratch in
            do throws(JSONScanError) {
                return Result<JSONScan, JSONScanError>.success(try body(scratch))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    @inline(__always)
    mutating func objectOpened() {
        if repeatedEnd != 0 { stopRepeating() }
        push(Entry(fingerprint: seen, start: first, end: slots))
        first = count
        seen = 0
        slots = 0
        // Had a key been pushed since, this object would begin further up.
        if first == closedFirst { repeatedEnd = closedEnd }
    }

    @inline(__always)
    mutating func objectClosed() {
        closedEnd = max(count, repeatedEnd)
        closedFirst = slots == 0 && closedEnd <= scratch.count ? first : -1
        repeatedEnd = 0
        if slots > 0 { tables.removeLast(slots) }
        count = first &- 1
        let marker = entry(at: count)
        if !spilled.isEmpty { dropSpilled() }
        seen = marker.fingerprint
        first = marker.start
        slots = marker.end
    }

    @inline(__always)
    mutating func behindRepeatedKey(at place: Int, end: Int, in base: UnsafeRawPointer) -> Int? {
        guard count < repeatedEnd else { return nil }
        let former = scratch[count]
        // With its quotes and the colon.
        let length = former.end &- former.start &+ 3
        guard length <= 16, end &- place > 16 else { return nil }
        let start = former.start &- 1
        var bytes = ASCIIWord.load(base, at: place)
        var difference = bytes ^ ASCIIWord.load(base, at: start)
        if length <= 8 {
            let mask = ~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length)
            difference &= mask
            bytes &= mask
        } else {
            let last = ASCIIWord.load(base, at: place &+ length &- 8)
            difference |= last ^ ASCIIWord.load(base, at: start &+ length &- 8)
            bytes |= last
        }
        let behind = place &+ length
        // What is more bytes than UTF-16 units, and white space before the colon or the value, is for others to read.
        guard difference | bytes & ASCIIWord.high == 0, base.load(fromByteOffset: behind &- 1, as: UInt8.self) == 0x3A,
            base.load(fromByteOffset: behind, as: UInt8.self) > 0x20
        else { return nil }
        count &+= 1
        return behind
    }

    /// From here on the innermost object is one of its own: what it has repeated are its keys.
    @inline(never)
    private mutating func stopRepeating() {
        for place in first..<count { seen |= fingerprint.bit(of: scratch[place].fingerprint) }
        repeatedEnd = 0
    }

    @inline(__always)
    mutating func key(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) throws(JSONScanError) {
        if rules.refusesPrototypeKeys, hasEscapes || Self.isPrototypeKeyLength(content) {
            try checkPrototype(content, in: base)
        }
        guard rules.refusesDuplicateKeys else { return }
        if repeatedEnd != 0 { stopRepeating() }
        let added = Entry(
            fingerprint: fingerprint.of(content, hasEscapes: hasEscapes, in: base),
            start: content.lowerBound, end: content.upperBound)
        let bit = fingerprint.bit(of: added.fingerprint)
        // Behind the first keys every one goes into the table, new or not.
        if seen & bit != 0 || count &- first >= Self.linearLimit { try checkDuplicate(added, in: base) }
        seen |= bit
        push(added)
    }

    /// Whether the key is as long as `__proto__` or `constructor`.
    @inline(__always)
    private static func isPrototypeKeyLength(_ content: Range<Int>) -> Bool {
        let count = content.upperBound &- content.lowerBound
        return count == 9 || count == 11
    }

    @inline(never)
    private func checkPrototype(_ content: Range<Int>, in base: UnsafeRawPointer) throws(JSONScanError) {
        let raw = UnsafeRawBufferPointer(start: base + content.lowerBound, count: content.count)
        if JSONText.content(raw, equals: "__proto__") || JSONText.content(raw, equals: "constructor") {
            throw JSONScanError(.prototypeKey, at: content.lowerBound &- 1)
        }
    }

    @inline(never)
    private mutating func checkDuplicate(_ added: Entry, in base: UnsafeRawPointer) throws(JSONScanError) {
        let isNew: Bool
        if count &- first < Self.linearLimit {
            isNew = !(first..<count).contains { isEqual(entry(at: $0), added, in: base) }
        } else {
            if slots < (count &- first &+ 1) &* 2 { growTable() }
            isNew = insert(added, place: count, in: base)
        }
        guard isNew else { throw JSONScanError(.duplicateKey, at: added.start &- 1) }
    }

    @inline(__always)
    private func isEqual(_ one: Entry, _ other: Entry, in base: UnsafeRawPointer) -> Bool {
        guard one.fingerprint == other.fingerprint else { return false }
        return JSONText.contentsAreEqual(
            UnsafeRawBufferPointer(start: base + one.start, count: one.end &- one.start),
            UnsafeRawBufferPointer(start: base + other.start, count: other.end &- other.start))
    }

    // MARK: The stack

    @inline(__always)
    private func entry(at place: Int) -> Entry {
        place < scratch.count ? scratch[place] : spilled[place &- scratch.count]
    }

    @inline(__always)
    private mutating func push(_ entry: Entry) {
        if count < scratch.count {
            scratch.initializeElement(at: count, to: entry)
        } else {
            spilled.append(entry)
        }
        count &+= 1
    }

    /// Forgets the entries that came to lie beyond the stack's own memory and are no longer part of it.
    @inline(never)
    private mutating func dropSpilled() {
        spilled.removeLast(spilled.count &- max(0, count &- scratch.count))
    }

    // MARK: The innermost object's hash table

    /// Makes a table that is at most a quarter full, of all keys the object has so far.
    private mutating func growTable() {
        let wanted = max(slots * 2, 4 * Self.linearLimit)
        tables.removeLast(slots)
        tables.append(contentsOf: repeatElement(0, count: wanted))
        slots = wanted
        for place in first..<count { put(place &+ 1, fingerprint: entry(at: place).fingerprint) }
    }

    /// Stores a key's place at the first free slot.
    private mutating func put(_ value: Int, fingerprint: UInt64) {
        let start = tables.count &- slots
        var slot = Int(truncatingIfNeeded: self.fingerprint.spread(fingerprint)) & (slots &- 1)
        while tables[start &+ slot] != 0 { slot = (slot &+ 1) & (slots &- 1) }
        tables[start &+ slot] = value
    }

    /// Stores a key unless the object has it already.
    private mutating func insert(_ added: Entry, place: Int, in base: UnsafeRawPointer) -> Bool {
        let start = tables.count &- slots
        var slot = Int(truncatingIfNeeded: fingerprint.spread(added.fingerprint)) & (slots &- 1)
        while tables[start &+ slot] != 0 {
            if isEqual(entry(at: tables[start &+ slot] &- 1), added, in: base) { return false }
            slot = (slot &+ 1) & (slots &- 1)
        }
        tables[start &+ slot] = place &+ 1
        return true
    }
}

/// Short stand-ins for keys: equal keys have equal fingerprints, however they are escaped.
///
/// A key of at most eight bytes is its own fingerprint, a longer one is hashed.
struct KeyFingerprint {
    /// Drawn once per process, so that nobody can prepare keys that collide.
    private static let drawn: (UInt64, UInt64) = {
        var generator = SystemRandomNumberGenerator()
        return (generator.next(), generator.next() | 1)
    }()

    private let seed: UInt64
    private let multiplier: UInt64
    /// The last place at which eight bytes can be loaded.
    private let lastWord: Int

    /// For a text that ends at `end`.
    init(end: Int) {
        (seed, multiplier) = Self.drawn
        lastWord = end &- 8
    }

    @inline(__always)
    func of(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) -> UInt64 {
        guard !hasEscapes else { return ofEscaped(content, in: base) }
        // The key's last bit: 7 to 63, beyond that for none and for more than eight bytes.
        let last = UInt64(truncatingIfNeeded: (content.upperBound &- content.lowerBound) &* 8 &- 1)
        guard last < 64, content.lowerBound <= lastWord else { return ofRare(content, in: base) }
        return ASCIIWord.load(base, at: content.lowerBound) & ~(~1 &<< last)
    }

    /// The fingerprint of a key with escapes.
    @inline(never)
    private func ofEscaped(_ content: Range<Int>, in base: UnsafeRawPointer) -> UInt64 {
        Array(UnescapedBytes(UnsafeRawBufferPointer(start: base + content.lowerBound, count: content.count)))
            .withUnsafeBytes(whole)
    }

    /// The fingerprint of a key that is long, or at the end of the text.
    @inline(never)
    private func ofRare(_ content: Range<Int>, in base: UnsafeRawPointer) -> UInt64 {
        whole(UnsafeRawBufferPointer(start: base + content.lowerBound, count: content.count))
    }

    /// Where `fingerprint` is noted in 64 bits.
    @inline(__always)
    func bit(of fingerprint: UInt64) -> UInt64 { 1 &<< ((fingerprint &* multiplier) &>> 58) }

    /// A hash of `fingerprint`.
    func spread(_ fingerprint: UInt64) -> UInt64 { mix(fingerprint ^ seed) }

    private func whole(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        guard let start = bytes.baseAddress, bytes.count > 8 else {
            return bytes.reversed().reduce(0) { $0 &<< 8 | UInt64($1) }
        }
        var state = seed ^ UInt64(truncatingIfNeeded: bytes.count)
        var index = 0
        while bytes.count &- index > 8 {
            state = mix(state ^ ASCIIWord.load(start, at: index))
            index &+= 8
        }
        // What is left is read by a word that overlaps.
        return mix(state ^ ASCIIWord.load(start, at: bytes.count &- 8))
    }

    @inline(__always)
    private func mix(_ state: UInt64) -> UInt64 {
        let product = state.multipliedFullWidth(by: multiplier)
        return product.high ^ product.low
    }
}
