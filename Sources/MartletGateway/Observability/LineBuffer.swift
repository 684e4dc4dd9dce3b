import MessageWire
import NIOCore

/// Text that is gathered until it is handed over: memory that is kept, and bytes stored without a copy between.
///
/// World: whoever owns it.
struct LineBuffer: ~Copyable, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: nobody else has the memory.

    private var base: UnsafeMutableRawPointer
    private(set) var capacity: Int
    /// Bytes gathered.
    private(set) var count = 0

    private static let initialCapacity = 4096

    /// - Parameter capacity: Bytes there is room for from the start.
    init(capacity: Int = initialCapacity) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: LinePiece.slack)
    }

    deinit { base.deallocate() }

    /// What was gathered, until something is written.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// Forgets all.
    mutating func clear() { count = 0 }

    /// Forgets all, and the memory too where it is more than is worth keeping.
    mutating func clear(keeping maxKept: Int) {
        if capacity > maxKept { self = LineBuffer(capacity: 0) } else { clear() }
    }

    /// What a function writes, for texts that are made once.
    static func text(_ body: (inout LineBuffer) -> Void) -> String {
        var lines = LineBuffer()
        body(&lines)
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    // MARK: Many values at once

    /// Writes behind what is there, for so many bytes at most, until the cursor goes into ``close(_:)``.
    @inline(__always)
    mutating func open(_ room: Int) -> LineCursor {
        reserve(room)
        return LineCursor(base + count)
    }

    /// Where a cursor stands, counted from the first byte.
    @inline(__always)
    func position(of cursor: LineCursor) -> Int { UnsafeRawPointer(cursor.place) - UnsafeRawPointer(base) }

    /// What was gathered from one place to another; empty where they are the wrong way round.
    @inline(__always)
    func part(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + start, count: max(0, end &- start))
    }

    /// Takes what was written.
    @inline(__always)
    mutating func close(_ cursor: LineCursor) {
        count = position(of: cursor)
        assert(count <= capacity, "more was written than there was room for")
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: LinePiece.slack)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    // MARK: One value at a time

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        var cursor = open(1)
        cursor.byte(byte)
        close(cursor)
    }

    mutating func ascii(_ text: StaticString) {
        raw(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func raw(_ piece: LinePiece) { raw(UnsafeRawBufferPointer(start: piece.start, count: piece.count)) }

    mutating func raw(_ text: String) {
        var text = text
        text.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    mutating func integer(_ value: Int) {
        var cursor = open(LineCursor.integerBytes)
        cursor.integer(value)
        close(cursor)
    }

    // MARK: Texts of others

    /// Quoted and escaped; what is no UTF-8 becomes U+FFFD.
    mutating func json(_ bytes: UnsafeRawBufferPointer) {
        byte(0x22)
        jsonContents(bytes)
        byte(0x22)
    }

    mutating func json(_ text: String) {
        var text = text
        text.withUTF8 { json(UnsafeRawBufferPointer($0)) }
    }

    /// What stands between the quotes.
    mutating func jsonContents(_ bytes: UnsafeRawBufferPointer) {
        var cursor = open(bytes.count + LinePiece.slack)
        guard !cursor.plain(bytes, lowest: LineCursor.lowestInJSON) else { return close(cursor) }
        var writer = JSONWriter(buffer: ByteBuffer())
        writer.string(bytes)
        writer.buffer.withUnsafeReadableBytes { raw(UnsafeRawBufferPointer(rebasing: $0.dropFirst().dropLast())) }
    }

    /// As it is, what is not printable ASCII, quotes and backslashes as `\x0a`; nothing is `-`, so that columns stay where they are.
    mutating func word(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return byte(0x2D) }
        var cursor = open(bytes.count + LinePiece.slack)
        guard !cursor.plain(bytes, lowest: LineCursor.lowestInText) else { return close(cursor) }
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

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
