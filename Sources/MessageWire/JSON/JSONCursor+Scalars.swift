/// Strings, numbers and the three words.
extension JSONCursor {
    /// Moves behind the string whose opening quote is at `position`.
    /// - Returns: whether the string holds escapes.
    @inline(__always)
    mutating func string() throws(JSONScanError) -> Bool {
        let stop = ASCIIWord.firstStop(base, from: position &+ 1, end: end)
        if stop < end, byte(at: stop) == 0x22 {
            position = stop &+ 1
            return false
        }
        return try restOfString(from: stop)
    }

    /// The part of a string from its first character that is not plain ASCII.
    @inline(never)
    mutating func restOfString(from start: Int) throws(JSONScanError) -> Bool {
        var index = start
        var hasEscapes = false
        while true {
            guard index < end else { throw JSONScanError(.endsEarly, at: end) }
            let stop = byte(at: index)
            if stop == 0x22 {
                position = index &+ 1
                return hasEscapes
            } else if stop == 0x5C {
                hasEscapes = true
                index = try escape(at: index)
            } else if stop < 0x20 {
                throw JSONScanError(.controlCharacter, at: index)
            } else {
                repeat {
                    let length = UTF8Sequence.measure(base, at: index, end: end)
                    guard length > 0 else { throw JSONScanError(.badUTF8, at: index) }
                    surplus &+= UTF8Sequence.surplus(ofLength: length)
                    index &+= length
                } while index < end && byte(at: index) >= 0x80
            }
            index = ASCIIWord.firstStop(base, from: index, end: end)
        }
    }

    /// The index behind the escape whose backslash is at `index`. Lone surrogates are let through: JavaScript writes them.
    private func escape(at index: Int) throws(JSONScanError) -> Int {
        guard index + 1 < end else { throw JSONScanError(.endsEarly, at: end) }
        switch byte(at: index + 1) {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74:
            return index + 2
        case 0x75:
            for digit in index + 2..<index + 6 {
                guard digit < end else { throw JSONScanError(.endsEarly, at: end) }
                guard HexDigit.value(byte(at: digit)) != nil else { throw JSONScanError(.badEscape, at: index) }
            }
            return index + 6
        default:
            throw JSONScanError(.badEscape, at: index)
        }
    }

    /// Moves behind the number or word at `position`.
    mutating func scalar() throws(JSONScanError) -> JSONKind {
        switch byte(at: position) {
        case 0x2D, 0x30...0x39:
            try number()
            return .number
        case 0x74:
            try word("true")
            return .bool
        case 0x66:
            try word("false")
            return .bool
        case 0x6E:
            try word("null")
            return .null
        case 0xEF where position == 0 && end >= 3 && byte(at: 1) == 0xBB && byte(at: 2) == 0xBF:
            throw JSONScanError(.byteOrderMark, at: 0)
        default:
            throw JSONScanError(.unexpectedByte, at: position)
        }
    }

    private mutating func number() throws(JSONScanError) {
        var index = position
        if byte(at: index) == 0x2D { index &+= 1 }
        if index < end, byte(at: index) == 0x30 {
            index &+= 1
        } else {
            index = try digits(from: index)
        }
        if index < end, byte(at: index) == 0x2E { index = try digits(from: index &+ 1) }
        if index < end, byte(at: index) | 0x20 == 0x65 {
            index &+= 1
            if index < end, byte(at: index) == 0x2B || byte(at: index) == 0x2D { index &+= 1 }
            index = try digits(from: index)
        }
        position = index
    }

    /// The index behind one or more digits.
    @inline(__always)
    private func digits(from start: Int) throws(JSONScanError) -> Int {
        var index = start
        while index < end, byte(at: index) &- 0x30 < 10 { index &+= 1 }
        guard index > start else {
            throw JSONScanError(index < end ? .badNumber : .endsEarly, at: index)
        }
        return index
    }

    @inline(__always)
    private mutating func word(_ word: StaticString) throws(JSONScanError) {
        let count = word.utf8CodeUnitCount
        var index = 0
        while index < count {
            guard position &+ index < end else { throw JSONScanError(.endsEarly, at: end) }
            guard byte(at: position &+ index) == word.utf8Start[index] else {
                throw JSONScanError(.badLiteral, at: position)
            }
            index &+= 1
        }
        position &+= count
    }
}

/// Hexadecimal digits of either case.
enum HexDigit {
    /// The digit's value, 0 to 15.
    @inline(__always)
    static func value(_ byte: UInt8) -> UInt16? {
        switch byte {
        case 0x30...0x39: UInt16(byte &- 0x30)
        case 0x41...0x46: UInt16(byte &- 0x37)
        case 0x61...0x66: UInt16(byte &- 0x57)
        default: nil
        }
    }
}
