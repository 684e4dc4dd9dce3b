/// Mailboxes: a local part, `@`, and a domain or an address in brackets.
///
/// Spec: RFC 5321 §4.1.2, RFC 6531 §3.3
enum EmailFormat {
    /// Spec: RFC 5321 §4.5.3.1.1
    private static let maxLocalBytes = 64

    static func accepts(_ text: String, isInternational: Bool) -> Bool {
        let bytes = text.utf8.span
        guard let at = localEnd(bytes, isInternational: isInternational), at <= maxLocalBytes, at < bytes.count,
            bytes[at] == UInt8(ascii: "@")
        else { return false }
        let domain = bytes.extracting((at + 1)..<bytes.count)
        if !domain.isEmpty, domain[0] == UInt8(ascii: "[") { return isAddress(domain) }
        let name = String(text[text.utf8.index(text.startIndex, offsetBy: at + 1)...])
        return isInternational ? HostName.isInternationalHostName(name) : HostName.isHostName(name)
    }

    /// Where a dotted or quoted local part ends.
    private static func localEnd(_ bytes: Span<UInt8>, isInternational: Bool) -> Int? {
        guard !bytes.isEmpty else { return nil }
        if bytes[0] == UInt8(ascii: "\"") { return quotedEnd(bytes, isInternational: isInternational) }
        var index = 0
        var isAfterDot = true
        while index < bytes.count, bytes[index] != UInt8(ascii: "@") {
            let byte = bytes[index]
            if byte == UInt8(ascii: ".") {
                guard !isAfterDot else { return nil }
                isAfterDot = true
            } else {
                guard isAtomByte(byte) || isInternational && byte >= 0x80 else { return nil }
                isAfterDot = false
            }
            index += 1
        }
        return isAfterDot ? nil : index
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        ASCII.isAlphanumeric(byte) || ASCII.isOne(of: "!#$%&'*+-/=?^_`{|}~", byte)
    }

    private static func quotedEnd(_ bytes: Span<UInt8>, isInternational: Bool) -> Int? {
        var index = 1
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"):
                index += 1
                guard index < bytes.count, (0x20...0x7E).contains(bytes[index]) else { return nil }
            default: guard (0x20...0x7E).contains(byte) || isInternational && byte >= 0x80 else { return nil }
            }
            index += 1
        }
        return nil
    }

    /// `[127.0.0.1]` or `[IPv6:::1]`.
    private static func isAddress(_ bytes: Span<UInt8>) -> Bool {
        guard bytes[bytes.count - 1] == UInt8(ascii: "]"), bytes.count > 2 else { return false }
        let inside = bytes.extracting(1..<(bytes.count - 1))
        guard inside.count > 5, inside[4] == UInt8(ascii: ":"), ASCII.isOne(of: "iI", inside[0]) else {
            return AddressFormat.isIPv4(inside)
        }
        for (index, letter) in "ipv6".utf8.enumerated() where inside[index] | 0x20 != letter | 0x20 { return false }
        return AddressFormat.isIPv6(inside.extracting(5..<inside.count))
    }
}
