import MessageWire

/// What `enum:` lists, and how a value is found in it.
///
/// Types count: `1`, `"1"` and `true` are different options. Only a text from outside a body (path, query, header, cookie)
/// has no choice but to be a text, so it is compared with the options as they are written.
struct EnumOptions: Sendable, Hashable {
    /// Texts, numbers and truth values.
    let values: [JSONValue]
    private let texts: [String]

    init(_ values: [JSONValue]) {
        self.values = values
        texts = values.map { $0.scalarText ?? "" }
    }

    /// The option that a value is.
    ///
    /// - Parameters:
    ///   - value: what came out of the pipes.
    ///   - comparesTexts: whether a text may also be one of the other options; see ``ValuePlan/comparesTexts``.
    /// - Returns: its index, `nil` when it is none.
    func index(of value: JSONValue, comparesTexts: Bool) -> Int? {
        switch value {
        case .string(let text) where comparesTexts: texts.firstIndex { $0.utf8.elementsEqual(text.utf8) }
        case .number(let text):
            values.firstIndex { option in
                guard case .number(let other) = option else { return false }
                return DecimalNumber.areEqual(text, other)
            }
        case .string, .bool: values.firstIndex(of: value)
        case .null, .array, .object: nil
        }
    }
}

/// A JSON number as digits and a power of ten, so that `1`, `1.0` and `10e-1` are the same and no digit is lost.
private struct DecimalNumber: Equatable {
    private var isNegative = false
    /// Without zeros at either end; empty is zero.
    private var digits: [UInt8] = []
    private var exponent = 0

    static func areEqual(_ one: String, _ other: String) -> Bool {
        if one.utf8.elementsEqual(other.utf8) { return true }
        guard let one = DecimalNumber(one), let other = DecimalNumber(other) else { return false }
        return one == other
    }

    /// - Parameter text: a JSON number; `nil` for an exponent beyond all reason.
    init?(_ text: String) {
        var rest = Substring(text).utf8
        if rest.first == UInt8(ascii: "-") {
            isNegative = true
            rest.removeFirst()
        }
        var fraction = 0
        var isFraction = false
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                guard rest.count <= 17, let value = Int(Substring(rest)) else { return nil }
                exponent = value
                break
            } else {
                digits.append(byte)
                fraction += isFraction ? 1 : 0
            }
        }
        exponent -= fraction
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
        if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }
}
