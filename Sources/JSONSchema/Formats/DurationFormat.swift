/// Durations such as `P1DT12H`: whole numbers, units without a gap, weeks alone.
///
/// Spec: RFC 3339 appendix A
enum DurationFormat {
    private static let dateUnits: StaticString = "YMD"
    private static let timeUnits: StaticString = "HMS"

    static func accepts(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 3, bytes[0] == UInt8(ascii: "P") else { return false }
        var index = 1
        if isWeeks(bytes) { return true }
        if bytes[index] != UInt8(ascii: "T") {
            guard units(dateUnits, bytes, &index) else { return false }
            if index == bytes.count { return true }
        }
        guard bytes[index] == UInt8(ascii: "T") else { return false }
        index += 1
        return units(timeUnits, bytes, &index) && index == bytes.count
    }

    private static func isWeeks(_ bytes: Span<UInt8>) -> Bool {
        var index = 1
        return digits(bytes, &index) && index == bytes.count - 1 && bytes[index] == UInt8(ascii: "W")
    }

    /// One or more of the units, each following the one before.
    private static func units(_ units: StaticString, _ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        var next: Int?
        while index < bytes.count, ASCII.isDigit(bytes[index]) {
            guard digits(bytes, &index), index < bytes.count,
                let unit = (0..<3).first(where: { units.utf8Start[$0] == bytes[index] }), next == nil || next == unit
            else { return false }
            next = unit + 1
            index += 1
        }
        return next != nil
    }

    private static func digits(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
        return index > start
    }
}
