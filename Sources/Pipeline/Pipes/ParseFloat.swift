import MessageWire

/// Nest's `ParseFloatPipe`: a decimal number in text becomes a number, as JavaScript would write it.
///
/// White space around it is allowed, as in JavaScript; `0x10`, `Infinity` and `12px` are refused.
package struct ParseFloat: ScalarPipe {
    package init() {}

    package func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue? {
        let text: String
        switch value {
        case .string(let value), .number(let value): text = JavaScriptText.trimmed(value)
        default: throw Self.refusal
        }
        let allowed = text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
        // "5." and ".5" are numbers in JavaScript; Swift's reader wants a digit on both sides.
        var readable = text.hasSuffix(".") ? text + "0" : text
        for sign in ["", "-", "+"] where readable.hasPrefix(sign + ".") {
            readable = sign + "0" + readable.dropFirst(sign.count)
        }
        readable = readable.replacingDotBeforeExponent()
        guard allowed, text.utf8.count <= 400, text != ".", let number = Double(readable), number.isFinite else {
            throw Self.refusal
        }
        return JSONValue(number: number)
    }

    private static let refusal = PipeError("Validation failed (numeric string is expected)")
}

extension String {
    /// `5.e3` as `5.0e3`.
    fileprivate func replacingDotBeforeExponent() -> String {
        guard let dot = firstIndex(of: "."), let next = index(dot, offsetBy: 1, limitedBy: endIndex), next < endIndex,
            self[next] == "e" || self[next] == "E"
        else { return self }
        return String(self[...dot]) + "0" + self[next...]
    }
}

/// What JavaScript does with texts.
enum JavaScriptText {
    /// Spec: ECMA-262 §22.1.3.32.1 (TrimString): white space and line terminators
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: true
        default: false
        }
    }

    static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }
}
