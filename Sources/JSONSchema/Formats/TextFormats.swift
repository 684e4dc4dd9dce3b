/// The formats that take a few lines.
enum TextFormats {
    /// Spec: RFC 4122 §3; no version or variant is asked for.
    static func isUUID(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == 36 else { return false }
        for index in bytes.indices {
            switch index {
            case 8, 13, 18, 23: guard bytes[index] == UInt8(ascii: "-") else { return false }
            default: guard ASCII.isHexDigit(bytes[index]) else { return false }
            }
        }
        return true
    }

    /// Spec: RFC 6901 §3
    static func isJSONPointer(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return true }
        guard bytes[0] == UInt8(ascii: "/") else { return false }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "~") {
            guard index + 1 < bytes.count, ASCII.isOne(of: "01", bytes[index + 1]) else { return false }
        }
        return true
    }

    /// Spec: draft-bhutton-relative-json-pointer-00 §3
    static func isRelativeJSONPointer(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
        guard index > 0, index == 1 || bytes[0] != UInt8(ascii: "0") else { return false }
        let rest = bytes.extracting(index..<bytes.count)
        return rest.count == 1 && rest[0] == UInt8(ascii: "#") || isJSONPointer(rest)
    }
}
