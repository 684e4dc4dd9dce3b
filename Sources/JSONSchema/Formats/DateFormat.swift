/// Dates and times of day.
///
/// Spec: RFC 3339 §5.6
enum DateFormat {
    static func isDateTime(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count > 11, ASCII.isOne(of: "Tt", bytes[10]) else { return false }
        return isDate(bytes.extracting(0..<10)) && isTime(bytes.extracting(11..<bytes.count))
    }

    static func isDate(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let century = number(bytes, at: 0), let year = number(bytes, at: 2), let month = number(bytes, at: 5),
            let day = number(bytes, at: 8)
        else { return false }
        return (1...12).contains(month) && (1...days(of: month, in: century * 100 + year)).contains(day)
    }

    /// A time with its offset; the leap second is at 23:59:60 UTC and nowhere else.
    static func isTime(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 9, bytes[2] == UInt8(ascii: ":"), bytes[5] == UInt8(ascii: ":"),
            let hour = number(bytes, at: 0), let minute = number(bytes, at: 3), let second = number(bytes, at: 6),
            hour < 24, minute < 60, second <= 60
        else { return false }
        var index = 8
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
            guard index > start else { return false }
        }
        guard let offset = offset(bytes.extracting(index..<bytes.count)) else { return false }
        let utc = ((hour * 60 + minute - offset) % 1440 + 1440) % 1440
        return second < 60 || utc == 1439
    }

    /// Minutes east of UTC; nil for a text that is no offset.
    private static func offset(_ bytes: Span<UInt8>) -> Int? {
        if bytes.count == 1, ASCII.isOne(of: "Zz", bytes[0]) { return 0 }
        guard bytes.count == 6, ASCII.isOne(of: "+-", bytes[0]), bytes[3] == UInt8(ascii: ":"),
            let hours = number(bytes, at: 1), let minutes = number(bytes, at: 4), hours < 24, minutes < 60
        else { return nil }
        let offset = hours * 60 + minutes
        return bytes[0] == UInt8(ascii: "-") ? -offset : offset
    }

    /// Two digits.
    private static func number(_ bytes: Span<UInt8>, at index: Int) -> Int? {
        guard index + 1 < bytes.count, ASCII.isDigit(bytes[index]), ASCII.isDigit(bytes[index + 1]) else { return nil }
        return Int(bytes[index] - UInt8(ascii: "0")) * 10 + Int(bytes[index + 1] - UInt8(ascii: "0"))
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
