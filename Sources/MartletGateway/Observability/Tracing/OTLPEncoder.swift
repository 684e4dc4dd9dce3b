import MessageWire
import NIOCore
import Routing

/// Writes spans as an `ExportTraceServiceRequest` in the JSON form of protobuf: ids as hex digits, 64-bit numbers as texts.
///
/// Spec: OTLP 1.3, "JSON Protobuf Encoding"
struct OTLPEncoder: Sendable {
    /// What every request begins with, up to the list of spans.
    private let head: ByteBuffer

    /// Attributes of one span, event or link; more are left out.
    static let maxAttributes = 128
    /// Bytes of one text; longer ones are cut.
    static let maxText = 4096
    /// Of a span of the gateway's own.
    private static let usualBytes = 1024

    /// - Parameters:
    ///   - service: `service.name`.
    ///   - version: That of the gateway.
    ///   - resource: Further attributes of the resource.
    init(service: String, version: String, resource: [TracingSettings.Attribute]) {
        var writer = LineBuffer()
        let attributes =
            [SpanRecord.Attribute("service.name", .text(service))] + resource.map { .init($0.name, .text($0.value)) }
        writer.ascii("{\"resourceSpans\":[{\"resource\":{\"attributes\":")
        Self.write(attributes, into: &writer)
        writer.ascii("},\"scopeSpans\":[{\"scope\":{\"name\":\"martlet\",\"version\":")
        writer.json(version)
        writer.ascii("},\"spans\":[")
        head = ByteBuffer(bytes: writer.bytes)
    }

    func encode(_ spans: [SpanRecord]) -> ByteBuffer {
        var writer = LineBuffer(capacity: head.readableBytes + spans.count * Self.usualBytes)
        head.withUnsafeReadableBytes { writer.raw($0) }
        for (index, span) in spans.enumerated() {
            if index > 0 { writer.ascii(",") }
            Self.write(span, into: &writer)
        }
        writer.ascii("]}]}]}")
        return ByteBuffer(bytes: writer.bytes)
    }

    private static func write(_ span: SpanRecord, into writer: inout LineBuffer) {
        writer.ascii("{\"traceId\":\"")
        hex(span.traceHigh, into: &writer)
        hex(span.traceLow, into: &writer)
        writer.ascii("\",\"spanId\":\"")
        hex(span.span, into: &writer)
        if span.parent != 0 {
            writer.ascii("\",\"parentSpanId\":\"")
            hex(span.parent, into: &writer)
        }
        writer.ascii("\"")
        if let state = span.state {
            writer.ascii(",\"traceState\":")
            writer.json(state)
        }
        writer.ascii(",\"flags\":1,\"name\":")
        text(span.name, into: &writer)
        writer.ascii(",\"kind\":")
        writer.integer(span.kind.rawValue)
        writer.ascii(",\"startTimeUnixNano\":\"")
        writer.integer(Int(clamping: span.start))
        writer.ascii("\",\"endTimeUnixNano\":\"")
        writer.integer(Int(clamping: max(span.end, span.start)))
        writer.ascii("\",\"attributes\":")
        write(span.attributes, into: &writer)
        writeEvents(span, into: &writer)
        writeLinks(span, into: &writer)
        if span.isError {
            writer.ascii(",\"status\":{\"code\":2")
            if !span.message.isEmpty {
                writer.ascii(",\"message\":")
                text(span.message, into: &writer)
            }
            writer.ascii("}")
        }
        writer.ascii("}")
    }

    private static func writeEvents(_ span: SpanRecord, into writer: inout LineBuffer) {
        guard !span.events.isEmpty else { return }
        var separator: StaticString = ",\"events\":["
        for event in span.events {
            writer.ascii(separator)
            separator = ","
            writer.ascii("{\"timeUnixNano\":\"")
            writer.integer(Int(clamping: event.time))
            writer.ascii("\",\"name\":")
            text(event.name, into: &writer)
            writer.ascii(",\"attributes\":")
            write(event.attributes, into: &writer)
            writer.ascii("}")
        }
        writer.ascii("]")
    }

    private static func writeLinks(_ span: SpanRecord, into writer: inout LineBuffer) {
        guard !span.links.isEmpty else { return }
        var separator: StaticString = ",\"links\":["
        for link in span.links {
            writer.ascii(separator)
            separator = ","
            writer.ascii("{\"traceId\":\"")
            hex(link.traceHigh, into: &writer)
            hex(link.traceLow, into: &writer)
            writer.ascii("\",\"spanId\":\"")
            hex(link.span, into: &writer)
            writer.ascii("\",\"attributes\":")
            write(link.attributes, into: &writer)
            writer.ascii("}")
        }
        writer.ascii("]")
    }

    private static func write(_ attributes: [SpanRecord.Attribute], into writer: inout LineBuffer) {
        writer.ascii("[")
        for (index, attribute) in attributes.prefix(maxAttributes).enumerated() {
            writer.ascii(index == 0 ? "{\"key\":" : ",{\"key\":")
            text(attribute.name, into: &writer)
            writer.ascii(",\"value\":")
            write(attribute.value, into: &writer)
            writer.ascii("}")
        }
        writer.ascii("]")
    }

    private static func write(_ value: SpanRecord.Value, into writer: inout LineBuffer) {
        switch value {
        case .text(let value):
            writer.ascii("{\"stringValue\":")
            text(value, into: &writer)
        case .integer(let value):
            writer.ascii("{\"intValue\":\"")
            writer.integer(value)
            writer.ascii("\"")
        case .double(let value):
            writer.ascii("{\"doubleValue\":")
            if value.isFinite {
                writer.raw(value.description)
            } else {
                writer.ascii(value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
            }
        case .bool(let value):
            writer.ascii("{\"boolValue\":")
            writer.ascii(value ? "true" : "false")
        case .list(let values):
            writer.ascii("{\"arrayValue\":{\"values\":[")
            for (index, value) in values.prefix(maxAttributes).enumerated() {
                if index > 0 { writer.ascii(",") }
                write(value, into: &writer)
            }
            writer.ascii("]}")
        }
        writer.ascii("}")
    }

    private static func text(_ text: String, into writer: inout LineBuffer) {
        guard text.utf8.count > maxText else { return writer.json(text) }
        writer.json(String(decoding: text.utf8.prefix(maxText), as: UTF8.self))
    }

    private static func hex(_ bits: UInt64, into writer: inout LineBuffer) {
        var cursor = writer.open(RequestID.length)
        cursor.fill(RequestID.length) { RequestID(bits: bits).write(to: $0) }
        writer.close(cursor)
    }
}
