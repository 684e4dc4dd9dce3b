/// Spans in the JSON form of protobuf, piece by piece: ids as hex digits, 64-bit numbers as texts.
///
/// Spec: OTLP 1.3, "JSON Protobuf Encoding"
extension LineBuffer {
    /// Bytes of one text of a span; longer ones are cut.
    static let maxSpanText = 4096

    /// Begins a span, up to its name.
    ///
    /// - Parameters:
    ///   - trace: The two halves of its id.
    ///   - id: The span's.
    ///   - parent: 0 for none.
    ///   - state: The trace's `tracestate`.
    mutating func beginSpan(_ trace: (high: UInt64, low: UInt64), id: UInt64, parent: UInt64, state: String?) {
        ascii("{\"traceId\":\"")
        hex(trace.high)
        hex(trace.low)
        ascii("\",\"spanId\":\"")
        hex(id)
        if parent != 0 {
            ascii("\",\"parentSpanId\":\"")
            hex(parent)
        }
        ascii("\"")
        if let state {
            ascii(",\"traceState\":")
            json(state)
        }
        ascii(",\"flags\":1")
    }

    /// When a span began and ended, nanoseconds since 1970.
    mutating func spanTimes(_ start: UInt64, _ end: UInt64) {
        ascii(",\"startTimeUnixNano\":\"")
        integer(Int(clamping: start))
        ascii("\",\"endTimeUnixNano\":\"")
        integer(Int(clamping: max(end, start)))
        ascii("\"")
    }

    /// A text, cut where it is too long.
    mutating func spanText(_ text: String) {
        var text = text
        text.withUTF8 { spanText(UnsafeRawBufferPointer($0)) }
    }

    /// A text, cut where it is too long.
    mutating func spanText(_ text: UnsafeRawBufferPointer) {
        json(text.count <= Self.maxSpanText ? text : UnsafeRawBufferPointer(rebasing: text[..<Self.maxSpanText]))
    }

    mutating func hex(_ bits: UInt64) {
        var cursor = open(RequestID.length)
        cursor.fill(RequestID.length) { RequestID(bits: bits).write(to: $0) }
        close(cursor)
    }

    // MARK: Attributes

    /// An attribute that is a text.
    ///
    /// - Parameters:
    ///   - head: What stands before the text, such as `,{"key":"a","value":{"stringValue":`.
    ///   - text: As it came.
    mutating func attribute(_ head: StaticString, _ text: UnsafeRawBufferPointer) {
        ascii(head)
        spanText(text)
        ascii("}}")
    }

    /// An attribute that is a whole number; `head` ends with the number's quote.
    mutating func attribute(_ head: StaticString, _ number: Int) {
        ascii(head)
        integer(number)
        ascii("\"}}")
    }

    /// All attributes, within their brackets.
    mutating func attributes(_ attributes: [SpanRecord.Attribute]) {
        byte(0x5B)
        attributeList(attributes)
        byte(0x5D)
    }

    /// All attributes, without brackets.
    mutating func attributeList(_ attributes: [SpanRecord.Attribute]) {
        for (index, attribute) in attributes.prefix(SpanRecord.maxAttributes).enumerated() {
            ascii(index == 0 ? "{\"key\":" : ",{\"key\":")
            spanText(attribute.name)
            ascii(",\"value\":")
            value(attribute.value)
            ascii("}")
        }
    }

    private mutating func value(_ value: SpanRecord.Value) {
        switch value {
        case .text(let value):
            ascii("{\"stringValue\":")
            spanText(value)
        case .integer(let value):
            ascii("{\"intValue\":\"")
            integer(value)
            ascii("\"")
        case .double(let value):
            ascii("{\"doubleValue\":")
            if value.isFinite {
                raw(value.description)
            } else {
                ascii(value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
            }
        case .bool(let value):
            ascii("{\"boolValue\":")
            ascii(value ? "true" : "false")
        case .list(let values):
            ascii("{\"arrayValue\":{\"values\":[")
            for (index, value) in values.prefix(SpanRecord.maxAttributes).enumerated() {
                if index > 0 { ascii(",") }
                self.value(value)
            }
            ascii("]}")
        }
        ascii("}")
    }
}
