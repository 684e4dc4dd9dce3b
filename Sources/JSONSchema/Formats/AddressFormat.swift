/// IP addresses as texts.
enum AddressFormat {
    /// Four decimal numbers, none with a leading zero. Spec: RFC 2673 §3.2, RFC 3986 §3.2.2
    static func isIPv4(_ bytes: Span<UInt8>) -> Bool {
        guard (7...15).contains(bytes.count) else { return false }
        var parts = 1
        var value: Int?
        for index in bytes.indices {
            if bytes[index] == UInt8(ascii: ".") {
                guard value != nil, parts < 4 else { return false }
                parts += 1
                value = nil
            } else {
                guard ASCII.isDigit(bytes[index]), value != 0 else { return false }
                let next = (value ?? 0) * 10 + Int(bytes[index] - UInt8(ascii: "0"))
                guard next <= 255 else { return false }
                value = next
            }
        }
        return parts == 4 && value != nil
    }

    /// Groups of up to four digits, one `::`, perhaps IPv4 at the end; no zone. Spec: RFC 4291 §2.2
    static func isIPv6(_ bytes: Span<UInt8>) -> Bool {
        guard (2...45).contains(bytes.count) else { return false }
        var groups = 0
        var isCompressed = false
        var index = 0
        if bytes[0] == UInt8(ascii: ":") {
            guard bytes[1] == UInt8(ascii: ":") else { return false }
            isCompressed = true
            index = 2
        }
        while index < bytes.count {
            let start = index
            while index < bytes.count, ASCII.isHexDigit(bytes[index]) { index += 1 }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                guard isIPv4(bytes.extracting(start..<bytes.count)) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(index - start) else { return false }
            groups += 1
            guard index < bytes.count else { break }
            guard bytes[index] == UInt8(ascii: ":"), index + 1 < bytes.count else { return false }
            index += 1
            if bytes[index] == UInt8(ascii: ":") {
                guard !isCompressed else { return false }
                isCompressed = true
                index += 1
            }
        }
        return isCompressed ? groups <= 7 : groups == 8
    }
}
