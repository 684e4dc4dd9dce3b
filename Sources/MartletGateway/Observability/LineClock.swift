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
    /// The millisecond that ``text`` says.
    private var millisecond = Int64.min
    /// `2026-11-23T10:00:00.000Z` in ASCII.
    private let text: UnsafeMutableRawPointer

    private static let textBytes = 24
    /// Where the point before the milliseconds stands.
    private static let pointPlace = 19
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
    @inline(__always)
    mutating func write(_ monotonic: Int64, _ line: inout LineCursor) {
        let now = UInt64(max(wall(monotonic), 0)) / 1_000_000
        // Lines of one tick end at the same moment.
        if Int64(now) != millisecond { say(Int64(now)) }
        line.fill(Self.textBytes) { $0.copyMemory(from: text, byteCount: Self.textBytes) }
    }

    @inline(never)
    private mutating func say(_ now: Int64) {
        let (seconds, rest) = now.quotientAndRemainder(dividingBy: 1000)
        if seconds == millisecond / 1000, millisecond >= 0 {
            var digits = LineCursor(text + Self.pointPlace)
            digits.thousandths(Int(rest), behind: 0x2E)
        } else {
            var whole = Timestamp(seconds: Int(seconds), milliseconds: Int(rest)).description
            whole.withUTF8 {
                let place = UnsafeMutableRawBufferPointer(start: text, count: Self.textBytes)
                place.copyBytes(from: $0.prefix(Self.textBytes))
            }
        }
        millisecond = now
    }
}
