/// Why a request cannot become its route's message: always the client's fault.
package struct PayloadError: Error, Sendable, Hashable {
    /// 400, 413 (a part of a form is too large) or 415.
    package let status: Int
    /// Stable, for programs: `invalid_parameter`, `invalid_query`, `invalid_body`, `part_too_large`,
    /// `unsupported_media_type`.
    package let code: String
    /// One sentence; for a pipe, Nest's own.
    package let message: String
    /// Which input is meant, as the route file names it (`path.id`, `query.values`); `nil` when it is the whole.
    package let parameter: String?

    init(status: Int = 400, code: String, message: String, parameter: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.parameter = parameter
    }

    /// The message with the name of what it is about: `path.id: Validation failed (numeric string is expected)`.
    package var detail: String { parameter.map { "\($0): \(message)" } ?? message }

    static func invalid(_ parameter: String, _ message: String) -> PayloadError {
        PayloadError(code: "invalid_parameter", message: message, parameter: parameter)
    }

    static func query(_ message: String, parameter: String? = nil) -> PayloadError {
        PayloadError(code: "invalid_query", message: message, parameter: parameter)
    }

    static func body(_ message: String, parameter: String? = nil) -> PayloadError {
        PayloadError(code: "invalid_body", message: message, parameter: parameter)
    }
}
