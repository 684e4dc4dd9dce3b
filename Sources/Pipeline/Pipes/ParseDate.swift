import MessageWire

/// Nest's `ParseDatePipe`: a date becomes the text that JSON has for a JavaScript `Date` (`2026-01-31T00:00:00.000Z`).
///
/// Taken are ISO 8601 dates as ECMAScript defines them (`2026`, `2026-01`, `2026-01-31`, with a time, fraction and
/// zone) and numbers (milliseconds since 1970). A time without zone is UTC here; JavaScript takes its server's own
/// zone.
///
/// Spec: ECMA-262 §21.4.1.32 (Date Time String Format)
package struct ParseDate: ScalarPipe {
    package init() {}

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        let milliseconds: Int?
        switch value {
        case nil, .null, .string(""): throw PipeError("Validation failed (no Date provided)")
        case .number(let text):
            milliseconds = Double(text).flatMap { abs($0) <= 8.64e15 ? Int($0.rounded(.towardZero)) : nil }
        case .string(let text): milliseconds = Self.milliseconds(text)
        default: milliseconds = nil
        }
        guard let milliseconds, let text = Self.text(milliseconds) else {
            throw PipeError("Validation failed (invalid date format)")
        }
        return .string(text)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; `nil` when the text is no date.
    static func milliseconds(_ text: String) -> Int? {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.digits(4) else { return nil }
        var (month, day) = (1, 1)
        var (hour, minute, second, millisecond, offset) = (0, 0, 0, 0, 0)
        if reader.take("-") {
            guard let value = reader.digits(2) else { return nil }
            month = value
            if reader.take("-") {
                guard let value = reader.digits(2) else { return nil }
                day = value
            }
        }
        if reader.take("T") {
            guard let h = reader.digits(2), reader.take(":"), let m = reader.digits(2) else { return nil }
            (hour, minute) = (h, m)
            if reader.take(":") {
                guard let value = reader.digits(2) else { return nil }
                second = value
                if reader.take(".") {
                    guard let value = reader.fraction() else { return nil }
                    millisecond = value
                }
            }
            if !reader.take("Z"), !reader.isAtEnd {
                let sign = reader.take("+") ? 1 : reader.take("-") ? -1 : 0
                guard sign != 0, let h = reader.digits(2), reader.take(":"), let m = reader.digits(2), h < 24, m < 60
                else { return nil }
                offset = sign * (h * 60 + m)
            }
        }
        let isMidnight = hour == 24 && minute == 0 && second == 0 && millisecond == 0
        guard reader.isAtEnd, (1...12).contains(month), day >= 1, day <= daysInMonth(month, year),
            hour < 24 || isMidnight, minute < 60, second < 60
        else { return nil }
        let days = daysSince1970(year, month, day)
        return (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + millisecond
    }

    private static func text(_ milliseconds: Int) -> String? {
        let day = 86_400_000
        let days = (milliseconds >= 0 ? milliseconds : milliseconds - day + 1) / day
        let time = milliseconds - days * day
        // Howard Hinnant, "chrono-compatible low-level date algorithms": civil_from_days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        guard (0...9999).contains(year) else { return nil }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2))"
        let clock = "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
        return "\(date)T\(clock).\(padded(time % 1000, 3))Z"
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func daysInMonth(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads fixed-width digits.
private struct DigitReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard index + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[index..<index + count] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        index += count
        return value
    }

    /// Digits after the point, as milliseconds; what is finer is cut off.
    mutating func fraction() -> Int? {
        var (value, count) = (0, 0)
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
            if count < 3 { value = value * 10 + Int(bytes[index] - 0x30) }
            count += 1
            index += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 3)..<3 { value *= 10 }
        return value
    }
}
