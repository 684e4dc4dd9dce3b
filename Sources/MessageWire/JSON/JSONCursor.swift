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
    /// The place is kept in a variable of its own, so that it stays in a register; it goes back into `position` before
    /// anything rare.
    private mutating func container<Keys: JSONKeyPolicy & ~Copyable>(
        maxDepth: Int, keys: inout Keys
    ) throws(JSONScanError) {
        let (base, end) = (base, end)
        var place = position
        var open = OpenBrackets()
        while true {
            // A value starts here.
            guard place < end else { throw JSONScanError(.endsEarly, at: place) }
            var valueEnded = true
            switch base.load(fromByteOffset: place, as: UInt8.self) {
            case 0x22:
                place = try behindString(at: place)
            case 0x7B:
                guard open.depth < maxDepth else { throw JSONScanError(.tooDeep, at: place) }
                open.push(isObject: true)
                keys.objectOpened()
                place = behindWhitespace(from: place &+ 1)
                if place < end, base.load(fromByteOffset: place, as: UInt8.self) == 0x7D { break }
                place = try behindKey(at: place, &keys)
                valueEnded = false
            case 0x5B:
                guard open.depth < maxDepth else { throw JSONScanError(.tooDeep, at: place) }
                open.push(isObject: false)
                place = behindWhitespace(from: place &+ 1)
                valueEnded = place < end && base.load(fromByteOffset: place, as: UInt8.self) == 0x5D
            default:
                let behind = behindPlainNumber(at: place)
                if behind > place {
                    place = behind
                } else {
                    position = place
                    _ = try scalar()
                    place = position
                }
            }
            // Behind a value: brackets close until a comma asks for the next one.
            while valueEnded {
                guard open.depth > 0 else {
                    position = place
                    return
                }
                place = behindWhitespace(from: place)
                guard place < end else { throw JSONScanError(.endsEarly, at: place) }
                let next = base.load(fromByteOffset: place, as: UInt8.self)
                if next == 0x2C {
                    place = behindWhitespace(from: place &+ 1)
                    if open.isObject { place = try behindKey(at: place, &keys) }
                    valueEnded = false
                } else if next == 0x7D, open.isObject {
                    keys.objectClosed()
                    place &+= 1
                    open.pop()
                } else if next == 0x5D, !open.isObject {
                    place &+= 1
                    open.pop()
                } else {
                    throw JSONScanError(.unexpectedByte, at: place)
                }
            }
        }
    }

    /// The index behind the string whose opening quote is at `place`.
    @inline(__always)
    private mutating func behindString(at place: Int) throws(JSONScanError) -> Int {
        let stop = ASCIIWord.firstStop(base, from: place &+ 1, end: end)
        if stop < end, byte(at: stop) == 0x22 { return stop &+ 1 }
        _ = try restOfString(from: stop)
        return position
    }

    /// The index behind a number without exponent, with something behind it; `place` for anything else.
    @inline(__always)
    private func behindPlainNumber(at place: Int) -> Int {
        var index = place
        if byte(at: index) == 0x2D { index &+= 1 }
        guard index < end, byte(at: index) &- 0x30 < 10 else { return place }
        let startsWithZero = byte(at: index) == 0x30
        let first = index
        repeat { index &+= 1 } while index < end && byte(at: index) &- 0x30 < 10
        guard index < end, !startsWithZero || index == first &+ 1 else { return place }
        if byte(at: index) == 0x2E {
            let point = index
            repeat { index &+= 1 } while index < end && byte(at: index) &- 0x30 < 10
            guard index < end, index > point &+ 1 else { return place }
        }
        return byte(at: index) | 0x20 == 0x65 ? place : index
    }

    /// The first index from `place` on that is no white space.
    @inline(__always)
    private mutating func behindWhitespace(from place: Int) -> Int {
        guard place < end, byte(at: place) <= 0x20 else { return place }
        position = place
        skipWhitespace()
        return position
    }

    /// From a key's opening quote to its value.
    @inline(__always)
    private mutating func behindKey<Keys: JSONKeyPolicy & ~Copyable>(
        at place: Int, _ keys: inout Keys
    ) throws(JSONScanError) -> Int {
        guard place < end else { throw JSONScanError(.endsEarly, at: place) }
        guard byte(at: place) == 0x22 else { throw JSONScanError(.unexpectedByte, at: place) }
        var hasEscapes = false
        let stop = ASCIIWord.firstStop(base, from: place &+ 1, end: end)
        var next = stop &+ 1
        if stop >= end || byte(at: stop) != 0x22 {
            hasEscapes = try restOfString(from: stop)
            next = position
        }
        let content = Range(uncheckedBounds: (place &+ 1, next &- 1))
        next = behindWhitespace(from: next)
        guard next < end else { throw JSONScanError(.endsEarly, at: next) }
        guard byte(at: next) == 0x3A else { throw JSONScanError(.unexpectedByte, at: next) }
        next = behindWhitespace(from: next &+ 1)
        try keys.key(content, hasEscapes: hasEscapes, in: base)
        return next
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

/// Which brackets are open: one bit each, the innermost lowest. Allocates only beyond 64.
private struct OpenBrackets {
    private(set) var depth = 0
    private var word: UInt64 = 0
    private var outer: [UInt64] = []

    /// Whether the innermost open bracket is that of an object.
    @inline(__always) var isObject: Bool { word & 1 != 0 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0, depth > 0 { outer.append(word) }
        word = word &<< 1 | (isObject ? 1 : 0)
        depth &+= 1
    }

    @inline(__always)
    mutating func pop() {
        depth &-= 1
        word &>>= 1
        if depth & 63 == 0, depth > 0, let last = outer.popLast() { word = last }
    }
}
