import HTTPWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A moment of the wall clock, printed as RFC 3339 in UTC with milliseconds: `2026-11-23T10:00:00.000Z`.
package struct Timestamp: CustomStringConvertible, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var seconds: Int
    /// 0 to 999.
    package var milliseconds: Int

    /// A moment.
    package init(seconds: Int, milliseconds: Int) {
        self.seconds = seconds
        self.milliseconds = milliseconds
    }

    /// The present.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
    }

    /// Twenty-four ASCII characters.
    package var description: String {
        let (year, month, day) = HTTPDate.civil(fromDays: Int((Double(seconds) / 86_400).rounded(.down)))
        let secondOfDay = ((seconds % 86_400) + 86_400) % 86_400
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let milliseconds = String(1000 + self.milliseconds).dropFirst()
        return "\(year)-\(two(month))-\(two(day))T\(two(secondOfDay / 3600)):\(two(secondOfDay / 60 % 60)):"
            + "\(two(secondOfDay % 60)).\(milliseconds)Z"
    }
}
