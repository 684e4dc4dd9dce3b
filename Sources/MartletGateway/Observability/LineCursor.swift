/// Writes where there is room: the room is made sure of once for many values, and nothing is checked for each of them.
///
/// World: one event loop.
struct LineCursor {
    /// Where the next byte goes.
    private(set) var place: UnsafeMutableRawPointer

    init(_ place: UnsafeMutableRawPointer) { self.place = place }

    /// The room that an integer needs.
    static let integerBytes = 20
    /// The room that a time needs.
    static let millisecondsBytes = integerBytes + 4

    // MARK: As it is

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        place.storeBytes(of: byte, as: UInt8.self)
        place += 1
    }

    /// A text of many lines; needs room for it and for ``LinePiece/slack`` bytes more.
    @inline(__always)
    mutating func piece(_ piece: LinePiece) {
        var index = 0
        repeat {
            let vector = piece.start.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
            place.storeBytes(of: vector, toByteOffset: index, as: SIMD16<UInt8>.self)
            index &+= LinePiece.slack
        } while index < piece.count
        place += piece.count
    }

    /// Lets so many bytes be written, all of them.
    @inline(__always)
    mutating func fill(_ length: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        body(place)
        place += length
    }

    // MARK: Numbers

    /// Needs room for ``integerBytes``.
    @inline(__always)
    mutating func integer(_ value: Int) {
        guard value >= 0, value < 1000 else { return largeInteger(value) }
        let unused = value < 10 ? 2 : value < 100 ? 1 : 0
        place.storeBytes(of: (Self.threeDigits(value) >> UInt32(8 &* unused)).littleEndian, as: UInt32.self)
        place += 3 &- unused
    }

    @inline(never)
    private mutating func largeInteger(_ value: Int) {
        if value < 0 { byte(0x2D) }
        var rest = value.magnitude
        var digits = 1
        var bound: UInt = 10
        while digits < 19, rest >= bound {
            digits += 1
            bound *= 10
        }
        if rest >= bound { digits += 1 }
        var index = digits
        repeat {
            index -= 1
            place.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 + rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        } while index > 0
        place += digits
    }

    /// A byte and three digits, zeros before them.
    @inline(__always)
    mutating func thousandths(_ value: Int, behind byte: UInt8) {
        place.storeBytes(of: (UInt32(byte) | Self.threeDigits(value) << 8).littleEndian, as: UInt32.self)
        place += 4
    }

    /// `1.234`: three decimals without floating point; needs room for ``millisecondsBytes``.
    @inline(__always)
    mutating func milliseconds(_ nanoseconds: Int64) {
        let microseconds = UInt64(max(nanoseconds, 0)) / 1000
        let whole = microseconds / 1000
        integer(Int(whole))
        thousandths(Int(microseconds &- whole &* 1000), behind: 0x2E)
    }

    /// The first digit in the lowest byte.
    @inline(__always)
    private static func threeDigits(_ value: Int) -> UInt32 {
        let value = UInt32(truncatingIfNeeded: value)
        let (tens, ones) = (value / 10, value % 10)
        return 0x30_3030 | tens / 10 | (tens % 10) << 8 | ones << 16
    }

    // MARK: Texts of others

    /// The first byte that stands for itself within a JSON string.
    static let lowestInJSON: UInt64 = 0x20
    /// The first one that stands for itself in a line of columns.
    static let lowestInText: UInt64 = 0x21

    /// Writes a text all of whose bytes stand for themselves, eight at once (most texts are shorter than a vector is worth). Needs room
    /// for all of them.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - lowest: The first byte that stands for itself; quotes, backslashes, DEL and what is no ASCII do not.
    /// - Returns: Whether it was written; if not, nothing was.
    @inline(__always)
    mutating func plain(_ bytes: UnsafeRawBufferPointer, lowest: UInt64) -> Bool {
        let length = bytes.count
        guard length > 0, let source = bytes.baseAddress else { return true }
        var stops: UInt64 = 0
        if length >= 8 {
            var index = 0
            while index < length &- 8 {
                stops |= copy(source, index, lowest)
                index &+= 8
            }
            // The last eight, some of them for the second time.
            stops |= copy(source, length &- 8, lowest)
        } else if length >= 4 {
            let first = source.loadUnaligned(as: UInt32.self)
            let last = source.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)
            place.storeBytes(of: first, as: UInt32.self)
            place.storeBytes(of: last, toByteOffset: length &- 4, as: UInt32.self)
            stops = Self.stops(UInt64(first) | UInt64(last) << 32, lowest)
        } else {
            var word: UInt64 = 0x4141_4141_4141_4141
            var index = 0
            while index < length {
                let byte = source.load(fromByteOffset: index, as: UInt8.self)
                place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
                word = word << 8 | UInt64(byte)
                index &+= 1
            }
            stops = Self.stops(word, lowest)
        }
        guard stops & 0x8080_8080_8080_8080 == 0 else { return false }
        place += length
        return true
    }

    @inline(__always)
    private func copy(_ source: UnsafeRawPointer, _ offset: Int, _ lowest: UInt64) -> UInt64 {
        let word = source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        place.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        return Self.stops(word, lowest)
    }

    /// Has the high bit of some byte set when one of the eight does not stand for itself.
    @inline(__always)
    private static func stops(_ word: UInt64, _ lowest: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        return word | ((word &- lowest &* ones) & ~word) | zeros(word ^ 0x22 * ones) | zeros(word ^ 0x5C * ones)
            | zeros(word ^ 0x7F * ones)
    }
}

/// A text that goes into many lines as it is. Behind it there are ``slack`` bytes that may be read.
struct LinePiece {
    let start: UnsafeRawPointer
    let count: Int

    /// Texts are moved by so many bytes at once.
    static let slack = 16
}

/// Texts that go into many lines, in one piece of memory.
struct LinePieces: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let pieces: UnsafeMutableBufferPointer<LinePiece>

    init(_ texts: [String]) {
        let bytes = texts.reduce(0) { $0 + $1.utf8.count } + LinePiece.slack
        memory = .allocate(byteCount: bytes, alignment: LinePiece.slack)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        pieces = .allocate(capacity: texts.count)
        var place = memory
        for (index, var text) in texts.enumerated() {
            let count = text.withUTF8 { utf8 in
                UnsafeMutableRawBufferPointer(start: place, count: utf8.count).copyBytes(from: utf8)
                return utf8.count
            }
            pieces.initializeElement(at: index, to: LinePiece(start: UnsafeRawPointer(place), count: count))
            place += count
        }
    }

    deinit {
        pieces.deallocate()
        memory.deallocate()
    }

    @inline(__always)
    subscript(index: Int) -> LinePiece { pieces[index] }
}
