import Instrumentation
import Logging
import MessageWire
import Pipeline
import Synchronization
import Tracing

/// Martlet's tracer for swift-distributed-tracing: spans that guards, pipes, interceptors and filters of your own begin with
/// `withSpan` are children of the gateway's span for the request, and go where that goes.
///
/// ```swift
/// InstrumentationSystem.bootstrap(MartletTracer.shared)      // `martlet serve` has done it
///
/// func canActivate(_ context: ExecutionContext) async throws -> Bool {
///     try await withSpan("ask the tenant service") { _ in try await tenants.allow(context) }
/// }
/// ```
///
/// Without a trace that is recorded a span costs a small object and is not kept.
public final class MartletTracer: Tracer {
    /// The tracer of the process.
    public static let shared = MartletTracer()

    /// What spans that have no parent go by: the gateway that was started last.
    private let tracing = Mutex<GatewayTracing?>(nil)
    private let ids = Mutex(TraceIDs())

    private init() {}

    func use(_ tracing: GatewayTracing) { self.tracing.withLock { $0 = tracing } }

    func stopUsing(_ tracing: GatewayTracing) {
        self.tracing.withLock { if $0 === tracing { $0 = nil } }
    }

    /// Adds `trace_id` and `span_id` to the lines of loggers, where there is a trace.
    public static let metadataProvider = Logger.MetadataProvider {
        guard let place = ServiceContext.current?.tracePlace else { return [:] }
        return [
            "trace_id": "\(RequestID(bits: place.traceHigh))\(RequestID(bits: place.traceLow))",
            "span_id": "\(RequestID(bits: place.span))",
        ]
    }

    /// Begins a span: a child of the context's, or one of a new trace.
    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> MartletSpan {
        var context = context()
        let parent = context.tracePlace
        let span = ids.withLock { $0.next() }
        let place: TracePlace
        if let parent {
            place = TracePlace(
                traceHigh: parent.traceHigh, traceLow: parent.traceLow, span: span, isSampled: parent.isSampled,
                state: parent.state, queue: parent.queue ?? tracing.withLock { $0 }?.queue)
        } else {
            let tracing = tracing.withLock { $0 }
            let (high, low) = ids.withLock { ($0.next(), $0.next()) }
            place = TracePlace(
                traceHigh: high, traceLow: low, span: span, isSampled: tracing?.sampling.keeps(low) ?? false,
                state: nil, queue: tracing?.queue)
        }
        context.tracePlace = place
        return MartletSpan(
            operationName, context, place, parent: parent?.span ?? 0, kind: SpanRecord.Kind(kind),
            start: place.isSampled ? instant().nanosecondsSinceEpoch : 0)
    }

    /// Does nothing: spans are sent in batches, and when the gateway stops.
    public func forceFlush() {}

    /// Takes over `traceparent` and `tracestate`, if they are well-formed.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard var text = extractor.extract(key: "traceparent", from: carrier),
            let parent = text.withUTF8({ TraceParent(UnsafeRawBufferPointer($0)) })
        else { return }
        context.tracePlace = TracePlace(
            traceHigh: parent.traceHigh, traceLow: parent.traceLow, span: parent.span, isSampled: parent.isSampled,
            state: extractor.extract(key: "tracestate", from: carrier), queue: nil)
    }

    /// Writes `traceparent` and `tracestate`.
    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let place = context.tracePlace else { return }
        injector.inject(place.parent.text, forKey: "traceparent", into: &carrier)
        if let state = place.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}

extension SpanRecord.Kind {
    init(_ kind: SpanKind) {
        switch kind {
        case .server: self = .server
        case .client: self = .client
        case .producer: self = .producer
        case .consumer: self = .consumer
        default: self = .internal
        }
    }
}
