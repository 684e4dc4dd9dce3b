import Instrumentation
import Synchronization
import Tracing

/// A span of ``MartletTracer``.
///
/// Any thread.
public final class MartletSpan: Span {
    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var status: SpanStatus?
        var events: [SpanEvent] = []
        var links: [SpanLink] = []
        var isEnded = false
    }

    /// With this span in it.
    public let context: ServiceContext
    private let place: TracePlace
    private let parent: UInt64
    private let kind: SpanRecord.Kind
    private let start: UInt64
    private let state: Mutex<State>

    /// Events and links of one span; more are left out.
    private static let maxEvents = 128

    init(
        _ name: String, _ context: ServiceContext, _ place: TracePlace, parent: UInt64, kind: SpanRecord.Kind,
        start: UInt64
    ) {
        self.context = context
        self.place = place
        self.parent = parent
        self.kind = kind
        self.start = start
        state = Mutex(State(name: name))
    }

    /// Whether anything that is said of it is kept.
    public var isRecording: Bool { place.isSampled && place.queue != nil && state.withLock { !$0.isEnded } }

    /// What is done.
    public var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    /// What is known of it.
    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { if isRecording { state.withLock { $0.attributes = newValue } } }
    }

    /// Says how it went.
    public func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }

    /// Notes something at a moment.
    public func addEvent(_ event: SpanEvent) {
        guard isRecording else { return }
        state.withLock { if $0.events.count < Self.maxEvents { $0.events.append(event) } }
    }

    /// Notes an error as an event.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        guard isRecording else { return }
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        attributes["exception.message"] = "\(error)"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    /// Refers to another span.
    public func addLink(_ link: SpanLink) {
        guard isRecording else { return }
        state.withLock { if $0.links.count < Self.maxEvents { $0.links.append(link) } }
    }

    /// Ends it; what is said of it afterwards is not kept.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard place.isSampled, let queue = place.queue else { return }
        let end = instant().nanosecondsSinceEpoch
        let record = state.withLock { state -> SpanRecord? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            return ended(state, end: end)
        }
        if let record { queue.add([record.encoded]) }
    }

    private func ended(_ state: State, end: UInt64) -> SpanRecord {
        var record = SpanRecord(
            traceHigh: place.traceHigh, traceLow: place.traceLow, span: place.span, parent: parent, state: place.state,
            name: state.name, kind: kind, start: start, end: end)
        record.attributes = Self.attributes(state.attributes)
        record.events = state.events.map { event in
            SpanRecord.Event(
                name: event.name, time: event.nanosecondsSinceEpoch, attributes: Self.attributes(event.attributes))
        }
        record.links = state.links.compactMap { link in
            link.context.tracePlace.map {
                SpanRecord.Link(
                    traceHigh: $0.traceHigh, traceLow: $0.traceLow, span: $0.span,
                    attributes: Self.attributes(link.attributes))
            }
        }
        if let status = state.status, status.code == .error {
            record.isError = true
            record.message = status.message ?? ""
        }
        return record
    }

    private static func attributes(_ attributes: SpanAttributes) -> [SpanRecord.Attribute] {
        var result: [SpanRecord.Attribute] = []
        attributes.forEach { name, value in result.append(SpanRecord.Attribute(name, SpanRecord.Value(value))) }
        return result.sorted { $0.name < $1.name }
    }
}

extension SpanRecord.Value {
    init(_ value: SpanAttribute) {
        switch value {
        case .int32(let value): self = .integer(Int(value))
        case .int64(let value): self = .integer(Int(value))
        case .double(let value): self = .double(value)
        case .bool(let value): self = .bool(value)
        case .string(let value): self = .text(value)
        case .stringConvertible(let value): self = .text("\(value)")
        case .int32Array(let values): self = .list(values.map { .integer(Int($0)) })
        case .int64Array(let values): self = .list(values.map { .integer(Int($0)) })
        case .doubleArray(let values): self = .list(values.map { .double($0) })
        case .boolArray(let values): self = .list(values.map { .bool($0) })
        case .stringArray(let values): self = .list(values.map { .text($0) })
        case .stringConvertibleArray(let values): self = .list(values.map { .text("\($0)") })
        default: self = .text("")
        }
    }
}
