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
        writer.ascii("{")
        if let requestID {
            writer.ascii("\"x-request-id\":")
            writer.string(requestID)
        }
        if let trace {
            writer.ascii(requestID == nil ? "\"traceparent\":\"" : ",\"traceparent\":\"")
            trace.outgoing.withText { writer.raw($0, utf16Count: TraceParent.length) }
            writer.ascii("\"")
            if let state = trace.state {
                writer.ascii(",\"tracestate\":")
                writer.string(state)
            }
        }
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
