import MessageWire
import MicroservicesCore
import NIOCore

/// What a packet tells its handler beside the payload: which request it belongs to, and its place in a trace.
struct MessageMetadata {
    let requestID: String?
    let trace: TraceContext?
    /// Goes with the trace.
    let state: String?

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
            if let state {
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

/// `{"traceparent":"..."}`, which most packets of a gateway that traces carry, in memory of which a packet changes the digits alone.
struct TraceMetadata: ~Copyable {
    private let text: UnsafeMutableRawBufferPointer
    private static let before: StaticString = "{\"traceparent\":\""
    private static let behind: StaticString = "\"}"

    init() {
        let (before, behind) = (Self.before, Self.behind)
        let end = before.utf8CodeUnitCount + TraceParent.length
        text = .allocate(byteCount: end + behind.utf8CodeUnitCount, alignment: 8)
        text.copyBytes(from: UnsafeRawBufferPointer(start: before.utf8Start, count: before.utf8CodeUnitCount))
        UnsafeMutableRawBufferPointer(rebasing: text[end...]).copyBytes(
            from: UnsafeRawBufferPointer(start: behind.utf8Start, count: behind.utf8CodeUnitCount))
    }

    deinit { text.deallocate() }

    /// The metadata for one packet, valid until the next one's: ASCII, a code unit for each byte.
    @inline(__always)
    func with(_ parent: TraceParent) -> UnsafeRawBufferPointer {
        if let base = text.baseAddress { parent.write(to: base + Self.before.utf8CodeUnitCount) }
        return UnsafeRawBufferPointer(text)
    }
}
