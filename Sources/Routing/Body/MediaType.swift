/// A `Content-Type` field, taken apart.
///
/// Spec: RFC 9110 §8.3.1
struct MediaType: Sendable, Hashable {
    /// `type/subtype`, lower-case.
    let essence: String
    /// Lower-case names.
    let parameters: [(name: String, value: String)]

    /// - Returns: `nil` when the field is not well-formed.
    init?(_ field: UnsafeRawBufferPointer) {
        var reader = FieldReader(bytes: field)
        guard let type = reader.token(), reader.take("/"), let subtype = reader.token() else { return nil }
        essence = (type + "/" + subtype).lowercased()
        var parameters: [(name: String, value: String)] = []
        reader.skipBlanks()
        while reader.take(";") {
            reader.skipBlanks()
            guard !reader.isAtEnd else { break }
            guard let name = reader.token(), reader.take("="), let value = reader.token() ?? reader.quoted() else {
                return nil
            }
            parameters.append((name.lowercased(), value))
            reader.skipBlanks()
        }
        guard reader.isAtEnd else { return nil }
        self.parameters = parameters
    }

    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// `application/json` and everything that ends in `+json`.
    var isJSON: Bool { essence == "application/json" || (essence.hasSuffix("+json") && essence.utf8.count > 6) }

    static func == (left: MediaType, right: MediaType) -> Bool { left.essence == right.essence }

    func hash(into hasher: inout Hasher) { hasher.combine(essence) }
}

/// Reads the small grammar of field values: tokens, quoted strings, separators.
struct FieldReader {
    let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index >= bytes.count }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    func isAt(_ scalar: Unicode.Scalar) -> Bool { index < bytes.count && bytes[index] == UInt8(ascii: scalar) }

    /// Goes to the next separator, or to the end. A quoted string hides what is in it; one without an end hides the rest.
    mutating func skip(to separator: Unicode.Scalar) {
        while index < bytes.count, !isAt(separator) {
            if !isAt("\"") {
                index += 1
            } else if !skipQuoted() {
                index = bytes.count
            }
        }
    }

    mutating func skipBlanks() {
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }

    /// Spec: RFC 9110 §5.6.2
    mutating func token() -> String? {
        tokenBytes().map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same without a copy.
    mutating func tokenBytes() -> UnsafeRawBufferPointer? {
        let start = index
        while index < bytes.count, Self.isTokenCharacter(bytes[index]) { index += 1 }
        return index > start ? UnsafeRawBufferPointer(rebasing: bytes[start..<index]) : nil
    }

    /// Spec: RFC 9110 §5.6.4
    mutating func quoted() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while index < bytes.count {
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard index < bytes.count else { return nil }
                byte = bytes[index]
                index += 1
            }
            text.append(byte)
        }
        return nil
    }

    /// - Returns: whether there was a whole quoted string; if not, the reader stands where it stood.
    mutating func skipQuoted() -> Bool {
        let start = index
        guard take("\"") else { return false }
        while index < bytes.count {
            let byte = bytes[index]
            index += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return true }
        }
        index = start
        return false
    }

    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: byte < 0x80 && "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
