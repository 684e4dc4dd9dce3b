import MessageWire
import Pipeline

/// How a route's answer is given: `response:`.
package struct ResponseSpec: Sendable {
    /// What a stream of several values becomes.
    package enum Form: String, Sendable, Hashable, CaseIterable {
        /// By the request's `Accept`.
        case negotiate
        case sse
        case ndjson
        case array
        case last
    }

    /// What a negotiated stream becomes when neither SSE nor NDJSON is asked for.
    package enum Otherwise: String, Sendable, Hashable, CaseIterable {
        case last
        case array
    }

    /// `nil`: 200 (204 without a value) for `send`, 202 for `emit`.
    package var status: Int?
    package var headers: [HeaderTemplate] = []
    package var stream = Form.negotiate
    package var otherwise = Otherwise.last
    /// How often an idle stream says that it lives; `nil` is never.
    package var heartbeat: Duration?

    package static let defaults = ResponseSpec()

    /// What a stream becomes where no `Accept` decides; never `.negotiate`.
    package var standardForm: Form {
        guard stream == .negotiate else { return stream }
        return otherwise == .array ? .array : .last
    }

    /// What a stream becomes for a request, by its `Accept` where that decides.
    ///
    /// - Parameter fields: the request's; several lines of `Accept` are one list.
    /// - Returns: never `.negotiate`.
    package func form(for fields: any RequestFields) -> Form {
        guard stream == .negotiate else { return standardForm }
        var preference = StreamPreference()
        fields.forEachValue(of: "accept") { preference.read($0) }
        return preference.form ?? standardForm
    }
}

/// A header of the answer: fixed text with `{$result.id}` and the like in it.
///
/// Every piece that is filled in is percent-encoded, so it can bring neither a CR or LF nor a slash.
package struct HeaderTemplate: Sendable {
    enum Piece: Sendable, Hashable {
        case text(String)
        /// Keys from the root of the answer's value.
        case result([String])
        /// Index into the template's parameters.
        case path(Int)
        case requestID
    }

    /// Lower-case.
    package let name: String
    let pieces: [Piece]

    /// Whether the value depends on the answer, so that it can only be given for an answer of one value.
    package var usesResult: Bool {
        pieces.contains { if case .result = $0 { true } else { false } }
    }

    /// The header's value for one answer.
    ///
    /// - Parameters:
    ///   - result: checked JSON text of the answer's value; `nil` when there is none.
    ///   - request: the request.
    ///   - match: what the lookup filled in for it.
    ///   - path: the route's template.
    /// - Returns: `nil` when a piece leads nowhere or to an object or array: the header is left out then.
    package func value(
        result: UnsafeRawBufferPointer?, request: RequestView, match: RouteMatch, path: PathTemplate
    ) -> String? {
        prepared(request: request, match: match, path: path).value(result: result)
    }

    /// As `encodeURIComponent` does.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: bytes.append(byte)
            case _ where "-_.!~*'()".utf8.contains(byte): bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
