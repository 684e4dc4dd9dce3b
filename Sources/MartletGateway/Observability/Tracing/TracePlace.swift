import ServiceContextModule

/// A span in its trace, as it goes from task to task.
struct TracePlace: Sendable {
    var traceHigh: UInt64
    var traceLow: UInt64
    var span: UInt64
    var isSampled: Bool
    var state: String?
    /// Where spans below it go; `nil` where that is not known.
    var queue: SpanQueue?

    /// What others are told.
    var parent: TraceParent {
        TraceParent(traceHigh: traceHigh, traceLow: traceLow, span: span, isSampled: isSampled)
    }
}

private enum TracePlaceKey: ServiceContextKey {
    typealias Value = TracePlace
    static var nameOverride: String? { "martlet-trace" }
}

extension ServiceContext {
    var tracePlace: TracePlace? {
        get { self[TracePlaceKey.self] }
        set { self[TracePlaceKey.self] = newValue }
    }

    /// The `traceparent` that stands for this context (W3C Trace Context); `nil` without a trace of Martlet's.
    public var traceParent: String? { tracePlace?.parent.text }

    /// The context of a request's enhancers.
    init(_ trace: TraceContext, state: String?, queue: SpanQueue?) {
        self = .topLevel
        tracePlace = TracePlace(
            traceHigh: trace.traceHigh, traceLow: trace.traceLow, span: trace.request, isSampled: trace.isSampled,
            state: state, queue: queue)
    }
}
