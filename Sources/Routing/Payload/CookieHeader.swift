import Pipeline

/// Reads one cookie of a request, as the `cookie` package of Node does: the first of a name wins, quotes around a
/// value are dropped, and escapes are decoded if all of them are well-formed.
///
/// Spec: RFC 6265 §4.2
enum CookieHeader {
    static func value(of name: String, in fields: any RequestFields) -> String? {
        var found: String?
        fields.forEachValue(of: "cookie") { field in
            if found == nil { found = value(of: name, in: field) }
        }
        return found
    }

    static func value(of name: String, in field: UnsafeRawBufferPointer) -> String? {
        for pair in field.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: true) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let key = trimmed(pair[..<equals])
            guard key.elementsEqual(name.utf8) else { continue }
            var value = trimmed(pair[pair.index(after: equals)...])
            if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
                value = value.dropFirst().dropLast()
            }
            var decoded: [UInt8] = []
            let raw = UnsafeRawBufferPointer(rebasing: value)
            if PercentDecoding.append(raw, plusIsSpace: false, to: &decoded),
                let text = String(validating: decoded, as: UTF8.self)
            {
                return text
            }
            return String(decoding: raw, as: UTF8.self)
        }
        return nil
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }
}
