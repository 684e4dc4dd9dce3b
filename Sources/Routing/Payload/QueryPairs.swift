import Pipeline

/// Walks through `a=1&b=2` without copying.
///
/// Pairs are separated by `&` only; an empty pair is skipped; a pair without `=` has an empty value.
///
/// Spec: WHATWG URL Standard §5.1 (application/x-www-form-urlencoded parsing), without its leniency for bad escapes.
struct QueryPairs {
    private let text: UnsafeRawBufferPointer
    private var index = 0

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    /// The next pair, still encoded.
    mutating func next() -> (name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        while index < text.count {
            let start = index
            var equals = -1
            while index < text.count, text[index] != UInt8(ascii: "&") {
                if equals < 0, text[index] == UInt8(ascii: "=") { equals = index }
                index += 1
            }
            let end = index
            index += 1
            if end == start { continue }
            let nameEnd = equals < 0 ? end : equals
            let valueStart = equals < 0 ? end : equals + 1
            return (
                UnsafeRawBufferPointer(rebasing: text[start..<nameEnd]),
                UnsafeRawBufferPointer(rebasing: text[valueStart..<end])
            )
        }
        return nil
    }
}

/// Texts in form encoding: `+` is a space, `%41` is `A`.
enum FormText {
    /// Whether an encoded text means exactly these bytes. A malformed escape means nothing.
    static func decodes(_ text: UnsafeRawBufferPointer, to expected: [UInt8]) -> Bool {
        expected.withUnsafeBytes { decodes(text, to: $0) }
    }

    static func decodes(_ text: UnsafeRawBufferPointer, to expected: UnsafeRawBufferPointer) -> Bool {
        guard text.count >= expected.count else { return false }
        var (index, matched) = (0, 0)
        while index < text.count {
            guard matched < expected.count else { return false }
            var byte = text[index]
            index += 1
            if byte == UInt8(ascii: "+") {
                byte = 0x20
            } else if byte == UInt8(ascii: "%") {
                guard index + 1 < text.count, let high = PercentDecoding.hexValue(text[index]),
                    let low = PercentDecoding.hexValue(text[index + 1])
                else { return false }
                byte = high << 4 | low
                index += 2
            }
            guard byte == expected[matched] else { return false }
            matched += 1
        }
        return matched == expected.count
    }

    /// Whether an encoded text means `expected`.
    @inline(__always)
    static func means(_ text: UnsafeRawBufferPointer, _ expected: String) -> Bool {
        var expected = expected
        return expected.withUTF8 { decodes(text, to: UnsafeRawBufferPointer($0)) }
    }

    /// Whether a text means itself: ASCII without escapes.
    static func isLiteral(_ text: UnsafeRawBufferPointer) -> Bool {
        for byte in text where byte == UInt8(ascii: "%") || byte == UInt8(ascii: "+") || byte >= 0x80 { return false }
        return true
    }

    /// The text; `nil` when an escape is malformed or the result is not UTF-8.
    static func decoded(_ text: UnsafeRawBufferPointer) -> String? {
        if isLiteral(text) { return String(decoding: text, as: UTF8.self) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        guard PercentDecoding.append(text, plusIsSpace: true, to: &bytes) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension RequestView {
    /// The query's parameters with all values of each, in the order of their first ones; `nil` when it is not well-formed.
    package func queryMembers() -> [(name: String, values: [String])]? {
        var members: [(name: String, values: [String])] = []
        // Only of many parameters: a few are found sooner by looking at each.
        var places: [[UInt8]: Int] = [:]
        var pairs = QueryPairs(query)
        while let pair = pairs.next() {
            guard let name = FormText.decoded(pair.name), let value = FormText.decoded(pair.value) else { return nil }
            let place: Int?
            if members.count <= 8 {
                place = members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
            } else {
                if places.isEmpty {
                    for (index, member) in members.enumerated() { places[Array(member.name.utf8)] = index }
                }
                place = places[Array(name.utf8)]
            }
            if let place {
                members[place].values.append(value)
            } else {
                if !places.isEmpty { places[Array(name.utf8)] = members.count }
                members.append((name, [value]))
            }
        }
        return members
    }
}
