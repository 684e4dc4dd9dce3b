import MessageWire
import Pipeline

/// A trace and our place in it.
struct TraceContext: Equatable {
    /// `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`
    let parent: String
    /// What vendors have put beside it, unread.
    let state: String?

    private static let maxStateBytes = 512

    init(_ fields: any RequestFields, using generator: inout some RandomNumberGenerator) {
        let span = Self.hex(UInt64.random(in: 1 ... .max, using: &generator))
        var values: [[UInt8]] = []
        fields.forEachValue(of: "traceparent") { values.append(Array($0)) }
        guard values.count == 1, let known = Self.parsed(values[0]) else {
            let trace = (0..<2).map { _ in Self.hex(UInt64.random(in: 1 ... .max, using: &generator)) }.joined()
            parent = "00-\(trace)-\(span)-00"
            state = nil
            return
        }
        parent = "00-\(known.trace)-\(span)-\(known.flags)"
        var parts: [String] = []
        fields.forEachValue(of: "tracestate") { parts.append(String(decoding: $0, as: UTF8.self)) }
        let joined = parts.joined(separator: ",")
        let isPlain = joined.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        state = !joined.isEmpty && isPlain && joined.utf8.count <= Self.maxStateBytes ? joined : nil
    }

    /// The parts that are sent on; `nil` when it is not well-formed.
    private static func parsed(_ text: [UInt8]) -> (trace: String, flags: String)? {
        guard text.count >= 55, text[2] == 0x2D, text[35] == 0x2D, text[52] == 0x2D,
            let version = value(text[0..<2]), version != 0xFF,
            version == 0 ? text.count == 55 : (text.count == 55 || text[55] == 0x2D),
            let high = value(text[3..<19]), let low = value(text[19..<35]), high | low != 0,
            let span = value(text[36..<52]), span != 0, let flags = value(text[53..<55])
        else { return nil }
        // Of flags that later versions may have, we know one.
        return (String(decoding: text[3..<35], as: UTF8.self), flags & 1 == 1 ? "01" : "00")
    }

    /// Lower-case digits only.
    private static func value(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    private static func hex(_ bits: UInt64) -> String { RequestID(bits: bits).description }
}
