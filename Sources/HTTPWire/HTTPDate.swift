/// A moment as HTTP writes it, ready to be copied into answers: 29 bytes such as `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// Made once a second by whoever has a clock; a plain value without references.
///
/// Spec: RFC 9110 §5.6.7 (IMF-fixdate)
package struct HTTPDate: Sendable {
    /// The size of the text in bytes.
    package static var byteCount: Int { 29 }

    // 32 bytes, of which 29 are used.
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// Formats a moment in the Gregorian calendar, in UTC.
    ///
    /// - Parameter epochSeconds: seconds since 1970-01-01T00:00:00Z; clamped to the years 0 to 9999.
    package init(epochSeconds: Int) {
        let clamped = min(max(epochSeconds, -62_167_219_200), 253_402_300_799)
        let second = ((clamped % 86400) + 86400) % 86400
        let day = (clamped - second) / 86400
        let (year, month, dayOfMonth) = Self.civil(fromDays: day)
        withUnsafeMutableBytes(of: &words) { bytes in
            func put(_ text: StaticString, _ index: Int, _ width: Int, at offset: Int) {
                for byte in 0..<width { bytes[offset + byte] = text.utf8Start[index * width + byte] }
            }
            func put(_ number: Int, digits: Int, at offset: Int) {
                var rest = number
                for position in (0..<digits).reversed() {
                    bytes[offset + position] = 0x30 + UInt8(rest % 10)
                    rest /= 10
                }
            }
            put("ddd, 00 mmm 0000 00:00:00 GMT", 0, 29, at: 0)
            // 1970-01-01 was a Thursday.
            put("SunMonTueWedThuFriSat", ((day + 4) % 7 + 7) % 7, 3, at: 0)
            put(dayOfMonth, digits: 2, at: 5)
            put("JanFebMarAprMayJunJulAugSepOctNovDec", month - 1, 3, at: 8)
            put(year, digits: 4, at: 12)
            put(second / 3600, digits: 2, at: 17)
            put(second / 60 % 60, digits: 2, at: 20)
            put(second % 60, digits: 2, at: 23)
        }
    }

    /// Lends the 29 bytes.
    ///
    /// - Parameter body: reads them.
    /// - Returns: what `body` returns.
    @inline(__always)
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes(of: words) { body(UnsafeRawBufferPointer(rebasing: $0[..<Self.byteCount])) }
    }

    /// The text as a string, for logs and tests.
    package var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }

    /// Days since 1970-01-01 to year, month, day: the year is counted from March in eras of 400 years, so that the leap
    /// day comes last. (Hinnant, `civil_from_days`.)
    package static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
