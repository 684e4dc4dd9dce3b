import MessageWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether a JSON text meets a schema, told from the text as it came, in one pass: the usual way of a valid body.
///
/// Nothing is built. What it does not know or is not sure of (escapes where a length counts, exponents, keywords that need more
/// than one look) it does not let pass; then the whole check decides. So it only ever says yes where that one would.
struct QuickCheck {
    private let plan: QuickPlan
    // The plan's own, so that one look leads to them.
    private let nodes: UnsafePointer<QuickPlan.Node>
    private let properties: UnsafePointer<QuickPlan.Property>
    private let choices: UnsafePointer<QuickPlan.Text>
    private let names: UnsafeRawPointer
    private let base: UnsafeRawPointer
    private let end: Int
    private var place = 0

    private static let maxDepth = 128

    /// - Parameters:
    ///   - plan: What is asked.
    ///   - text: JSON text that was checked before, its names all different.
    /// - Returns: `false` when it is not valid, or not sure to be.
    static func passes(_ plan: QuickPlan, _ text: UnsafeRawBufferPointer) -> Bool {
        guard var check = QuickCheck(plan: plan, text) else { return false }
        check.skipBlanks()
        guard check.value(plan.root, depth: 0) else { return false }
        check.skipBlanks()
        return check.place == check.end
    }

    private init?(plan: QuickPlan, _ text: UnsafeRawBufferPointer) {
        guard let base = text.baseAddress, let nodes = plan.nodes.baseAddress, let names = plan.bytes.baseAddress,
            let properties = plan.properties.baseAddress, let choices = plan.choices.baseAddress
        else { return nil }
        self.plan = plan
        self.nodes = UnsafePointer(nodes)
        self.properties = UnsafePointer(properties)
        self.choices = UnsafePointer(choices)
        self.names = UnsafeRawPointer(names)
        self.base = base
        self.end = text.count
    }

    // MARK: The text

    @inline(__always)
    private func byte(_ index: Int) -> UInt8 { base.load(fromByteOffset: index, as: UInt8.self) }

    /// The byte at the place, or zero at the end.
    @inline(__always)
    private var next: UInt8 { place < end ? byte(place) : 0 }

    @inline(__always)
    private mutating func skipBlanks() {
        while place < end, byte(place) <= 0x20 { place &+= 1 }
    }

    // As ``ASCIIWord`` has them, which is a call away.

    @inline(__always)
    private static func load(_ base: UnsafeRawPointer, at index: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    @inline(__always)
    private static func stops(_ word: UInt64) -> UInt64 {
        let controlsAndQuote = (word ^ 0x0202_0202_0202_0202) &- 0x2121_2121_2121_2121
        let backslash = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
        return (controlsAndQuote | backslash | word) & 0x8080_8080_8080_8080
    }

    /// Moves behind a comma, or behind the closing bracket and answers `true`; `nil` for other text.
    @inline(__always)
    private mutating func ends(with bracket: UInt8) -> Bool? {
        if end &- place > 1, byte(place) == 0x2C, byte(place &+ 1) > 0x20 {
            place &+= 1
            return false
        }
        skipBlanks()
        let byte = next
        guard byte == 0x2C || byte == bracket else { return nil }
        place &+= 1
        if byte == bracket { return true }
        skipBlanks()
        return false
    }

    // MARK: Values

    private mutating func value(_ number: Int, depth: Int) -> Bool {
        guard number != QuickPlan.anything else { return skip() }
        guard number >= 0, depth < Self.maxDepth else { return false }
        let node = nodes + number
        guard node.pointee.isKnown else { return false }
        switch next {
        case 0x22: return string(node)
        case 0x7B: return object(node, depth: depth)
        case 0x5B: return array(node, depth: depth)
        case 0x74, 0x66: return node.pointee.types.isSuperset(of: .boolean) && skip()
        case 0x6E: return node.pointee.types.isSuperset(of: .null) && skip()
        default: return self.number(node)
        }
    }

    private mutating func skip() -> Bool {
        let text = UnsafeRawBufferPointer(start: base, count: end)
        place = JSONText.skipValue(text, from: place)
        return true
    }

    /// Without exponent, of at most 18 digits.
    @inline(__always)
    private mutating func number(_ node: UnsafePointer<QuickPlan.Node>) -> Bool {
        guard !node.pointee.types.isDisjoint(with: .number) else { return false }
        // In a variable of its own the place stays in a register.
        var index = place
        let isNegative = next == 0x2D
        if isNegative { index &+= 1 }
        let first = index
        var mantissa: Int64 = 0
        while index < end {
            let digit = byte(index) &- 0x30
            guard digit < 10 else { break }
            mantissa = mantissa &* 10 &+ Int64(digit)
            index &+= 1
        }
        var digits = index &- first
        var scale: Int64 = 1
        var isFraction = false
        if index < end, byte(index) == 0x2E {
            index &+= 1
            while index < end {
                let digit = byte(index) &- 0x30
                guard digit < 10 else { break }
                isFraction = isFraction || digit != 0
                mantissa = mantissa &* 10 &+ Int64(digit)
                scale = scale &* 10
                index &+= 1
                digits &+= 1
            }
        }
        place = index
        guard digits > 0, digits <= 18, index == end || byte(index) | 0x20 != 0x65 else { return false }
        guard node.pointee.types.isSuperset(of: isFraction ? .fraction : .integer) else { return false }
        let bounds = node.pointee.number
        guard !bounds.isOpen else { return true }
        let value = isNegative ? -mantissa : mantissa
        let (min, isTooSmall) = bounds.min.multipliedReportingOverflow(by: scale)
        let (max, isTooLarge) = bounds.max.multipliedReportingOverflow(by: scale)
        return (bounds.min == .min || (!isTooSmall && value >= min))
            && (bounds.max == .max || (!isTooLarge && value <= max))
    }

    /// The first index whose byte is a quotation mark, a backslash or not ASCII.
    @inline(__always)
    private func stop(from start: Int) -> Int {
        guard end &- start >= 8 else { return ASCIIWord.firstStop(base, from: start, end: end) }
        // Most names, and many values, end within a word.
        let found = Self.stops(Self.load(base, at: start))
        if found != 0 { return start &+ found.trailingZeroBitCount &>> 3 }
        return ASCIIWord.firstStop(base, from: start &+ 8, end: end)
    }

    /// Moves behind a string; its content, `nil` when it is not all ASCII without escapes.
    @inline(__always)
    private mutating func plainString() -> Range<Int>? {
        let start = place &+ 1
        let stop = self.stop(from: start)
        if stop < end, byte(stop) == 0x22 {
            place = stop &+ 1
            return Range(uncheckedBounds: (start, stop))
        }
        place = JSONText.skipString(UnsafeRawBufferPointer(start: base, count: end), from: place)
        return nil
    }

    @inline(__always)
    private mutating func string(_ node: UnsafePointer<QuickPlan.Node>) -> Bool {
        guard node.pointee.types.isSuperset(of: .string) else { return false }
        guard let content = plainString() else { return !node.pointee.hasTextRules }
        return content.count >= node.pointee.minLength && content.count <= node.pointee.maxLength
            && (!node.pointee.asksContent || allows(content, node))
    }

    /// Whether a string of ASCII without escapes meets the rules for texts, its length aside.
    private func allows(_ content: Range<Int>, _ node: UnsafePointer<QuickPlan.Node>) -> Bool {
        if let choices = node.pointee.choices {
            let start = self.start(of: content)
            var index = choices.lowerBound
            while index < choices.upperBound, !isEqual(content, start, self.choices[index]) { index &+= 1 }
            guard index < choices.upperBound else { return false }
        }
        guard node.pointee.pattern >= 0 || node.pointee.format >= 0 else { return true }
        let bytes = UnsafeRawBufferPointer(start: base + content.lowerBound, count: content.count)
        if node.pointee.pattern >= 0 {
            guard plan.patterns[node.pointee.pattern].matches(bytes) else { return false }
        }
        return node.pointee.format < 0
            || plan.formats[node.pointee.format].accepts(String(decoding: bytes, as: UTF8.self))
    }

    /// Whether a text is a known one; for `start` see ``start(of:)``.
    @inline(__always)
    private func isEqual(_ content: Range<Int>, _ start: UInt64, _ known: QuickPlan.Text) -> Bool {
        guard start == known.start, content.count == known.range.count else { return false }
        return content.count <= 8
            || memcmp(base + content.lowerBound, names + known.range.lowerBound, content.count) == 0
    }

    private mutating func array(_ node: UnsafePointer<QuickPlan.Node>, depth: Int) -> Bool {
        guard node.pointee.types.isSuperset(of: .array) else { return false }
        place &+= 1
        skipBlanks()
        var count = 0
        if next == 0x5D {
            place &+= 1
        } else {
            let items = node.pointee.items
            while true {
                guard value(items, depth: depth &+ 1), let isOver = ends(with: 0x5D) else { return false }
                count &+= 1
                if isOver { break }
            }
        }
        return count >= node.pointee.minItems && count <= node.pointee.maxItems
    }

    private mutating func object(_ node: UnsafePointer<QuickPlan.Node>, depth: Int) -> Bool {
        guard node.pointee.types.isSuperset(of: .object) else { return false }
        place &+= 1
        skipBlanks()
        var count = 0
        var present: UInt64 = 0
        var expected = 0
        if next == 0x7D {
            place &+= 1
        } else {
            while true {
                guard let property = self.member(of: node, expected: expected) else { return false }
                var schema = node.pointee.additional
                if property >= 0 {
                    present |= 1 &<< UInt64(truncatingIfNeeded: property)
                    schema = properties[node.pointee.properties.lowerBound &+ property].node
                    expected = property &+ 1
                }
                guard value(schema, depth: depth &+ 1), let isOver = ends(with: 0x7D) else { return false }
                count &+= 1
                if isOver { break }
            }
        }
        return present & node.pointee.required == node.pointee.required && count >= node.pointee.minProperties
            && count <= node.pointee.maxProperties
    }

    /// Moves from a name to its value; which of the properties it is, -1 for none of them, `nil` when that is not sure.
    @inline(__always)
    private mutating func member(of node: UnsafePointer<QuickPlan.Node>, expected: Int) -> Int? {
        let start = place &+ 1
        guard end &- start >= 16, byte(place) == 0x22 else { return rareMember(of: node, expected: expected) }
        let word = Self.load(base, at: start)
        let found = Self.stops(word)
        let length = found.trailingZeroBitCount &>> 3
        let stop = start &+ length
        // A short name with nothing around its colon: it is in the word already.
        guard found != 0, byte(stop) == 0x22, byte(stop &+ 1) == 0x3A, byte(stop &+ 2) > 0x20 else {
            return rareMember(of: node, expected: expected)
        }
        place = stop &+ 2
        let key = word & (1 &<< UInt64(truncatingIfNeeded: 8 &* length) &- 1)
        let (first, count) = (node.pointee.properties.lowerBound, node.pointee.properties.count)
        // Most bodies have them in the order of the schema.
        if expected < count {
            let property = properties + (first &+ expected)
            if property.pointee.name.start == key, property.pointee.name.range.count == length { return expected }
        }
        for index in 0..<count {
            let property = properties + (first &+ index)
            if property.pointee.name.start == key, property.pointee.name.range.count == length { return index }
        }
        return -1
    }

    @inline(never)
    private mutating func rareMember(of node: UnsafePointer<QuickPlan.Node>, expected: Int) -> Int? {
        guard next == 0x22, let name = plainString() else { return nil }
        skipBlanks()
        guard next == 0x3A else { return nil }
        place &+= 1
        skipBlanks()
        return property(name, of: node, expected: expected)
    }

    /// Which of the properties it is, -1 for none. Most bodies have them in the order of the schema.
    private func property(_ name: Range<Int>, of node: UnsafePointer<QuickPlan.Node>, expected: Int) -> Int {
        let (first, count) = (node.pointee.properties.lowerBound, node.pointee.properties.count)
        let start = self.start(of: name)
        var index = expected < count ? expected : 0
        for _ in 0..<count {
            if isEqual(name, start, properties[first &+ index].name) { return index }
            index &+= 1
            if index == count { index = 0 }
        }
        return -1
    }

    /// The first eight bytes of a name, the first lowest, zeros behind its end.
    @inline(__always)
    private func start(of name: Range<Int>) -> UInt64 {
        guard end &- name.lowerBound >= 8 else {
            return name.reversed().reduce(UInt64(0)) { $0 &<< 8 | UInt64(byte($1)) }
        }
        let word = Self.load(base, at: name.lowerBound)
        return name.count >= 8 ? word : word & (1 &<< UInt64(truncatingIfNeeded: 8 &* name.count) &- 1)
    }
}

/// Queries, as far as they are told without decoding: ASCII without escapes, each parameter once.
extension QuickCheck {
    /// Whether the parameters surely are an object that the schema allows, texts being read where no string is wanted.
    ///
    /// - Parameters:
    ///   - plan: What is asked of the object.
    ///   - query: `a=1&b=2`, as it came.
    /// - Returns: `false` when it is not valid, or not sure to be.
    static func passes(_ plan: QuickPlan, query: UnsafeRawBufferPointer) -> Bool {
        guard var check = QuickCheck(plan: plan, query), plan.root >= 0 else { return false }
        return check.query(check.nodes + plan.root)
    }

    private mutating func query(_ node: UnsafePointer<QuickPlan.Node>) -> Bool {
        guard node.pointee.isKnown, node.pointee.types.isSuperset(of: .object) else { return false }
        var present: UInt64 = 0
        var count = 0
        while place < end {
            let name = part(upTo: 0x3D)
            guard next == 0x3D, !name.isEmpty else { return false }
            place &+= 1
            let value = part(upTo: 0x26)
            guard place == end || next == 0x26 else { return false }
            place &+= 1
            let property = self.property(name, of: node, expected: count)
            // Names that the schema does not list are told apart by the slow way.
            guard property >= 0, present & 1 &<< UInt64(truncatingIfNeeded: property) == 0 else { return false }
            present |= 1 &<< UInt64(truncatingIfNeeded: property)
            count &+= 1
            let schema = properties[node.pointee.properties.lowerBound &+ property].node
            guard schema >= 0 ? parameter(value, nodes + schema) : schema == QuickPlan.anything else { return false }
        }
        return present & node.pointee.required == node.pointee.required && count >= node.pointee.minProperties
            && count <= node.pointee.maxProperties
    }

    /// Moves to a byte, or to one that means more than itself; what was passed.
    private mutating func part(upTo stop: UInt8) -> Range<Int> {
        let start = place
        while place < end {
            let byte = byte(place)
            if byte == stop || byte == 0x26 || byte == 0x25 || byte == 0x2B || byte >= 0x80 { break }
            place &+= 1
        }
        return Range(uncheckedBounds: (start, place))
    }

    private func parameter(_ value: Range<Int>, _ node: UnsafePointer<QuickPlan.Node>) -> Bool {
        guard node.pointee.isKnown else { return false }
        if node.pointee.types.isSuperset(of: .string) {
            return value.count >= node.pointee.minLength && value.count <= node.pointee.maxLength
                && (!node.pointee.asksContent || allows(value, node))
        }
        // Leading zeros and the like are no number of JSON's.
        guard let first = value.first.map(byte), first &- 0x31 < 9 || (first == 0x30 && value.count == 1) else {
            return false
        }
        let text = UnsafeRawBufferPointer(start: base + value.lowerBound, count: value.count)
        guard var check = QuickCheck(plan: plan, text) else { return false }
        return check.number(node) && check.place == check.end && text.last != 0x2E
    }
}
