import HTTPWire
import Pipeline

/// What guards and interceptors have found out about a request before its message is made, and what they have to say in
/// its answer, whatever it is.
///
/// Made only for a request for which there is something to remember.
///
/// World: one event loop.
final class Admission {
    /// Fields of the answer. Of one name the last counts.
    var fields: [HTTPField] = []
    /// Fields that nobody sets.
    var removed: [String] = []
    var claims: ClaimSet?
    /// The client's own request id, when it is taken.
    var requestID: String?
    /// W3C trace context to send on.
    var trace: TraceContext?
    /// The `tracestate` that belongs to it.
    var traceState: String?
    /// What the client takes, noted while its request can still be looked at.
    var acceptedEncodings: AcceptedEncodings = []
    var ifNoneMatch: String?

    /// Puts a field in the place of one of the same name. What an answer varies by adds up.
    func set(_ field: HTTPField) {
        fields.removeAll { $0.name == field.name && (field.name != "vary" || $0.value == field.value) }
        fields.append(field)
    }
}

extension Optional where Wrapped == Admission {
    /// What is remembered of the request; from now on there is something.
    mutating func noted() -> Admission {
        if let self { return self }
        let admission = Admission()
        self = admission
        return admission
    }
}

/// Compressions that a client understands.
struct AcceptedEncodings: OptionSet {
    let rawValue: UInt8
    static let gzip = AcceptedEncodings(rawValue: 1)
    static let br = AcceptedEncodings(rawValue: 2)
}
