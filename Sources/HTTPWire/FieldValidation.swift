/// What may stand in field names and values, for requests and answers, HTTP/1.1 and HTTP/2.
///
/// Spec: RFC 9110 §5.1, §5.5, §5.6.2; RFC 9113 §8.2.1
package enum FieldValidation {
    /// Whether the bytes are one token: a field name or a method.
    ///
    /// - Parameter bytes: the name; empty is no token.
    /// - Returns: true if every byte is a token character.
    package static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return false }
        return ByteScan.nonToken(base, from: 0, to: bytes.count) == bytes.count
    }

    /// Whether the bytes are a token without upper-case letters, as HTTP/2 wants names.
    ///
    /// - Parameter bytes: the name.
    /// - Returns: true if it is a token in lower case.
    package static func isLowercaseToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let base = bytes.baseAddress, ByteScan.isPlainName(base, bytes.count) { return true }
        guard isToken(bytes) else { return false }
        for byte in bytes where byte &- 0x41 < 26 { return false }
        return true
    }

    /// Whether the bytes hold no control character but HTAB, and no white space at either end.
    ///
    /// - Parameter bytes: the value; empty is fine, bytes from 0x80 up are.
    /// - Returns: true if the value can stand on a field line.
    package static func isValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, let first = bytes.first, let last = bytes.last else { return true }
        guard first != ASCII.space, first != ASCII.tab, last != ASCII.space, last != ASCII.tab else { return false }
        return ByteScan.control(base, from: 0, to: bytes.count) == bytes.count
    }

    /// Whether the bytes are visible ASCII without spaces, at least one: what we accept as a request id.
    ///
    /// - Parameter bytes: the text.
    /// - Returns: true if every byte is from 0x21 to 0x7E.
    package static func isVisible(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return false }
        return ByteScan.invisible(base, from: 0, to: bytes.count) == bytes.count
    }

    /// The same as the byte form, for text.
    ///
    /// - Parameter text: the name.
    /// - Returns: true if it is one token.
    package static func isToken(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isToken(UnsafeRawBufferPointer($0)) }
    }

    /// The same as the byte form, for text.
    ///
    /// - Parameter text: the value.
    /// - Returns: true if it can stand on a field line.
    package static func isValue(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isValue(UnsafeRawBufferPointer($0)) }
    }
}
