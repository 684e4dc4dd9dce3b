import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The wall clock for lines and spans: the loop's monotonic time and how far the two are apart, looked up once a second.
///
/// World: one event loop.
struct LineClock: ~Copyable {
    /// Nanoseconds from the monotonic clock to the wall clock.
    private var offset: Int64 = 0
    /// The monotonic time at which it is looked up again.
    private var renewAt = Int64.min
    /// The second that ``text`` says.
    private var second = Int64.min
    /// `2026-11-23T10:00:00.` in ASCII.
    private let text: UnsafeMutableRawPointer

    private static let textBytes = 20
    private static let renewal: Int64 = 1_000_000_000

    init() { text = .allocate(byteCount: Self.textBytes, alignment: 8) }
    deinit { text.deallocate() }

    /// Nanoseconds since 1970 at a monotonic time of not long ago.
    @inline(__always)
    mutating func wall(_ monotonic: Int64) -> Int64 {
        if monotonic >= renewAt { renew() }
        return monotonic &+ offset
    }

    private mutating func renew() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = Int64(bitPattern: NIODeadline.now().uptimeNanoseconds)
        offset = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) &- now
        renewAt = now &+ Self.renewal
    }

    /// Writes `2026-11-23T10:00:00.000Z`.
    mutating func write(_ monotonic: Int64, into lines: inout LineBuffer) {
        let wall = max(wall(monotonic), 0)
        let seconds = wall / 1_000_000_000
        if seconds != second {
            second = seconds
            let whole = Timestamp(seconds: Int(seconds), milliseconds: 0).description
            for (index, byte) in whole.utf8.prefix(Self.textBytes).enumerated() {
                text.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            }
        }
        lines.raw(UnsafeRawBufferPointer(start: text, count: Self.textBytes))
        lines.padded(Int(wall / 1_000_000 % 1000), digits: 3)
        lines.byte(0x5A)
    }
}
