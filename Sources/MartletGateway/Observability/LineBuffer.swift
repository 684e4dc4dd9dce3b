import MessageWire
import NIOCore

/// Lines of one event loop, gathered until they are handed over: memory that is kept, and bytes stored without a copy between.
///
/// World: one event loop.
struct LineBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Bytes gathered.
    private(set) var count = 0

    private static let initialCapacity = 4096
    /// The longest number in digits.
    private static let numberBytes = 20

    init() {
        capacity = Self.initialCapacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// Lends what was gathered, and forgets it.
    mutating func take(_ body: (UnsafeRawBufferPointer) -> Void) {
        body(UnsafeRawBufferPointer(start: base, count: count))
        count = 0
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    // MARK: As it is

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func ascii(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        UnsafeMutableRawPointer(base + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Lends room for so many bytes, all of which are then written.
    @inline(__always)
    mutating func fill(_ length: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        reserve(length)
        body(UnsafeMutableRawPointer(base + count))
        count += length
    }

    // MARK: Numbers

    mutating func integer(_ value: Int) {
        reserve(Self.numberBytes)
        var rest = value.magnitude
        if value < 0 { byte(0x2D) }
        var digits = 1
        var bound: UInt = 10
        while digits < 19, rest >= bound {
            digits += 1
            bound *= 10
        }
        if rest >= bound { digits += 1 }
        var index = count + digits
        repeat {
            index -= 1
            base[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        } while index > count
        count += digits
    }

    /// A number of exactly so many digits, zeros before it.
    mutating func padded(_ value: Int, digits: Int) {
        reserve(digits)
        var rest = value.magnitude
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            base[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// `1.234`: three decimals without floating point.
    mutating func milliseconds(_ nanoseconds: Int64) {
        let microseconds = Int(max(nanoseconds, 0) / 1000)
        integer(microseconds / 1000)
        byte(0x2E)
        padded(microseconds % 1000, digits: 3)
    }

    // MARK: Texts of others

    /// Quoted and escaped; what is no UTF-8 becomes U+FFFD.
    mutating func json(_ bytes: UnsafeRawBufferPointer) {
        guard Self.needsEscapes(bytes) else {
            byte(0x22)
            raw(bytes)
            byte(0x22)
            return
        }
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.string(bytes)
        writer.buffer.withUnsafeReadableBytes { raw($0) }
    }

    mutating func json(_ text: String) {
        var text = text
        text.withUTF8 { json(UnsafeRawBufferPointer($0)) }
    }

    /// As it is, what is not printable ASCII, quotes and backslashes as `\x0a`; nothing is `-`, so that columns stay where they are.
    mutating func word(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return byte(0x2D) }
        guard bytes.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == 0x22 || $0 == 0x5C }) else { return raw(bytes) }
        for each in bytes {
            if each > 0x20, each < 0x7F, each != 0x22, each != 0x5C {
                byte(each)
            } else {
                ascii("\\x")
                byte(Self.digit(each >> 4))
                byte(Self.digit(each & 0xF))
            }
        }
    }

    mutating func word(_ text: String) {
        var text = text
        text.withUTF8 { word(UnsafeRawBufferPointer($0)) }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

    /// Eight bytes at once: most texts are shorter than a vector is worth.
    private static func needsEscapes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var index = 0
        while index + 8 <= bytes.count {
            if needsEscapes(base.loadUnaligned(fromByteOffset: index, as: UInt64.self)) { return true }
            index += 8
        }
        while index < bytes.count {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C { return true }
            index += 1
        }
        return false
    }

    /// Whether one of eight bytes is a control character, a quote, a backslash, or no ASCII.
    @inline(__always)
    private static func needsEscapes(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let found =
            word | ((word &- 0x20 * ones) & ~word) | zeros(word ^ 0x22 * ones) | zeros(word ^ 0x5C * ones)
            | zeros(word ^ 0x7F * ones)
        return found & highs != 0
    }
}
