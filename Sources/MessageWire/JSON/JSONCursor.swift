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
    private mutating func container<Keys: JSONKeyPolicy & ~Copyable>(
        maxDepth: Int, keys: inout Keys
    ) throws(JSONScanError) {
        var open = OpenBrackets()
        while true {
            // A value starts here.
            guard position < end else { throw JSONScanError(.endsEarly, at: position) }
            var valueEnded = true
            switch byte(at: position) {
            case 0x22:
                _ = try string()
            case 0x7B:
                guard open.depth < maxDepth else { throw JSONScanError(.tooDeep, at: position) }
                open.push(isObject: true)
                keys.objectOpened()
                position &+= 1
                skipWhitespace()
                if position < end, byte(at: position) == 0x7D { break }
                try key(&keys)
                valueEnded = false
            case 0x5B:
                guard open.depth < maxDepth else { throw JSONScanError(.tooDeep, at: position) }
                open.push(isObject: false)
                position &+= 1
                skipWhitespace()
                valueEnded = position < end && byte(at: position) == 0x5D
            default:
                _ = try scalar()
            }
            // Behind a value: brackets close until a comma asks for the next one.
            while valueEnded {
                guard open.depth > 0 else { return }
                skipWhitespace()
                guard position < end else { throw JSONScanError(.endsEarly, at: position) }
                switch (byte(at: position), open.isObject) {
                case (0x2C, let isObject):
                    position &+= 1
                    skipWhitespace()
                    if isObject { try key(&keys) }
                    valueEnded = false
                case (0x7D, true):
                    keys.objectClosed()
                    position &+= 1
                    open.pop()
                case (0x5D, false):
                    position &+= 1
                    open.pop()
                default:
                    throw JSONScanError(.unexpectedByte, at: position)
                }
            }
        }
    }

    /// Moves from a key's opening quote to its value.
    @inline(__always)
    private mutating func key<Keys: JSONKeyPolicy & ~Copyable>(_ keys: inout Keys) throws(JSONScanError) {
        let (content, hasEscapes) = try rawKey()
        try keys.key(content, hasEscapes: hasEscapes, in: base)
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
