import Instrumentation
import Pipeline
import Tracing

/// The span of a message, by whatever tracer the program has chosen (`InstrumentationSystem.bootstrap`); without one there is none,
/// and nothing is looked at.
///
/// A message whose metadata has a `traceparent` goes on with its sender's trace: Martlet's gateway sends one, and so does every
/// client that says so.
extension Exchange {
    /// Begins the span.
    func beginSpan() {
        var context = ServiceContext.topLevel
        if metadata != nil {
            InstrumentationSystem.instrument.extract(
                MessageContext(message: self).metadata, into: &context, using: MetadataExtractor())
        }
        let span = startSpan(pattern.text, context: context, ofKind: id == nil ? .consumer : .server)
        span.updateAttributes { attributes in
            attributes["rpc.system"] = "nestjs"
            attributes["rpc.method"] = pattern.text
            if let address = peer.address { attributes["network.peer.address"] = "\(address)" }
        }
        self.span = span
    }

    /// The handler's error is the span's.
    func spanFailed(_ error: any Error) {
        guard let span else { return }
        span.recordError(error)
        span.setStatus(SpanStatus(code: .error))
    }

    /// Runs a handler that never awaits below the span.
    func tracing(_ operation: () -> Void) {
        guard let span else { return operation() }
        ServiceContext.$current.withValue(span.context, operation: operation)
    }

    /// Runs a handler's task below the span.
    func tracing(_ operation: @Sendable () async -> Void) async {
        guard let span else { return await operation() }
        await ServiceContext.$current.withValue(span.context) { await operation() }
    }
}

/// Reads the metadata of a packet.
private struct MetadataExtractor: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}
