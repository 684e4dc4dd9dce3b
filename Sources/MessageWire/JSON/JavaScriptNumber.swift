/// Numbers as JavaScript reads and writes them: doubles, with the fewest digits that give the same double back.
///
/// Spec: ECMA-262 §6.1.6.1.20 (Number::toString)
enum JavaScriptNumber {
    /// The text of `value`, nil if it is not finite (`JSON.stringify` writes `null` then). Minus zero is `0`.
    static func text(of value: Double) -> String? {
        guard value.isFinite else { return nil }
        guard value != 0 else { return "0" }
        var decimal = Decimal(value.magnitude.description.utf8)
        var text = value < 0 ? [UInt8(ascii: "-")] : []
        decimal.append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The text that JavaScript writes after it has read the JSON number `json`, nil if what it read is not finite.
    static func text(rereading json: String) -> String? {
        Double(json).flatMap(text(of:))
    }

    /// Digits without leading and trailing zeros, and where the point is: 0.d1d2d3... x 10^point.
    private struct Decimal {
        private var digits: [UInt8] = []
        private var point = 0

        /// Takes a positive number's digits from Swift's text, which has the right digits in another shape.
        init(_ description: some Sequence<UInt8>) {
            var exponent: [UInt8] = []
            var isExponent = false
            var fraction: Int?
            for byte in description {
                switch byte {
                case UInt8(ascii: "."): fraction = digits.count
                case UInt8(ascii: "e"): isExponent = true
                default: if isExponent { exponent.append(byte) } else { digits.append(byte) }
                }
            }
            point = (fraction ?? digits.count) + (Int(String(decoding: exponent, as: UTF8.self)) ?? 0)
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
            digits.removeFirst(zeros)
            point -= zeros
        }

        mutating func append(to text: inout [UInt8]) {
            let zero = UInt8(ascii: "0")
            switch point {
            case digits.count...21 where digits.count <= 21:
                text += digits
                text += repeatElement(zero, count: point - digits.count)
            case 1...21:
                text += digits[..<point]
                text.append(UInt8(ascii: "."))
                text += digits[point...]
            case -5...0:
                text += [zero, UInt8(ascii: ".")]
                text += repeatElement(zero, count: -point)
                text += digits
            default:
                text += digits.prefix(1)
                if digits.count > 1 {
                    text.append(UInt8(ascii: "."))
                    text += digits.dropFirst()
                }
                text.append(UInt8(ascii: "e"))
                text.append(point > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
                text += Array(String((point - 1).magnitude).utf8)
            }
        }
    }
}
