import MessageWire
import NIOCore
import Pipeline

/// A trace and our places in it: the span that the gateway is for its caller, and the one that the message is for the service.
///
/// Numbers alone, so that following a trace that nobody records allocates and counts nothing; a `tracestate` is kept beside it.
///
/// Spec: W3C Trace Context (Recommendation), §3
struct TraceContext: Equatable, Sendable {
    /// The trace id's first half.
    var traceHigh: UInt64
    /// Its second half; never both 0.
    var traceLow: UInt64
    /// The caller's span; 0 when the trace began here.
    var parent: UInt64
    /// The gateway's span for the whole request.
    var request: UInt64
    /// The span that stands in the packet: the service's spans are its children.
    var message: UInt64
    /// Whether its spans are recorded.
    var isSampled: Bool

    /// Beyond it the state is dropped, as W3C's §3.3.1.5 allows.
    private static let maxStateBytes = 512

    /// Goes on with the trace of a request, or begins one.
    ///
    /// - Parameters:
    ///   - fields: With `traceparent`; what is not well-formed, or stands there twice, begins a new trace.
    ///   - ids: Makes ids.
    ///   - sampling: Which traces are recorded.
    ///   - followsParent: Whether the caller's flag decides for its traces.
    init(_ fields: borrowing some RequestFields, ids: inout TraceIDs, sampling: Sampling, followsParent: Bool) {
        (request, message) = (ids.next(), ids.next())
        guard let text = fields.firstValue(of: "traceparent"), let known = TraceParent(text), Self.isAlone(fields)
        else {
            (traceHigh, traceLow, parent) = (ids.next(), ids.next(), 0)
            isSampled = sampling.keeps(traceLow)
            return
        }
        (traceHigh, traceLow, parent) = (known.traceHigh, known.traceLow, known.span)
        isSampled = followsParent ? known.isSampled : sampling.keeps(known.traceLow)
    }

    /// Of two nobody knows which is meant.
    private static func isAlone(_ fields: borrowing some RequestFields) -> Bool {
        var count = 0
        fields.forEachValue(of: "traceparent") { _ in count += 1 }
        return count == 1
    }

    /// What vendors have put beside the caller's trace, unread: `nil` for nothing, or for a trace that began here.
    func state(_ fields: some RequestFields) -> String? {
        guard parent != 0, fields.firstValue(of: "tracestate") != nil else { return nil }
        return Self.joined(fields)
    }

    private static func joined(_ fields: some RequestFields) -> String? {
        var parts: [String] = []
        var bytes = 0
        fields.forEachValue(of: "tracestate") { value in
            bytes += value.count + 1
            if bytes <= maxStateBytes + 1 { parts.append(String(decoding: value, as: UTF8.self)) }
        }
        guard bytes <= maxStateBytes + 1 else { return nil }
        let joined = parts.joined(separator: ",")
        return !joined.isEmpty && joined.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? joined : nil
    }

    /// The digits of a trace id.
    static let traceIDBytes = 2 * RequestID.length

    /// Writes them.
    @inline(__always)
    func writeTraceID(to place: UnsafeMutableRawPointer) {
        RequestID(bits: traceHigh).write(to: place)
        RequestID(bits: traceLow).write(to: place + RequestID.length)
    }

    /// Thirty-two hex digits.
    var traceID: String { RequestID(bits: traceHigh).description + RequestID(bits: traceLow).description }
}

/// What a `traceparent` says.
///
/// Spec: W3C Trace Context (Recommendation), §3.2; of later versions what version 00 knows, §4
struct TraceParent: Equatable {
    var traceHigh: UInt64
    var traceLow: UInt64
    var span: UInt64
    var isSampled: Bool

    /// Bytes of version 00: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`.
    static let length = 55

    init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
    }

    /// - Returns: `nil` when it is not well-formed.
    init?(_ text: UnsafeRawBufferPointer) {
        guard text.count >= Self.length, text[2] == 0x2D, text[35] == 0x2D, text[52] == 0x2D,
            let version = Self.value(text, 0..<2), version != 0xFF,
            text.count == Self.length || (version != 0 && text[55] == 0x2D),
            let high = Self.value(text, 3..<19), let low = Self.value(text, 19..<35), high | low != 0,
            let span = Self.value(text, 36..<52), span != 0, let flags = Self.value(text, 53..<55)
        else { return nil }
        (traceHigh, traceLow, self.span) = (high, low, span)
        // Of flags that later versions may have, we know one.
        isSampled = flags & 1 == 1
    }

    /// Lower-case digits only.
    private static func value(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        for index in range {
            let digit = text[index]
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    /// Lends the text.
    @inline(__always)
    func withText(_ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 56, alignment: 8) { text in
            guard let base = text.baseAddress else { return }
            write(to: base)
            body(UnsafeRawBufferPointer(rebasing: text[..<Self.length]))
        }
    }

    /// Writes the text to memory that has room for it.
    @inline(__always)
    func write(to place: UnsafeMutableRawPointer) {
        place.copyMemory(from: ("00-" as StaticString).utf8Start, byteCount: 3)
        RequestID(bits: traceHigh).write(to: place + 3)
        RequestID(bits: traceLow).write(to: place + 19)
        place.storeBytes(of: 0x2D, toByteOffset: 35, as: UInt8.self)
        RequestID(bits: span).write(to: place + 36)
        place.storeBytes(of: 0x2D, toByteOffset: 52, as: UInt8.self)
        place.storeBytes(of: 0x30, toByteOffset: 53, as: UInt8.self)
        place.storeBytes(of: isSampled ? 0x31 : 0x30, toByteOffset: 54, as: UInt8.self)
    }

    var text: String {
        var result = ""
        withText { result = String(decoding: $0, as: UTF8.self) }
        return result
    }
}

extension TraceContext {
    /// What the service is told.
    var outgoing: TraceParent {
        TraceParent(traceHigh: traceHigh, traceLow: traceLow, span: message, isSampled: isSampled)
    }
}

/// Makes ids of traces and spans. They have to be unlike each other, not hard to guess, so they come from memory and not from the
/// system: a counter with a step of its own, of which the two halves of a product are mixed (the function of wyrand).
struct TraceIDs: Sendable {
    private var counter: UInt64
    private let step: UInt64
    private let key: UInt64

    init() {
        counter = .random(in: .min ... .max)
        step = .random(in: .min ... .max) | 1
        key = .random(in: .min ... .max)
    }

    /// Never 0, which is no id.
    @inline(__always)
    mutating func next() -> UInt64 {
        counter &+= step
        let product = counter.multipliedFullWidth(by: counter ^ key)
        let id = product.high ^ product.low
        return id == 0 ? 1 : id
    }
}
