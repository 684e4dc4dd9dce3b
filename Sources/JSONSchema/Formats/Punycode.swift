/// Labels of international host names as ASCII.
///
/// Spec: RFC 3492
enum Punycode {
    private static let base = 36
    private static let minThreshold = 1
    private static let maxThreshold = 26
    private static let initialBias = 72
    private static let initialScalar = 128
    /// No label is longer; the algorithms are quadratic.
    static let maxLabelLength = 63

    /// The label that stands behind `xn--`; nil for a text that is no Punycode.
    static func decode(_ text: some Collection<UInt8>) -> [Unicode.Scalar]? {
        let bytes = Array(text)
        guard bytes.count <= maxLabelLength, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        var output: [Unicode.Scalar] = []
        var index = 0
        if let hyphen = bytes.lastIndex(of: UInt8(ascii: "-")) {
            output = bytes[..<hyphen].map { Unicode.Scalar($0) }
            index = hyphen + 1
        }
        var (scalar, place, bias) = (initialScalar, 0, initialBias)
        while index < bytes.count {
            let oldPlace = place
            var weight = 1
            var k = base
            while true {
                guard index < bytes.count, let digit = value(bytes[index]) else { return nil }
                index += 1
                place += digit * weight
                let limit = threshold(k, bias)
                if digit < limit { break }
                weight *= base - limit
                k += base
                guard weight < 1 << 32, place < 1 << 32 else { return nil }
            }
            bias = adapt(place - oldPlace, count: output.count + 1, isFirst: oldPlace == 0)
            scalar += place / (output.count + 1)
            place %= output.count + 1
            guard scalar < 0x110000, let found = Unicode.Scalar(UInt32(scalar)) else { return nil }
            output.insert(found, at: place)
            place += 1
        }
        return output
    }

    /// What stands behind `xn--` for a label; nil if it is too long.
    static func encode(_ label: [Unicode.Scalar]) -> [UInt8]? {
        guard label.count <= maxLabelLength else { return nil }
        var output = label.filter(\.isASCII).map { UInt8(truncatingIfNeeded: $0.value) }
        let basic = output.count
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (scalar, delta, bias, handled) = (initialScalar, 0, initialBias, basic)
        while handled < label.count {
            guard let least = label.lazy.map({ Int($0.value) }).filter({ $0 >= scalar }).min() else { return nil }
            delta += (least - scalar) * (handled + 1)
            scalar = least
            for other in label.lazy.map({ Int($0.value) }) {
                if other < scalar { delta += 1 }
                guard other == scalar else { continue }
                appendNumber(delta, bias, to: &output)
                bias = adapt(delta, count: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            scalar += 1
        }
        return output
    }

    private static func appendNumber(_ number: Int, _ bias: Int, to output: inout [UInt8]) {
        var rest = number
        var k = base
        while true {
            let limit = threshold(k, bias)
            guard rest >= limit else { break }
            output.append(digit(limit + (rest - limit) % (base - limit)))
            rest = (rest - limit) / (base - limit)
            k += base
        }
        output.append(digit(rest))
    }

    private static func threshold(_ k: Int, _ bias: Int) -> Int { min(max(k - bias, minThreshold), maxThreshold) }

    private static func adapt(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var k = 0
        while delta > (base - minThreshold) * maxThreshold / 2 {
            delta /= base - minThreshold
            k += base
        }
        return k + (base - minThreshold + 1) * delta / (delta + 38)
    }

    private static func value(_ byte: UInt8) -> Int? {
        if ASCII.isDigit(byte) { return Int(byte - UInt8(ascii: "0")) + 26 }
        return ASCII.isLetter(byte) ? Int((byte | 0x20) - UInt8(ascii: "a")) : nil
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(value < 26 ? value + Int(UInt8(ascii: "a")) : value - 26 + Int(UInt8(ascii: "0")))
    }
}
