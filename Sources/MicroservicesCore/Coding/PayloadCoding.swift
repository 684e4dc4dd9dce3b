import MessageWire
import NIOCore

/// Payloads between JSON text and the types of handlers and callers.
///
/// The common types take short ways past `Codable`; the result is the same.
package enum PayloadCoding {
    /// Reads a payload.
    ///
    /// - Parameters:
    ///   - type: What is wanted. An optional takes an absent payload as nil.
    ///   - text: Checked JSON text, nil when the packet has no payload.
    /// - Returns: The payload.
    /// - Throws: `DecodingError`, its path and description fit for ``problem(_:)``.
    package static func decode<Payload: Decodable>(
        _ type: Payload.Type, from text: UnsafeRawBufferPointer?
    ) throws -> Payload {
        guard let text else { return try absent(type) }
        if let payload = QuickPayload.read(type, from: text) { return payload }
        let value = JSONValue(checked: text)
        // `JSONValue?`: null is a value here.
        if type == JSONValue?.self, let value = value as? Payload { return value }
        return try PayloadDecoder(value: value).decoded(type)
    }

    private static func absent<Payload: Decodable>(_ type: Payload.Type) throws -> Payload {
        if let optional = type as? any AbsentPayload.Type, let absent = optional.absent as? Payload { return absent }
        if let null = JSONValue.null as? Payload { return null }
        throw DecodingError.valueNotFound(type, .init(codingPath: [], debugDescription: "is required"))
    }

    /// Writes a payload as JSON text.
    ///
    /// - Throws: What the type's own `encode(to:)` throws. What was written until then must be thrown away.
    package static func encode<Payload: Encodable>(_ payload: Payload, into writer: inout JSONWriter) throws {
        if !QuickPayload.write(payload, into: &writer) { writer.value(try PayloadEncoder.encode(payload)) }
    }

    /// What is wrong with a payload, in one sentence for its sender: `items.0.price must be a number`.
    package static func problem(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            return name(context.codingPath + [key]) + " is required"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return name(context.codingPath) + " " + context.debugDescription
        @unknown default:
            return "payload is malformed"
        }
    }

    private static func name(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "payload" : path.map(\.stringValue).joined(separator: ".")
    }
}

/// A payload type that has a value for "there was none".
protocol AbsentPayload {
    static var absent: Self { get }
}

extension Optional: AbsentPayload {
    static var absent: Wrapped? { nil }
}

/// A result type that can say "no answer".
protocol AbsentResult {
    var isAbsent: Bool { get }
}

extension Optional: AbsentResult {
    var isAbsent: Bool {
        if case .none = self { true } else { false }
    }
}
