/// Checks of `host` or `host:port`, as they stand in Host, in an absolute-form target and after CONNECT.
///
/// Stricter than the grammar where the grammar serves nobody and proxies disagree: no percent-encoding, no sub-delims
/// (so no comma lists), no userinfo, no zone identifiers, no empty port.
///
/// Spec: RFC 9110 §7.2, RFC 3986 §3.2.2
package enum Authority {
    /// Whether the bytes are one host, with or without a port.
    ///
    /// - Parameters:
    ///   - bytes: the authority; empty is invalid.
    ///   - requiresPort: whether a port must be there (CONNECT).
    /// - Returns: true if every byte is in its place.
    package static func isValid(_ bytes: UnsafeRawBufferPointer, requiresPort: Bool = false) -> Bool {
        guard let first = bytes.first else { return false }
        var index = 0
        if first == 0x5B {  // [
            guard let close = bytes.firstIndex(of: 0x5D), isIPv6(bytes[1..<close]) else { return false }
            index = close + 1
        } else {
            while index < bytes.count, ByteSet.host.contains(bytes[index]) { index += 1 }
            guard index > 0 else { return false }
        }
        if index == bytes.count { return !requiresPort }
        guard bytes[index] == ASCII.colon else { return false }
        return isPort(bytes[(index + 1)...])
    }

    private static func isPort(_ digits: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard 1...5 ~= digits.count else { return false }
        var port = 0
        for byte in digits {
            guard byte &- 0x30 < 10 else { return false }
            port = port * 10 + Int(byte &- 0x30)
        }
        return port <= 65535
    }

    /// Eight groups of at most four hexadecimal digits, one run of them perhaps left out as `::`, the last two perhaps
    /// written as an IPv4 address.
    private static func isIPv6(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        var groups = 0
        var sawGap = false
        var index = text.startIndex
        guard text.count >= 2 else { return false }
        if text[index] == ASCII.colon {
            guard text[index + 1] == ASCII.colon else { return false }
            sawGap = true
            index += 2
            if index == text.endIndex { return true }
        }
        while true {
            let start = index
            while index < text.endIndex, isHex(text[index]) { index += 1 }
            if index < text.endIndex, text[index] == 0x2E {  // .
                guard isIPv4(text[start...]) else { return false }
                groups += 2
                break
            }
            guard 1...4 ~= index - start else { return false }
            groups += 1
            if index == text.endIndex { break }
            guard text[index] == ASCII.colon, groups < 8 else { return false }
            index += 1
            guard index < text.endIndex else { return false }
            if text[index] == ASCII.colon {
                guard !sawGap else { return false }
                sawGap = true
                index += 1
                if index == text.endIndex { break }
            }
        }
        return sawGap ? groups < 8 : groups == 8
    }

    private static func isIPv4(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        var parts = 0
        var digits = 0
        var value = 0
        for byte in text {
            if byte == 0x2E {
                guard digits > 0, parts < 3 else { return false }
                parts += 1
                digits = 0
                value = 0
            } else {
                guard byte &- 0x30 < 10, digits < 3 else { return false }
                // One address has one spelling: a leading zero reads as octal elsewhere.
                guard digits == 0 || value > 0 else { return false }
                digits += 1
                value = value * 10 + Int(byte &- 0x30)
                guard value < 256 else { return false }
            }
        }
        return parts == 3 && digits > 0
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }
}
