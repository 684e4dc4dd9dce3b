/// The exact value of a JSON number.
///
/// A schema compares what a client wrote, not what a double makes of it: 9007199254740993 is not 9007199254740992, and
/// 19.99 is a multiple of 0.01. The value is digits × 10^exponent, without zeros at either end, so equal values are equal
/// however they were written. Nothing is ever expanded: `1e999999999` costs as much as `1`.
struct DecimalNumber: Sendable, Hashable {
    /// Digits that fit into `mantissa` with room for one more: sums like `mantissa * 10 + 9` cannot overflow.
    static let maxSmallDigits = 18
    /// Exponents further from zero are taken as this one.
    private static let maxExponent = 100_000_000_000_000_000

    /// Never set for zero.
    private(set) var isNegative = false
    /// All digits as one number, if there are at most ``maxSmallDigits``; otherwise `digits` has them.
    private(set) var mantissa: UInt64 = 0
    /// Values 0...9, the most significant first; empty if `mantissa` has them.
    private(set) var digits: [UInt8] = []
    /// Number of digits, 0 for zero.
    private(set) var digitCount = 0
    /// The power of ten of the last digit.
    private(set) var exponent = 0

    /// Reads a JSON number. Of other text it makes some number, and never traps.
    init(_ text: String) {
        let bytes = text.utf8.span
        var index = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        var isFraction = false
        var fractionDigits = 0
        // Zeros that count only if another digit follows them.
        var zeros = 0
        scan: while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): break scan
            case UInt8(ascii: "0"):
                fractionDigits += isFraction ? 1 : 0
                zeros += digitCount > 0 ? 1 : 0
            case let byte:
                fractionDigits += isFraction ? 1 : 0
                append(byte &- UInt8(ascii: "0"), after: zeros)
                zeros = 0
            }
            index += 1
        }
        guard digitCount > 0 else {
            isNegative = false
            return
        }
        exponent = Self.exponent(bytes, from: index + 1) + zeros - fractionDigits
    }

    var isZero: Bool { digitCount == 0 }

    var isInteger: Bool { exponent >= 0 }

    /// The digit at that place, the most significant first, 0 behind the last.
    func digit(_ index: Int) -> UInt8 {
        if digits.isEmpty {
            guard index < digitCount else { return 0 }
            return UInt8(truncatingIfNeeded: mantissa / Self.power(digitCount - 1 - index) % 10)
        }
        return index < digits.count ? digits[index] : 0
    }

    /// 10^`count`, for counts that a small number can have.
    static func power(_ count: Int) -> UInt64 {
        var power: UInt64 = 1
        for _ in 0..<min(count, maxSmallDigits) { power *= 10 }
        return power
    }

    private mutating func append(_ digit: UInt8, after zeros: Int) {
        let digit = digit % 10
        let count = digitCount + zeros + 1
        if count <= Self.maxSmallDigits {
            mantissa = mantissa * Self.power(zeros + 1) + UInt64(digit)
        } else {
            if digits.isEmpty {
                digits = (0..<digitCount).map { self.digit($0) }
                mantissa = 0
            }
            digits.append(contentsOf: repeatElement(0, count: zeros))
            digits.append(digit)
        }
        digitCount = count
    }

    private static func exponent(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var exponent = 0
        var isNegative = false
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                exponent = min(exponent * 10 + Int(bytes[index] - UInt8(ascii: "0")), maxExponent)
            default: break
            }
            index += 1
        }
        return isNegative ? -exponent : exponent
    }
}

extension DecimalNumber: Comparable {
    static func < (one: DecimalNumber, other: DecimalNumber) -> Bool {
        if one.isNegative != other.isNegative { return one.isNegative }
        return one.isNegative ? other.hasSmallerMagnitude(than: one) : one.hasSmallerMagnitude(than: other)
    }

    private func hasSmallerMagnitude(than other: DecimalNumber) -> Bool {
        if isZero || other.isZero { return isZero && !other.isZero }
        // Where the first digit stands.
        let (top, otherTop) = (exponent + digitCount, other.exponent + other.digitCount)
        guard top == otherTop else { return top < otherTop }
        let count = max(digitCount, other.digitCount)
        if digits.isEmpty, other.digits.isEmpty {
            return mantissa * Self.power(count - digitCount) < other.mantissa * Self.power(count - other.digitCount)
        }
        for index in 0..<count {
            let (digit, otherDigit) = (digit(index), other.digit(index))
            if digit != otherDigit { return digit < otherDigit }
        }
        return false
    }
}
