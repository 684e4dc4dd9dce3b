import NIOCore
import Routing

/// Makes an `ExportTraceServiceRequest` of spans that are in the JSON form of protobuf already.
///
/// Spec: OTLP 1.3, "JSON Protobuf Encoding"
struct OTLPEncoder: Sendable {
    /// What every request begins with, up to the list of spans.
    private let head: ByteBuffer

    /// - Parameters:
    ///   - service: `service.name`.
    ///   - version: That of the gateway.
    ///   - resource: Further attributes of the resource.
    init(service: String, version: String, resource: [TracingSettings.Attribute]) {
        var text = LineBuffer()
        text.ascii("{\"resourceSpans\":[{\"resource\":{\"attributes\":")
        text.attributes(
            [SpanRecord.Attribute("service.name", .text(service))] + resource.map { .init($0.name, .text($0.value)) })
        text.ascii("},\"scopeSpans\":[{\"scope\":{\"name\":\"martlet\",\"version\":")
        text.json(version)
        text.ascii("},\"spans\":[")
        head = ByteBuffer(bytes: text.bytes)
    }

    func encode(_ spans: [ByteBuffer]) -> ByteBuffer {
        let tail: StaticString = "]}]}]}"
        var request = ByteBuffer()
        request.reserveCapacity(
            spans.reduce(head.readableBytes + tail.utf8CodeUnitCount) { $0 + $1.readableBytes + 1 })
        request.writeImmutableBuffer(head)
        for (index, span) in spans.enumerated() {
            if index > 0 { request.writeInteger(UInt8(ascii: ",")) }
            request.writeImmutableBuffer(span)
        }
        request.writeStaticString(tail)
        return request
    }
}
