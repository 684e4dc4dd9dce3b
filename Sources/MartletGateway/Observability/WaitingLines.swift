import Synchronization

#if arch(x86_64)
    import _Builtin_intrinsics.intel
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Lines that wait to be written, in memory that is kept.
///
/// They begin at the place within a page where they will stand in their file, so that the pages of both are the same and can go to the
/// disk as they are.
///
/// World: whoever owns it.
struct WaitingLines: ~Copyable, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: nobody else has the memory.

    private var base = UnsafeMutableRawPointer.allocate(byteCount: 0, alignment: pageBytes)
    private var capacity = 0
    /// Where the first line begins.
    private var start = 0
    /// Behind the last line.
    private var end = 0

    /// What disks and file systems take as it is lies at multiples of this, in memory and in a file.
    private static let pageBytes = 4096
    /// Memory of this size and more is asked for in pages of this size: for the disk each page has to be looked up.
    private static let hugePageBytes = 2 * 1024 * 1024

    deinit { base.deallocate() }

    /// How far a place is from the beginning of its page.
    static func placeInPage(_ place: Int) -> Int { place & (pageBytes - 1) }

    /// Bytes of all lines.
    var count: Int { end - start }

    /// All lines, until something changes.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: count) }

    /// Forgets all lines, and the memory too where it is more than is worth keeping.
    ///
    /// - Parameter maxKept: Bytes that are.
    mutating func clear(keeping maxKept: Int) {
        if capacity > maxKept { self = WaitingLines() }
        begin(at: 0)
    }

    /// Forgets all lines; the next one will stand in its file at a place that lies like this one within its page.
    mutating func begin(at place: Int) {
        start = Self.placeInPage(place)
        end = start
    }

    /// Takes lines, past the processor's caches where there are many that nobody reads soon.
    mutating func append(_ lines: UnsafeRawBufferPointer, isStreamed: Bool) {
        guard let source = lines.baseAddress else { return }
        if capacity - end < lines.count { grow(lines.count) }
        if isStreamed {
            Self.stream(source, base + end, lines.count)
        } else {
            (base + end).copyMemory(from: source, byteCount: lines.count)
        }
        end += lines.count
    }

    private mutating func grow(_ more: Int) {
        // A power of two, so that what is kept does not depend on how it came.
        let larger = 1 << (Int.bitWidth - (max(end + more, Self.pageBytes) - 1).leadingZeroBitCount)
        let isHuge = larger >= Self.hugePageBytes
        let moved = UnsafeMutableRawPointer.allocate(
            byteCount: larger, alignment: isHuge ? Self.hugePageBytes : Self.pageBytes)
        #if os(Linux)
            // Where there are none it goes without.
            if isHuge { madvise(moved, larger, MADV_HUGEPAGE) }
        #endif
        (moved + start).copyMemory(from: base + start, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    private static func stream(_ source: UnsafeRawPointer, _ place: UnsafeMutableRawPointer, _ count: Int) {
        #if arch(x86_64)
            // Vectors go to whole places of theirs.
            var index = min(-Int(bitPattern: place) & 15, count)
            place.copyMemory(from: source, byteCount: index)
            while index &+ 16 <= count {
                let vector = source.loadUnaligned(fromByteOffset: index, as: SIMD2<Int64>.self)
                _mm_stream_si128((place + index).assumingMemoryBound(to: SIMD2<Int64>.self), vector)
                index &+= 16
            }
            (place + index).copyMemory(from: source + index, byteCount: count - index)
            // Before anybody else is told.
            atomicMemoryFence(ordering: .sequentiallyConsistent)
        #else
            place.copyMemory(from: source, byteCount: count)
        #endif
    }
}
