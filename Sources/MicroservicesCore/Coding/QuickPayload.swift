import MessageWire

/// Short ways past `Codable` for the types that most payloads and results are of.
///
/// Each gives exactly what the long way gives, or nothing: then the long way is gone, which also finds the words for what is
/// wrong with a payload.
enum QuickPayload {
    /// Reads checked JSON text as one of the common types; nil when the type is another or the text does not fit.
    static func read<Payload>(_ type: Payload.Type, from text: UnsafeRawBufferPointer) -> Payload? {
        // The casts are between equal types, as the line above each has found out.
        if type == JSONValue.self { return unsafeBitCast(JSONValue(checked: text), to: Payload.self) }
        if type == [Int].self { return elements(text, integer).map { unsafeBitCast($0, to: Payload.self) } }
        if type == [Double].self { return elements(text, double).map { unsafeBitCast($0, to: Payload.self) } }
        if type == String.self { return string(text).map { unsafeBitCast($0, to: Payload.self) } }
        if type == Int.self { return integer(text).map { unsafeBitCast($0, to: Payload.self) } }
        if type == Double.self { return double(text).map { unsafeBitCast($0, to: Payload.self) } }
        if type == [String].self { return elements(text, string).map { unsafeBitCast($0, to: Payload.self) } }
        return nil
    }

    /// Writes a value of one of the common types; false when it is of another.
    static func write<Value>(_ value: Value, into writer: inout JSONWriter) -> Bool {
        if Value.self == JSONValue.self {
            writer.value(unsafeBitCast(value, to: JSONValue.self))
        } else if Value.self == String.self {
            writer.string(unsafeBitCast(value, to: String.self))
        } else if Value.self == Int.self {
            writer.integer(unsafeBitCast(value, to: Int.self))
        } else if Value.self == Double.self {
            double(unsafeBitCast(value, to: Double.self), into: &writer)
        } else if Value.self == Bool.self {
            writer.bool(unsafeBitCast(value, to: Bool.self))
        } else {
            return false
        }
        return true
    }

    /// Whole numbers need no search for their shortest text.
    private static func double(_ value: Double, into writer: inout JSONWriter) {
        if value.magnitude < 1e15, let whole = Int(exactly: value) {
            writer.integer(whole)
        } else {
            writer.number(value)
        }
    }

    private static func string(_ text: UnsafeRawBufferPointer) -> String? {
        guard text.first == 0x22 else { return nil }
        return JSONScanner.unescape(text)
    }

    /// An integer in its plain form, up to 18 digits.
    private static func integer(_ text: UnsafeRawBufferPointer) -> Int? {
        let isNegative = text.first == 0x2D
        let start = isNegative ? 1 : 0
        guard text.count > start, text.count - start <= 18 else { return nil }
        var value = 0
        for index in start..<text.count {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return isNegative ? -value : value
    }

    private static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        // Below 2^53 every integer is a double; the sign of -0 is kept.
        if text.count <= 15, let value = integer(text), value != 0 { return Double(value) }
        guard let first = text.first, first == 0x2D || first &- 0x30 < 10 else { return nil }
        return Double(String(decoding: text, as: UTF8.self))
    }

    private static func elements<Element>(
        _ text: UnsafeRawBufferPointer, _ read: (UnsafeRawBufferPointer) -> Element?
    ) -> [Element]? {
        guard text.first == 0x5B else { return nil }
        var elements: [Element] = []
        var fits = true
        JSONScanner.forEachElement(of: text) { range in
            guard fits, let element = read(UnsafeRawBufferPointer(rebasing: text[range])) else {
                fits = false
                return
            }
            elements.append(element)
        }
        return fits ? elements : nil
    }
}
