import MessageWire

/// Nest's `ParseIntPipe`: a text of digits, with or without a minus, becomes a number.
///
/// Other than JavaScript, which rounds to 53 bits, we keep every digit. A number longer than a double can hold (309
/// digits) is refused, as `isFinite` does.
package struct ParseInt: ScalarPipe {
    package init() {}

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        let text: String
        switch value {
        case .string(let value), .number(let value): text = value
        default: throw Self.refusal
        }
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw Self.refusal }
        digits = digits.drop { $0 == "0" }
        guard digits.count < 309 else { throw Self.refusal }
        return .number(digits.isEmpty ? "0" : (isNegative ? "-" : "") + digits)
    }

    private static let refusal = PipeError("Validation failed (numeric string is expected)")
}
