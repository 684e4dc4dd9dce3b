import HTTPWire
import MessageWire
import MicroservicesCore
import Routing

/// An answer that the gateway itself gives instead of the service.
struct GatewayError: Error {
    /// 400 to 599.
    var status: Int
    /// Stable and machine-readable, snake case.
    var code: String
    /// One sentence for the client.
    var detail: String
    /// Such as `allow` and `retry-after`.
    var fields: [HTTPField] = []
    /// One sentence for each thing that is wrong, as Nest's validation has them; empty when the detail says it all.
    var messages: [String] = []
    /// The same with their places, for programs.
    var errors: [JSONValue] = []

    init(status: Int, code: String, detail: String, fields: [HTTPField] = []) {
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields
    }

    /// A request that the parser refused.
    init(_ error: HTTPWireError) {
        self.init(status: error.status, code: error.code, detail: error.detail)
    }

    /// A message that got no answer. The status tells the three outcomes apart: never sent (503), sent and lost (502), no
    /// answer in time (504).
    init(_ failure: UpstreamFailure) {
        switch failure {
        case .unavailable(let retryAfter):
            self.init(
                status: 503, code: "upstream_unavailable",
                detail: "The service is not reachable; the request was not sent.",
                fields: Self.retryAfter(nanoseconds: retryAfter))
        case .cannotConnect:
            // Of a client proxy that an enhancer has; the gateway's own pools say `unavailable`.
            self.init(UpstreamFailure.unavailable(retryAfter: 0))
        case .overloaded:
            self.init(
                status: 503, code: "upstream_overloaded",
                detail: "The service has too many requests in flight; the request was not sent.",
                fields: Self.retryAfter(nanoseconds: 0))
        case .closing:
            self.init(
                status: 503, code: "upstream_unavailable", detail: "The gateway is stopping; the request was not sent.",
                fields: Self.retryAfter(nanoseconds: 0))
        case .notSerialized:
            // No service of a route file has a serializer.
            self.init(
                status: 500, code: "internal_error", detail: "The request could not be carried out; it was not sent.")
        case .lost:
            self.init(
                status: 502, code: "upstream_lost",
                detail: "The connection to the service ended before its answer; the request may have been carried out.")
        case .badFrame:
            self.init(status: 502, code: "bad_frame", detail: "The service sent bytes that are not a valid message.")
        case .answerTooLarge, .fellBehind:
            self.init(
                status: 502, code: "answer_too_large", detail: "The service's answer is above the configured limit.")
        case .timedOut:
            self.init(
                status: 504, code: "upstream_timeout",
                detail: "The service did not answer in time; the request may have been carried out.")
        }
    }

    /// A request that cannot become its route's message.
    init(_ error: PayloadError) {
        self.init(status: error.status, code: error.code, detail: error.detail)
    }

    /// A body that is not JSON, or JSON that is not let through.
    static func malformedJSON(_ error: JSONScanError) -> GatewayError {
        GatewayError(status: 400, code: "malformed_json", detail: "The body is not acceptable JSON: \(error).")
    }

    static let headerTimeout = GatewayError(
        status: 408, code: "header_timeout", detail: "The request's head did not arrive in time.")
    static let bodyTimeout = GatewayError(
        status: 408, code: "body_timeout", detail: "The request's body did not arrive in time.")
    static let clientTooSlow = GatewayError(
        status: 503, code: "client_too_slow",
        detail: "The client has too many answers unread; this one was dropped. The request may have been carried out.")
    static let notFound = GatewayError(status: 404, code: "not_found", detail: "No route matches this path.")
    static let answerTooLarge = GatewayError(UpstreamFailure.answerTooLarge)
    static let internalError = GatewayError(
        status: 500, code: "internal_error", detail: "The request could not be carried out.")
    static let forbidden = GatewayError(status: 403, code: "forbidden", detail: "Forbidden resource")
    static let guardUnavailable = GatewayError(
        status: 503, code: "guard_unavailable", detail: "Whether this is allowed cannot be found out at present.",
        fields: retryAfter(nanoseconds: 0))

    static func methodNotAllowed(allow: String) -> GatewayError {
        GatewayError(
            status: 405, code: "method_not_allowed", detail: "This path takes \(allow).",
            fields: [field("allow", allow)].compactMap { $0 })
    }

    /// Whole seconds, at least one: the field has no smaller unit (RFC 9110 §10.2.3).
    static func retryAfter(nanoseconds: Int64) -> [HTTPField] {
        [field("retry-after", "\(wholeSeconds(nanoseconds: nanoseconds))")].compactMap { $0 }
    }

    static func wholeSeconds(nanoseconds: Int64) -> Int64 { max(1, (nanoseconds + 999_999_999) / 1_000_000_000) }

    static func field(_ name: String, _ value: String) -> HTTPField? { try? HTTPField(name: name, value: value) }
}
