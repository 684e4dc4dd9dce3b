import MessageWire
import MicroservicesCore
import NIOCore

/// What a packet tells its handler beside the payload: which request it belongs to, and its place in a trace.
struct MessageMetadata {
    let requestID: String?
    let trace: TraceContext?

    /// Whether there is nothing to tell.
    var isEmpty: Bool { requestID == nil && trace == nil }

    /// Writes `{"x-request-id":"...","traceparent":"...","tracestate":"..."}`.
    ///
    /// - Parameter writer: Receives one JSON text.
    func write(into writer: inout JSONWriter) {
        var isFirst = true
        func put(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            writer.ascii(isFirst ? "{" : ",")
            writer.ascii(name)
            writer.string(value)
            isFirst = false
        }
        put("\"x-request-id\":", requestID)
        put("\"traceparent\":", trace?.parent)
        put("\"tracestate\":", trace?.state)
        writer.ascii("}")
    }

    /// The same in a buffer of its own; `nil` when there is nothing to tell.
    var encoded: EncodedPayload? {
        guard !isEmpty else { return nil }
        var writer = JSONWriter(buffer: ByteBuffer())
        write(into: &writer)
        return EncodedPayload(bytes: writer.buffer, utf16Count: writer.utf16Count)
    }
}
