import NIOCore

/// A span that a program has made and ended.
struct SpanRecord: Sendable {
    /// Attributes of one span, event or link; more are left out.
    static let maxAttributes = 128

    /// The numbers of OTLP's `SpanKind`.
    enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
        case producer = 4
        case consumer = 5
    }

    enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case double(Double)
        case bool(Bool)
        case list([Value])
    }

    struct Attribute: Sendable, Equatable {
        var name: String
        var value: Value

        init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    struct Event: Sendable {
        var name: String
        var time: UInt64
        var attributes: [Attribute]
    }

    struct Link: Sendable {
        var traceHigh: UInt64
        var traceLow: UInt64
        var span: UInt64
        var attributes: [Attribute]
    }

    var traceHigh: UInt64
    var traceLow: UInt64
    var span: UInt64
    /// 0 for none.
    var parent: UInt64
    var state: String?
    var name: String
    var kind: Kind
    /// Nanoseconds since 1970.
    var start: UInt64
    var end: UInt64
    var attributes: [Attribute] = []
    var events: [Event] = []
    var links: [Link] = []
    var isError = false
    /// What the error says.
    var message = ""

    /// The span as it is sent.
    var encoded: ByteBuffer {
        var text = LineBuffer()
        write(into: &text)
        return ByteBuffer(bytes: text.bytes)
    }

    private func write(into text: inout LineBuffer) {
        text.beginSpan((traceHigh, traceLow), id: span, parent: parent, state: state)
        text.ascii(",\"name\":")
        text.spanText(name)
        text.ascii(",\"kind\":")
        text.integer(kind.rawValue)
        text.spanTimes(start, end)
        text.ascii(",\"attributes\":")
        text.attributes(attributes)
        writeEvents(into: &text)
        writeLinks(into: &text)
        if isError {
            text.ascii(",\"status\":{\"code\":2")
            if !message.isEmpty {
                text.ascii(",\"message\":")
                text.spanText(message)
            }
            text.ascii("}")
        }
        text.ascii("}")
    }

    private func writeEvents(into text: inout LineBuffer) {
        guard !events.isEmpty else { return }
        var separator: StaticString = ",\"events\":["
        for event in events {
            text.ascii(separator)
            separator = ","
            text.ascii("{\"timeUnixNano\":\"")
            text.integer(Int(clamping: event.time))
            text.ascii("\",\"name\":")
            text.spanText(event.name)
            text.ascii(",\"attributes\":")
            text.attributes(event.attributes)
            text.ascii("}")
        }
        text.ascii("]")
    }

    private func writeLinks(into text: inout LineBuffer) {
        guard !links.isEmpty else { return }
        var separator: StaticString = ",\"links\":["
        for link in links {
            text.ascii(separator)
            separator = ","
            text.ascii("{\"traceId\":\"")
            text.hex(link.traceHigh)
            text.hex(link.traceLow)
            text.ascii("\",\"spanId\":\"")
            text.hex(link.span)
            text.ascii("\",\"attributes\":")
            text.attributes(link.attributes)
            text.ascii("}")
        }
        text.ascii("]")
    }
}
