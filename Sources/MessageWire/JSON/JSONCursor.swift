/// A place in a JSON text, and the grammar that moves it: the engine behind ``JSONScanner`` and the packet envelopes.
///
/// Reads every byte once, checks grammar and UTF-8 strictly, counts what the text is in UTF-16, builds nothing and does
/// not recurse: open brackets are bits.
///
/// Spec: RFC 8259
struct JSONCursor {
    let base: UnsafeRawPointer
    /// Bytes at and behind this index are never read.
    let end: Int
    /// The next byte to read.
    var position: Int
    /// Bytes passed so far that are no UTF-16 code unit of their own.
    var surplus = 0

    /// A cursor at the start of `range` of the bytes at `base`.
    init(_ base: UnsafeRawPointer, _ range: Range<Int>) {
        self.base = base
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    @inline(__always)
    func byte(at index: Int) -> UInt8 { base.load(fromByteOffset: index, as: UInt8.self) }

    /// Moves to the next byte that is no JSON white space, or to `end`.
    @inline(__always)
    mutating func skipWhitespace() {
        guard position < end, byte(at: position) <= 0x20 else { return }
        skipWhitespaceRun()
    }

    @inline(never)
    private mutating func skipWhitespaceRun() {
        while position < end {
            switch byte(at: position) {
            case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
            default: return
            }
        }
    }

    /// Moves behind the one value that starts at `position` (white space already skipped) and gives its kind.
    ///
    /// - Parameters:
    ///   - maxDepth: how many arrays and objects may be open at once within the value.
    ///   - keys: hears of every object and key.
    /// - Returns: the value's kind.
    /// - Throws: what the grammar, the depth or `keys` object to.
    mutating func value<Keys: JSONKeyPolicy & ~Copyable>(
        maxDepth: Int, keys: inout Keys
    ) throws(JSONScanError) -> JSONKind {
        guard position < end else { throw JSONScanError(.endsEarly, at: position) }
        switch byte(at: position) {
        case 0x22:
            _ = try string()
            return .string
        case 0x7B:
            try container(maxDepth: maxDepth, keys: &keys)
            return .object
        case 0x5B:
            try container(maxDepth: maxDepth, keys: &keys)
            return .array
        default:
            return try scalar()
        }
    }

    /// Moves behind the array or object that starts at `position`.
    ///
    /// `base`, `end` and the place are kept in variables of their own, so that they stay in registers; the place goes back
    /// into `position` before anything rare.
    private mutating func container<Keys: JSONKeyPolicy & ~Copyable>(
        maxDepth: Int, keys: inout Keys
    ) throws(JSONScanError) {
        let (base, end) = (base, end)
        let near = end &- Self.reach
        var place = position
        var open = OpenBrackets()
        var stops = StringStops()
        values: while true {
            // A value starts here, in an object with its key.
            if open.isObject {
                if let behind = keys.behindRepeatedKey(at: place, end: end, in: base) {
                    place = behind
                } else if let key = behindPlainKey(at: place, near, base, end, &stops) {
                    try keys.key(Range(uncheckedBounds: (place &+ 1, key)), hasEscapes: false, in: base)
                    place = key &+ 2
                } else {
                    place = try behindKey(at: place, base, end, &keys)
                }
            }
            guard place < end else { throw JSONScanError(.endsEarly, at: place) }
            let first = base.load(fromByteOffset: place, as: UInt8.self)
            if first == 0x22 {
                let stop = stops.first(base, from: place &+ 1, end: end)
                if stop < end, base.load(fromByteOffset: stop, as: UInt8.self) == 0x22 {
                    place = stop &+ 1
                } else {
                    _ = try restOfString(from: stop)
                    place = position
                }
            } else if first | 0x20 == 0x7B {
                guard open.depth < maxDepth else { throw JSONScanError(.tooDeep, at: place) }
                open.push(isObject: first == 0x7B)
                if open.isObject { keys.objectOpened() }
                place = behindWhitespace(from: place &+ 1, base, end)
                // A closing bracket is two behind the opening one.
                let isEmpty = place < end && base.load(fromByteOffset: place, as: UInt8.self) == first &+ 2
                if !isEmpty { continue }
            } else if place < near, let behind = Self.behindShortNumber(at: place, base) {
                place = behind
            } else {
                position = place
                _ = try scalar()
                place = position
            }
            // Behind a value: brackets close until a comma asks for the next one.
            repeat {
                if place < near, base.loadUnaligned(fromByteOffset: place, as: UInt16.self) == Self.commaQuote {
                    place &+= 1
                    continue values
                }
                place = behindWhitespace(from: place, base, end)
                guard place < end else { throw JSONScanError(.endsEarly, at: place) }
                let next = base.load(fromByteOffset: place, as: UInt8.self)
                if next == 0x2C {
                    place = behindWhitespace(from: place &+ 1, base, end)
                    continue values
                }
                guard next == (open.isObject ? 0x7D : 0x5D) else { throw JSONScanError(.unexpectedByte, at: place) }
                if open.isObject { keys.objectClosed() }
                open.pop()
                place &+= 1
            } while open.depth > 0
            position = place
            return
        }
    }

    /// Where the key ends whose opening quote is at `place`, if it is plain and a value follows at once.
    @inline(__always)
    private func behindPlainKey(
        at place: Int, _ near: Int, _ base: UnsafeRawPointer, _ end: Int, _ stops: inout StringStops
    ) -> Int? {
        guard place < near, base.load(fromByteOffset: place, as: UInt8.self) == 0x22 else { return nil }
        let stop = stops.first(base, from: place &+ 1, end: end)
        guard stop < near, base.loadUnaligned(fromByteOffset: stop, as: UInt16.self) == Self.quoteColon,
            base.load(fromByteOffset: stop &+ 2, as: UInt8.self) > 0x20
        else { return nil }
        return stop
    }

    /// So many bytes may be read from any place that is nearer to the beginning.
    private static let reach = 16

    /// The index behind a number of few digits without exponent; `nil` for anything else.
    @inline(__always)
    private static func behindShortNumber(at place: Int, _ base: UnsafeRawPointer) -> Int? {
        var start = place
        if base.load(fromByteOffset: start, as: UInt8.self) == 0x2D { start &+= 1 }
        let word = ASCIIWord.load(base, at: start) ^ 0x3030_3030_3030_3030
        // The high bit of what is no digit. Only what is not ASCII carries over, and there is an end before it.
        var others = (word &+ 0x7676_7676_7676_7676 | word) & ASCIIWord.high
        let digits = others.trailingZeroBitCount &>> 3
        guard digits > 0, digits < 8 else { return nil }
        // A zero in front of others.
        if word & 0xFF == 0, digits > 1 { return nil }
        var behind = start &+ digits
        var next = base.load(fromByteOffset: behind, as: UInt8.self)
        if next == 0x2E {
            others &= others &- 1
            let all = others.trailingZeroBitCount &>> 3
            guard all > digits &+ 1, all < 8 else { return nil }
            behind = start &+ all
            next = base.load(fromByteOffset: behind, as: UInt8.self)
        }
        return next | 0x20 == 0x65 ? nil : behind
    }

    /// `":`, as two bytes in memory.
    private static var quoteColon: UInt16 { UInt16(littleEndian: 0x3A22) }
    /// `,"`, as two bytes in memory.
    private static var commaQuote: UInt16 { UInt16(littleEndian: 0x222C) }

    /// The first index from `place` on that is no white space.
    @inline(__always)
    private mutating func behindWhitespace(from place: Int, _ base: UnsafeRawPointer, _ end: Int) -> Int {
        guard place < end, base.load(fromByteOffset: place, as: UInt8.self) <= 0x20 else { return place }
        position = place
        skipWhitespaceRun()
        return position
    }

    /// From a key's opening quote to its value.
    @inline(never)
    private mutating func behindKey<Keys: JSONKeyPolicy & ~Copyable>(
        at place: Int, _ base: UnsafeRawPointer, _ end: Int, _ keys: inout Keys
    ) throws(JSONScanError) -> Int {
        guard place < end else { throw JSONScanError(.endsEarly, at: place) }
        guard base.load(fromByteOffset: place, as: UInt8.self) == 0x22 else {
            throw JSONScanError(.unexpectedByte, at: place)
        }
        var hasEscapes = false
        var stop = ASCIIWord.firstStop(base, from: place &+ 1, end: end)
        if end &- stop > 2, base.loadUnaligned(fromByteOffset: stop, as: UInt16.self) == Self.quoteColon,
            base.load(fromByteOffset: stop &+ 2, as: UInt8.self) > 0x20
        {
            try keys.key(Range(uncheckedBounds: (place &+ 1, stop)), hasEscapes: false, in: base)
            return stop &+ 2
        }
        if stop >= end || base.load(fromByteOffset: stop, as: UInt8.self) != 0x22 {
            hasEscapes = try restOfString(from: stop)
            stop = position &- 1
        }
        let colon = behindWhitespace(from: stop &+ 1, base, end)
        guard colon < end else { throw JSONScanError(.endsEarly, at: colon) }
        guard base.load(fromByteOffset: colon, as: UInt8.self) == 0x3A else {
            throw JSONScanError(.unexpectedByte, at: colon)
        }
        let value = behindWhitespace(from: colon &+ 1, base, end)
        try keys.key(Range(uncheckedBounds: (place &+ 1, stop)), hasEscapes: hasEscapes, in: base)
        return value
    }

    /// Moves from a key's opening quote to its value: the range between the quotes, and whether there are escapes in it.
    @inline(__always)
    mutating func rawKey() throws(JSONScanError) -> (content: Range<Int>, hasEscapes: Bool) {
        let start = position
        guard start < end else { throw JSONScanError(.endsEarly, at: start) }
        guard byte(at: start) == 0x22 else { throw JSONScanError(.unexpectedByte, at: start) }
        let hasEscapes = try string()
        let content = Range(uncheckedBounds: (start &+ 1, position &- 1))
        skipWhitespace()
        guard position < end else { throw JSONScanError(.endsEarly, at: position) }
        guard byte(at: position) == 0x3A else { throw JSONScanError(.unexpectedByte, at: position) }
        position &+= 1
        skipWhitespace()
        return (content, hasEscapes)
    }
}

/// Which brackets are open: one bit each, the innermost lowest, set for an array. Allocates only beyond 63.
///
/// The highest set bit of a word is none of them: it shows how many there are. Where nothing is open it looks like an array:
/// a value without a key.
private struct OpenBrackets {
    private(set) var depth = 0
    private var word: UInt64 = 1
    private var outer: [UInt64] = []

    /// Whether the innermost open bracket is that of an object.
    @inline(__always) var isObject: Bool { word & 1 == 0 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if word &>> 63 != 0 {
            Self.spill(word, to: &outer)
            word = 1
        }
        word = word &<< 1 | (isObject ? 0 : 1)
        depth &+= 1
    }

    @inline(__always)
    mutating func pop() {
        depth &-= 1
        word &>>= 1
        if word == 1, depth > 0 { word = Self.restore(&outer) }
    }

    // Of the rest alone, so that what counts for each bracket stays in registers.

    @inline(never)
    private static func spill(_ word: UInt64, to outer: inout [UInt64]) { outer.append(word) }

    @inline(never)
    private static func restore(_ outer: inout [UInt64]) -> UInt64 { outer.popLast() ?? 1 }
}
