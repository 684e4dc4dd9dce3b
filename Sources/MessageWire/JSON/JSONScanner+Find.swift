/// Looking into texts that were checked before.
extension JSONScanner {
    /// Where the value at `path` is in `text`.
    ///
    /// Object keys are compared with their escapes resolved, the last of equal keys wins (as in JavaScript); in arrays an
    /// element of the path is a decimal index without leading zeros.
    /// - Parameters:
    ///   - path: keys and indexes, outermost first; empty means the whole value.
    ///   - text: checked JSON text. Other text gives a senseless answer, nothing worse.
    /// - Returns: the range of the value without white space, nil if there is none.
    package static func find(_ path: [String], in text: UnsafeRawBufferPointer) -> Range<Int>? {
        var start = JSONText.skipWhitespace(text, from: 0)
        guard start < text.count else { return nil }
        var end = JSONText.skipValue(text, from: start)
        for element in path {
            guard start < end else { return nil }
            let found: Range<Int>? =
                switch text[start] {
                case 0x7B: member(element, of: text, in: start..<end)
                case 0x5B: self.element(element, of: text, in: start..<end)
                default: nil
                }
            guard let found else { return nil }
            start = found.lowerBound
            end = found.upperBound
        }
        return start..<end
    }

    /// Calls `body` for every member of an object, in order, equal keys included.
    ///
    /// - Parameters:
    ///   - text: checked JSON text; if its value is no object, `body` is not called.
    ///   - body: gets the key's raw text with its quotes, and the value's without white space, as ranges of `text`.
    package static func forEachMember(
        of text: UnsafeRawBufferPointer, _ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void
    ) {
        let start = JSONText.skipWhitespace(text, from: 0)
        guard start < text.count, text[start] == 0x7B else { return }
        forEachMember(of: text, in: start..<text.count, body)
    }

    /// Calls `body` for every element of an array, in order.
    ///
    /// - Parameters:
    ///   - text: checked JSON text; if its value is no array, `body` is not called.
    ///   - body: gets the element's range in `text`, without white space.
    package static func forEachElement(of text: UnsafeRawBufferPointer, _ body: (_ value: Range<Int>) -> Void) {
        let start = JSONText.skipWhitespace(text, from: 0)
        guard start < text.count, text[start] == 0x5B else { return }
        forEachElement(of: text, in: start..<text.count, body)
    }

    /// What a raw string stands for.
    ///
    /// - Parameter string: a checked JSON string with its quotes.
    /// - Returns: the text, in which lone surrogates have become U+FFFD.
    package static func unescape(_ string: UnsafeRawBufferPointer) -> String {
        guard string.count >= 2 else { return "" }
        let content = UnsafeRawBufferPointer(rebasing: string[1..<string.count - 1])
        guard content.contains(0x5C) else { return String(decoding: content, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        for byte in UnescapedBytes(content) {
            bytes.append(byte)
            // A surrogate that stands alone: ED A0...BF xx.
            if byte & 0xC0 == 0x80, bytes.count >= 3, bytes[bytes.count - 3] == 0xED, bytes[bytes.count - 2] >= 0xA0 {
                bytes.replaceSubrange(bytes.count - 3..<bytes.count, with: [0xEF, 0xBF, 0xBD])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func member(
        _ name: String, of text: UnsafeRawBufferPointer, in object: Range<Int>
    ) -> Range<Int>? {
        var found: Range<Int>?
        var name = name
        name.withUTF8 { name in
            let name = UnsafeRawBufferPointer(name)
            forEachMember(of: text, in: object) { key, value in
                guard key.count >= 2 else { return }
                let raw = UnsafeRawBufferPointer(rebasing: text[key.lowerBound + 1..<key.upperBound - 1])
                if isContent(raw, name) { found = value }
            }
        }
        return found
    }

    /// Whether a raw string (without quotes) stands for `name`, in which a backslash is a backslash.
    private static func isContent(_ raw: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer) -> Bool {
        guard raw.contains(0x5C) else { return raw.count == name.count && raw.elementsEqual(name) }
        return UnescapedBytes(raw).elementsEqual(name)
    }

    private static func element(
        _ index: String, of text: UnsafeRawBufferPointer, in array: Range<Int>
    ) -> Range<Int>? {
        guard let wanted = Int(index), wanted >= 0, String(wanted) == index else { return nil }
        var found: Range<Int>?
        var count = 0
        forEachElement(of: text, in: array) { value in
            if count == wanted { found = value }
            count += 1
        }
        return found
    }

    private static func forEachMember(
        of text: UnsafeRawBufferPointer, in object: Range<Int>,
        _ body: (_ key: Range<Int>, _ value: Range<Int>) -> Void
    ) {
        var index = JSONText.skipWhitespace(text, from: object.lowerBound + 1)
        while index < object.upperBound, text[index] == 0x22 {
            let keyEnd = JSONText.skipString(text, from: index)
            let colon = JSONText.skipWhitespace(text, from: keyEnd)
            let start = JSONText.skipWhitespace(text, from: min(colon + 1, text.count))
            let end = JSONText.skipValue(text, from: start)
            guard start < end else { return }
            body(index..<keyEnd, start..<end)
            index = JSONText.skipWhitespace(text, from: end)
            guard index < object.upperBound, text[index] == 0x2C else { return }
            index = JSONText.skipWhitespace(text, from: index + 1)
        }
    }

    private static func forEachElement(
        of text: UnsafeRawBufferPointer, in array: Range<Int>, _ body: (_ value: Range<Int>) -> Void
    ) {
        var start = JSONText.skipWhitespace(text, from: array.lowerBound + 1)
        while start < array.upperBound, text[start] != 0x5D {
            let end = JSONText.skipValue(text, from: start)
            guard start < end else { return }
            body(start..<end)
            let comma = JSONText.skipWhitespace(text, from: end)
            guard comma < array.upperBound, text[comma] == 0x2C else { return }
            start = JSONText.skipWhitespace(text, from: comma + 1)
        }
    }
}
