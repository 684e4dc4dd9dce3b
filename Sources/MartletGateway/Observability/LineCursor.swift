#if arch(x86_64)
    import _Builtin_intrinsics.intel
#endif

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

    /// A text of four bytes at most, the first in the lowest byte; needs room for four.
    @inline(__always)
    mutating func short(_ text: ShortText) {
        place.storeBytes(of: text.bytes.littleEndian, as: UInt32.self)
        place += Int(text.count)
    }

    /// Takes back one byte.
    @inline(__always)
    mutating func back() { place -= 1 }

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
        guard value >= 0, value < 1000 else {
            self = Self.largeInteger(value, self)
            return
        }
        let unused = value < 10 ? 2 : value < 100 ? 1 : 0
        place.storeBytes(of: (Self.threeDigits(value) >> UInt32(8 &* unused)).littleEndian, as: UInt32.self)
        place += 3 &- unused
    }

    /// A cursor that was lent could not stay in a register.
    @inline(never)
    private static func largeInteger(_ value: Int, _ cursor: LineCursor) -> LineCursor {
        var cursor = cursor
        if value < 0 { cursor.byte(0x2D) }
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
            cursor.place.storeBytes(
                of: UInt8(truncatingIfNeeded: 0x30 + rest % 10), toByteOffset: index, as: UInt8.self)
            rest /= 10
        } while index > 0
        cursor.place += digits
        return cursor
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
        // Most waits are none.
        guard nanoseconds >= 1000 else {
            place.storeBytes(of: (0x30_3030_2E30 as UInt64).littleEndian, as: UInt64.self)
            place += 5
            return
        }
        let microseconds = UInt64(nanoseconds) / 1000
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

    /// Writes a text all of whose bytes stand for themselves. Needs room for all of them and for ``LinePiece/slack`` bytes more.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - lowest: The first byte that stands for itself; quotes, backslashes, DEL and what is no ASCII do not.
    /// - Returns: Whether it was written; if not, nothing was.
    @inline(__always)
    mutating func plain(_ bytes: UnsafeRawBufferPointer, lowest: UInt64) -> Bool {
        let start = place
        copy(bytes)
        if Self.isPlain(UnsafeRawBufferPointer(start: start, count: bytes.count), lowest: lowest) { return true }
        place = start
        return false
    }

    /// Writes a text of others as it is, and reads nothing beyond it. Needs room for it.
    @inline(__always)
    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        let length = bytes.count
        if length >= 8 {
            var index = 0
            while index < length &- 8 {
                move(source, index, UInt64.self)
                index &+= 8
            }
            // The last eight, some of them for the second time; below it is the same.
            move(source, length &- 8, UInt64.self)
        } else if length >= 4 {
            move(source, 0, UInt32.self)
            move(source, length &- 4, UInt32.self)
        } else if length > 0 {
            move(source, 0, UInt8.self)
            move(source, length &>> 1, UInt8.self)
            move(source, length &- 1, UInt8.self)
        }
        place += length
    }

    @inline(__always)
    private func move<Word: BitwiseCopyable>(_ source: UnsafeRawPointer, _ offset: Int, _: Word.Type) {
        place.storeBytes(
            of: source.loadUnaligned(fromByteOffset: offset, as: Word.self), toByteOffset: offset, as: Word.self)
    }

    /// Whether all bytes of a text stand for themselves. Behind it ``LinePiece/slack`` bytes may be read.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - lowest: As for ``plain(_:lowest:)``.
    /// - Returns: Whether they do.
    @inline(__always)
    static func isPlain(_ bytes: UnsafeRawBufferPointer, lowest: UInt64) -> Bool {
        #if arch(x86_64)
            guard let start = bytes.baseAddress else { return true }
            let lowest = _mm_set1_epi8(CChar(truncatingIfNeeded: lowest))
            var found: Int32 = 0
            var index = 0
            while index &+ 16 <= bytes.count {
                found |= stops(start + index, lowest)
                index &+= 16
            }
            // What is behind the text does not count.
            found |= stops(start + index, lowest) & ((1 &<< Int32(truncatingIfNeeded: bytes.count &- index)) &- 1)
            return found == 0
        #else
            return isPlainByWords(bytes, lowest: lowest)
        #endif
    }

    #if arch(x86_64)
        /// A bit for each of sixteen bytes that does not stand for itself.
        @inline(__always)
        private static func stops(_ place: UnsafeRawPointer, _ lowest: SIMD2<Int64>) -> Int32 {
            let bytes = place.loadUnaligned(as: SIMD2<Int64>.self)
            // As signed numbers, what is no ASCII is below all that is.
            let outside = _mm_or_si128(_mm_cmplt_epi8(bytes, lowest), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F)))
            let marks = _mm_or_si128(
                _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x22)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x5C)))
            return _mm_movemask_epi8(_mm_or_si128(outside, marks))
        }
    #endif

    /// The same on any processor, eight bytes at once.
    static func isPlainByWords(_ bytes: UnsafeRawBufferPointer, lowest: UInt64) -> Bool {
        guard let start = bytes.baseAddress else { return true }
        var found: UInt64 = 0
        var index = 0
        while index &+ 8 <= bytes.count {
            found |= stops(start.loadUnaligned(fromByteOffset: index, as: UInt64.self), lowest)
            index &+= 8
        }
        let rest = UInt64(truncatingIfNeeded: bytes.count &- index)
        if rest > 0 {
            // What is behind the text gives way to letters.
            let word = start.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian
            found |= stops(word &<< (64 &- 8 &* rest) | 0x4141_4141_4141_4141 &>> (8 &* rest), lowest)
        }
        return found & 0x8080_8080_8080_8080 == 0
    }

    /// Has the high bit of some byte set when one of the eight does not stand for itself.
    ///
    /// A subtraction may borrow from the next byte, but only at one that does not.
    @inline(__always)
    private static func stops(_ word: UInt64, _ lowest: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        return word | (word &+ ones) | (word &- lowest &* ones) | ((word ^ 0x22 &* ones) &- ones)
            | ((word ^ 0x5C &* ones) &- ones)
    }
}

/// A text of four bytes at most that goes into many lines.
struct ShortText {
    fileprivate let bytes: UInt32
    fileprivate let count: UInt8

    init(_ text: StaticString) {
        let utf8 = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        precondition(utf8.count <= 4, "too long: \(text)")
        bytes = utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        count = UInt8(utf8.count)
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
