/// Finds keys that an object has twice, and keys that poison JavaScript prototypes.
///
/// The keys of all open objects lie in one stack, those of the innermost object on top. Few keys are compared one by one
/// by their fingerprints; from ``linearLimit`` on an object gets a hash table, so that time stays linear in the text. The
/// fingerprint depends on a seed that is drawn once per process: collisions cannot be prepared, and if one happens the
/// keys themselves decide.
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
    private let fingerprint = KeyFingerprint()
    /// Where the stack lives until it outgrows it.
    private let scratch: UnsafeMutableBufferPointer<Entry>
    private var spilled: [Entry] = []
    private var count = 0
    /// The first key of the innermost object.
    private var first = 0
    /// The innermost object's hash table is the last `slots` elements of this, none if `slots` is zero. An element is 0
    /// or 1 + the key's place in the stack.
    private var tables: [Int] = []
    private var slots = 0

    /// `scratch` outlives the value and need not be initialised.
    init(rules: JSONRules, scratch: UnsafeMutableBufferPointer<Entry>) {
        self.rules = rules
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

    mutating func objectOpened() {
        push(Entry(fingerprint: 0, start: first, end: slots))
        first = count
        slots = 0
    }

    mutating func objectClosed() {
        if slots > 0 { tables.removeLast(slots) }
        count = first &- 1
        let marker = entry(at: count)
        let spilledCount = max(0, count &- scratch.count)
        if spilled.count > spilledCount { spilled.removeLast(spilled.count &- spilledCount) }
        first = marker.start
        slots = marker.end
    }

    mutating func key(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) throws(JSONScanError) {
        if rules.refusesPrototypeKeys, isPrototypeKey(content, hasEscapes: hasEscapes, in: base) {
            throw JSONScanError(.prototypeKey, at: content.lowerBound &- 1)
        }
        guard rules.refusesDuplicateKeys else { return }
        let added = Entry(
            fingerprint: fingerprint.of(content, hasEscapes: hasEscapes, in: base),
            start: content.lowerBound, end: content.upperBound)
        if count &- first < Self.linearLimit {
            for place in first..<count where isEqual(entry(at: place), added, in: base) {
                throw JSONScanError(.duplicateKey, at: content.lowerBound &- 1)
            }
            push(added)
            return
        }
        if slots < (count &- first &+ 1) &* 2 { growTable() }
        guard insert(added, place: count, in: base) else {
            throw JSONScanError(.duplicateKey, at: content.lowerBound &- 1)
        }
        push(added)
    }

    private func isPrototypeKey(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) -> Bool {
        guard hasEscapes || content.count == 9 || content.count == 11 else { return false }
        let raw = UnsafeRawBufferPointer(start: base + content.lowerBound, count: content.count)
        return JSONText.content(raw, equals: "__proto__") || JSONText.content(raw, equals: "constructor")
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

    // MARK: The innermost object's hash table

    /// Makes a table that is at most a quarter full, of all keys the object has so far.
    private mutating func growTable() {
        let wanted = max(slots * 2, 4 * Self.linearLimit)
        tables.removeLast(slots)
        tables.append(contentsOf: repeatElement(0, count: wanted))
        slots = wanted
        for place in first..<count { put(place &+ 1, hashOf: entry(at: place).fingerprint) }
    }

    /// Stores a key's place at the first free slot.
    private mutating func put(_ value: Int, hashOf fingerprint: UInt64) {
        let start = tables.count &- slots
        var slot = Int(truncatingIfNeeded: fingerprint) & (slots &- 1)
        while tables[start &+ slot] != 0 { slot = (slot &+ 1) & (slots &- 1) }
        tables[start &+ slot] = value
    }

    /// Stores a key unless the object has it already.
    private mutating func insert(_ added: Entry, place: Int, in base: UnsafeRawPointer) -> Bool {
        let start = tables.count &- slots
        var slot = Int(truncatingIfNeeded: added.fingerprint) & (slots &- 1)
        while tables[start &+ slot] != 0 {
            if isEqual(entry(at: tables[start &+ slot] &- 1), added, in: base) { return false }
            slot = (slot &+ 1) & (slots &- 1)
        }
        tables[start &+ slot] = place &+ 1
        return true
    }
}

/// Short stand-ins for keys: equal keys have equal fingerprints, however they are escaped.
struct KeyFingerprint {
    /// Drawn once per process, so that nobody can prepare keys whose fingerprints collide.
    private static let drawn: (UInt64, UInt64) = {
        var generator = SystemRandomNumberGenerator()
        return (generator.next(), generator.next() | 1)
    }()

    private let seed: UInt64
    private let multiplier: UInt64

    init() { (seed, multiplier) = Self.drawn }

    @inline(__always)
    func of(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) -> UInt64 {
        guard hasEscapes else { return hash(base + content.lowerBound, content.count) }
        return escaped(UnsafeRawBufferPointer(start: base + content.lowerBound, count: content.count))
    }

    @inline(never)
    private func escaped(_ raw: UnsafeRawBufferPointer) -> UInt64 {
        Array(UnescapedBytes(raw)).withUnsafeBytes { bytes in bytes.baseAddress.map { hash($0, bytes.count) } ?? seed }
    }

    /// Eight bytes at a time; what is left is read by words that overlap.
    @inline(__always)
    private func hash(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: count)
        var last: UInt64 = 0
        if count >= 8 {
            var index = 0
            while count &- index > 8 {
                state = Self.mix(state ^ bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self), multiplier)
                index &+= 8
            }
            last = bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        } else if count >= 4 {
            last = UInt64(bytes.loadUnaligned(as: UInt32.self))
            last |= UInt64(bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)) &<< 32
        } else if count > 0 {
            last = UInt64(bytes.load(as: UInt8.self))
            last |= UInt64(bytes.load(fromByteOffset: count &>> 1, as: UInt8.self)) &<< 8
            last |= UInt64(bytes.load(fromByteOffset: count &- 1, as: UInt8.self)) &<< 16
        }
        return Self.mix(Self.mix(state ^ last, multiplier), seed | 1)
    }

    @inline(__always)
    private static func mix(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
