import MessageWire
import Microservices
import NIOCore

/// What a packet tells its handler beside the payload: which request it belongs to, and its place in a trace.
struct MessageMetadata {
    let requestID: String?
    let trace: TraceContext?

    /// `{"x-request-id":"...","traceparent":"...","tracestate":"..."}`; `nil` when there is nothing to tell.
    var encoded: EncodedPayload? {
        let members = [("x-request-id", requestID), ("traceparent", trace?.parent), ("tracestate", trace?.state)]
        var writer = JSONWriter(buffer: ByteBuffer())
        var isEmpty = true
        for case (let name, let value?) in members {
            writer.ascii(isEmpty ? "{" : ",")
            writer.string(name)
            writer.ascii(":")
            writer.string(value)
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        writer.ascii("}")
        return EncodedPayload(bytes: writer.buffer, utf16Count: writer.utf16Count)
    }
}
