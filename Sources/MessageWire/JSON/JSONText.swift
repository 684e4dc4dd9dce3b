/// Moves through JSON text that was checked before, hence needs no errors. Text that was not checked gives senseless
/// answers, but no byte outside of it is ever read.
package enum JSONText {
    /// The first index from `start` on that is no JSON white space.
    @inline(__always)
    static func skipWhitespace(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < text.count {
            switch text[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return index
            }
        }
        return index
    }

    /// The index behind the value that starts at `start`.
    package static func skipValue(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard start < text.count else { return text.count }
        switch text[start] {
        case 0x22:
            return skipString(text, from: start)
        case 0x7B, 0x5B:
            return skipContainer(text, from: start)
        default:
            var index = start
            while index < text.count, !endsScalar(text[index]) { index &+= 1 }
            return index
        }
    }

    /// The index behind the string whose opening quote is at `start`.
    package static func skipString(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard let base = text.baseAddress else { return 0 }
        var index = start + 1
        while index < text.count {
            index = ASCIIWord.firstStop(base, from: index, end: text.count)
            while index < text.count, text[index] >= 0x80 { index &+= 1 }
            guard index < text.count else { break }
            if text[index] == 0x22 { return index + 1 }
            if text[index] == 0x5C { index &+= 2 } else if ASCIIWord.stops(text[index]) { index &+= 1 }
        }
        return text.count
    }

    private static func skipContainer(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var depth = 0
        var index = start
        while index < text.count {
            switch text[index] {
            case 0x22:
                index = skipString(text, from: index)
                continue
            case 0x7B, 0x5B: depth &+= 1
            case 0x7D, 0x5D:
                depth &-= 1
                if depth == 0 { return index + 1 }
            default: break
            }
            index &+= 1
        }
        return text.count
    }

    @inline(__always)
    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x0A, 0x0D, 0x09, 0x2C, 0x7D, 0x5D: true
        default: false
        }
    }

    /// Whether a raw key or string (without its quotes) is `word` once its escapes are resolved.
    static func content(_ raw: UnsafeRawBufferPointer, equals word: StaticString) -> Bool {
        contentsAreEqual(raw, UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// Whether two raw strings (without their quotes) are the same once their escapes are resolved.
    static func contentsAreEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        if one.count == other.count, one.elementsEqual(other) { return true }
        guard one.contains(0x5C) || other.contains(0x5C) else { return false }
        return UnescapedBytes(one).elementsEqual(UnescapedBytes(other))
    }
}

/// The bytes a raw JSON string stands for, its escapes resolved.
///
/// A lone surrogate comes as the three bytes that UTF-8 would use for it if it were allowed: so two different ones stay
/// different.
struct UnescapedBytes: Sequence, IteratorProtocol {
    private let raw: UnsafeRawBufferPointer
    private var index = 0
    private var waiting: UInt32 = 0
    private var waitingCount = 0

    /// - Parameter raw: the text between the quotes, checked before.
    init(_ raw: UnsafeRawBufferPointer) { self.raw = raw }

    mutating func next() -> UInt8? {
        if waitingCount > 0 {
            waitingCount &-= 1
            defer { waiting &>>= 8 }
            return UInt8(truncatingIfNeeded: waiting)
        }
        guard index < raw.count else { return nil }
        let byte = raw[index]
        guard byte == 0x5C, index + 1 < raw.count else {
            index &+= 1
            return byte
        }
        index &+= 2
        switch raw[index &- 1] {
        case 0x62: return 0x08
        case 0x66: return 0x0C
        case 0x6E: return 0x0A
        case 0x72: return 0x0D
        case 0x74: return 0x09
        case 0x75: return queue(codePoint())
        case let other: return other
        }
    }

    /// Reads the digits behind `\u`, and a second escape if both make a surrogate pair.
    private mutating func codePoint() -> UInt32 {
        let first = unit(at: index)
        index = Swift.min(index &+ 4, raw.count)
        guard (0xD800..<0xDC00).contains(first), index &+ 6 <= raw.count, raw[index] == 0x5C, raw[index &+ 1] == 0x75
        else { return first }
        let second = unit(at: index &+ 2)
        guard (0xDC00..<0xE000).contains(second) else { return first }
        index &+= 6
        return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private func unit(at start: Int) -> UInt32 {
        var value: UInt32 = 0
        for digit in start..<Swift.max(start, Swift.min(start &+ 4, raw.count)) {
            value = value << 4 | UInt32(HexDigit.value(raw[digit]) ?? 0)
        }
        return value
    }

    /// Gives the first byte of a code point's UTF-8 and keeps the others.
    private mutating func queue(_ code: UInt32) -> UInt8 {
        if code < 0x80 { return UInt8(truncatingIfNeeded: code) }
        if code < 0x800 {
            waiting = 0x80 | code & 0x3F
            waitingCount = 1
            return UInt8(truncatingIfNeeded: 0xC0 | code >> 6)
        }
        if code < 0x10000 {
            waiting = (0x80 | code >> 6 & 0x3F) | (0x80 | code & 0x3F) << 8
            waitingCount = 2
            return UInt8(truncatingIfNeeded: 0xE0 | code >> 12)
        }
        waiting = (0x80 | code >> 12 & 0x3F) | (0x80 | code >> 6 & 0x3F) << 8 | (0x80 | code & 0x3F) << 16
        waitingCount = 3
        return UInt8(truncatingIfNeeded: 0xF0 | code >> 18)
    }
}
