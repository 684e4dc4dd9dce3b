/// URI templates such as `/users{/id}{?page,size}`.
///
/// Spec: RFC 6570 §2
enum URITemplateFormat {
    static func accepts(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "{") {
                let start = index + 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "}") { index += 1 }
                guard index < bytes.count, isExpression(bytes.extracting(start..<index)) else { return false }
                index += 1
            } else if byte == UInt8(ascii: "%") {
                guard URIFormat.isTriplet(bytes, at: index) else { return false }
                index += 3
            } else if byte < 0x80 {
                guard byte > 0x20, byte != 0x7F, !ASCII.isOne(of: "\"<>\\^`|}", byte) else { return false }
                index += 1
            } else {
                guard let (scalar, length) = UTF8Scalar.decode(bytes, at: index),
                    URIFormat.isInternational(scalar) || URIFormat.isPrivate(scalar)
                else { return false }
                index += length
            }
        }
        return true
    }

    /// What stands in braces: an operator and variables. The operators that are reserved are refused.
    private static func isExpression(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return false }
        var index = ASCII.isOne(of: "+#./;?&", bytes[0]) ? 1 : 0
        while true {
            guard isVariable(bytes, &index) else { return false }
            guard index < bytes.count else { return true }
            guard bytes[index] == UInt8(ascii: ",") else { return false }
            index += 1
        }
    }

    private static func isVariable(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        guard characters(bytes, &index) else { return false }
        while index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            guard characters(bytes, &index) else { return false }
        }
        guard index < bytes.count else { return true }
        if bytes[index] == UInt8(ascii: "*") {
            index += 1
        } else if bytes[index] == UInt8(ascii: ":") {
            index += 1
            let start = index
            while index < bytes.count, ASCII.isDigit(bytes[index]) { index += 1 }
            return (1...4).contains(index - start) && bytes[start] != UInt8(ascii: "0")
        }
        return true
    }

    private static func characters(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), URIFormat.isTriplet(bytes, at: index) {
                index += 3
            } else if ASCII.isAlphanumeric(bytes[index]) || bytes[index] == UInt8(ascii: "_") {
                index += 1
            } else {
                break
            }
        }
        return index > start
    }
}
