/// Host names, of ASCII letters or international.
///
/// Spec: RFC 1123 §2.1, RFC 5890 §2.3
enum HostName {
    /// Spec: RFC 1035 §2.3.4, without the length bytes
    private static let maxLength = 253
    /// Labels of texts that are longer than any name in any encoding are not looked at.
    private static let maxBytes = 4 * maxLength
    private static let maxLabelLength = 63

    /// Whether the text is a name of letters, digits and hyphens; what begins with `xn--` must be sound Punycode.
    static func isHostName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= maxLength else { return false }
        var labels: [InternationalLabel] = []
        for label in bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard isASCIILabel(label) else { return false }
            guard isPrefixed(label) else { continue }
            guard let decoded = InternationalLabel(encoded: label.dropFirst(4)) else { return false }
            labels.append(decoded)
        }
        // Labels of ASCII alone are only asked for the direction if another label makes it matter.
        guard labels.contains(where: \.isRightToLeft) else { return true }
        return isInternationalHostName(text)
    }

    /// Whether the text is a name of ASCII labels and labels that IDNA 2008 allows.
    ///
    /// That a label is in Unicode's normal form C is not checked.
    static func isInternationalHostName(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= maxBytes else { return false }
        var labels: [InternationalLabel] = []
        var length = -1
        let scalars = Array(text.unicodeScalars)
        for part in scalars.split(omittingEmptySubsequences: false, whereSeparator: isDot) {
            let ascii = part.compactMap { $0.isASCII ? UInt8($0.value) : nil }
            if ascii.count == part.count {
                guard isASCIILabel(ascii) else { return false }
                let label =
                    isPrefixed(ascii) ? InternationalLabel(encoded: ascii.dropFirst(4)) : .init(ascii: Array(part))
                guard let label else { return false }
                labels.append(label)
                length += 1 + ascii.count
            } else {
                guard let label = InternationalLabel(Array(part)), let encoded = Punycode.encode(label.scalars),
                    encoded.count + 4 <= maxLabelLength
                else { return false }
                labels.append(label)
                length += 1 + encoded.count + 4
            }
        }
        guard length <= maxLength else { return false }
        return !labels.contains(where: \.isRightToLeft) || labels.allSatisfy(\.keepsBidiRule)
    }

    /// Spec: RFC 3490 §3.1
    private static func isDot(_ scalar: Unicode.Scalar) -> Bool {
        [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"].contains(scalar)
    }

    private static func isASCIILabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = label.first, let last = label.last, label.count <= maxLabelLength else { return false }
        return ASCII.isAlphanumeric(first) && ASCII.isAlphanumeric(last)
            && label.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isPrefixed(_ label: some Collection<UInt8>) -> Bool {
        label.count >= 4 && label.prefix(4).elementsEqual("xn--".utf8) { $0 | 0x20 == $1 | 0x20 }
    }
}
