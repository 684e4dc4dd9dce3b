/// URIs and IRIs, absolute or relative.
///
/// Spec: RFC 3986 appendix A, RFC 3987 §2.2
struct URIFormat {
    let allowsRelative: Bool
    let isInternational: Bool

    func accepts(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        if let colon = schemeEnd(bytes) {
            index = colon + 1
        } else {
            guard allowsRelative, !hasColonInFirstSegment(bytes) else { return false }
        }
        if index + 1 < bytes.count, bytes[index] == UInt8(ascii: "/"), bytes[index + 1] == UInt8(ascii: "/") {
            let start = index + 2
            index = start
            while index < bytes.count, !ASCII.isOne(of: "/?#", bytes[index]) { index += 1 }
            guard isAuthority(bytes.extracting(start..<index)) else { return false }
        }
        let path = index
        while index < bytes.count, !ASCII.isOne(of: "?#", bytes[index]) { index += 1 }
        guard isMadeOf(":@/", bytes.extracting(path..<index)) else { return false }
        if index < bytes.count, bytes[index] == UInt8(ascii: "?") {
            let query = index + 1
            while index < bytes.count, bytes[index] != UInt8(ascii: "#") { index += 1 }
            guard isMadeOf(":@/?", bytes.extracting(query..<index), allowsPrivate: true) else { return false }
        }
        guard index < bytes.count else { return true }
        return isMadeOf(":@/?", bytes.extracting((index + 1)..<bytes.count))
    }

    /// The place of the colon behind a scheme.
    private func schemeEnd(_ bytes: Span<UInt8>) -> Int? {
        guard !bytes.isEmpty, ASCII.isLetter(bytes[0]) else { return nil }
        var index = 1
        while index < bytes.count, ASCII.isSchemeByte(bytes[index]) { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: ":") ? index : nil
    }

    private func hasColonInFirstSegment(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            if ASCII.isOne(of: "/?#", bytes[index]) { return false }
            if bytes[index] == UInt8(ascii: ":") { return true }
        }
        return false
    }

    private func isAuthority(_ bytes: Span<UInt8>) -> Bool {
        var host = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "@") {
            guard isMadeOf(":", bytes.extracting(0..<index)) else { return false }
            host = index + 1
            break
        }
        var end = host
        if host < bytes.count, bytes[host] == UInt8(ascii: "[") {
            while end < bytes.count, bytes[end] != UInt8(ascii: "]") { end += 1 }
            guard end < bytes.count, isLiteral(bytes.extracting((host + 1)..<end)) else { return false }
            end += 1
        } else {
            while end < bytes.count, bytes[end] != UInt8(ascii: ":") { end += 1 }
            guard isMadeOf("", bytes.extracting(host..<end)) else { return false }
        }
        guard end < bytes.count else { return true }
        guard bytes[end] == UInt8(ascii: ":") else { return false }
        for index in (end + 1)..<bytes.count where !ASCII.isDigit(bytes[index]) { return false }
        return true
    }

    /// An IPv6 address or one of a future version, without its brackets.
    private func isLiteral(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty, ASCII.isOne(of: "vV", bytes[0]) else { return AddressFormat.isIPv6(bytes) }
        var index = 1
        while index < bytes.count, ASCII.isHexDigit(bytes[index]) { index += 1 }
        guard index > 1, index + 1 < bytes.count, bytes[index] == UInt8(ascii: ".") else { return false }
        for place in (index + 1)..<bytes.count {
            let byte = bytes[place]
            guard ASCII.isUnreserved(byte) || ASCII.isSubDelimiter(byte) || byte == UInt8(ascii: ":") else {
                return false
            }
        }
        return true
    }

    /// Whether all is unreserved, percent-encoded, a sub-delimiter, one of `others`, or allowed in an IRI.
    private func isMadeOf(_ others: StaticString, _ bytes: Span<UInt8>, allowsPrivate: Bool = false) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x80 {
                guard isInternational, let (scalar, length) = UTF8Scalar.decode(bytes, at: index),
                    Self.isInternational(scalar) || allowsPrivate && Self.isPrivate(scalar)
                else { return false }
                index += length
                continue
            }
            if byte == UInt8(ascii: "%") {
                guard Self.isTriplet(bytes, at: index) else { return false }
                index += 2
            } else {
                guard ASCII.isUnreserved(byte) || ASCII.isSubDelimiter(byte) || ASCII.isOne(of: others, byte) else {
                    return false
                }
            }
            index += 1
        }
        return true
    }

    /// Whether a percent sign and two hexadecimal digits stand there.
    static func isTriplet(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        index + 2 < bytes.count && ASCII.isHexDigit(bytes[index + 1]) && ASCII.isHexDigit(bytes[index + 2])
    }

    /// Spec: RFC 3987 §2.2, ucschar
    static func isInternational(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
        case 0x10000...0xDFFFD: scalar & 0xFFFF <= 0xFFFD
        case 0xE1000...0xEFFFD: true
        default: false
        }
    }

    /// Spec: RFC 3987 §2.2, iprivate
    static func isPrivate(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0xE000...0xF8FF, 0xF0000...0xFFFFD, 0x100000...0x10FFFD: true
        default: false
        }
    }
}

/// One scalar of sound UTF-8.
enum UTF8Scalar {
    static func decode(_ bytes: Span<UInt8>, at index: Int) -> (scalar: UInt32, length: Int)? {
        let first = bytes[index]
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard index + length <= bytes.count else { return nil }
        guard length > 1 else { return (UInt32(first), 1) }
        var scalar = UInt32(first) & (0x7F >> UInt32(length))
        for place in 1..<length { scalar = scalar << 6 | UInt32(bytes[index + place] & 0x3F) }
        return (scalar, length)
    }
}
