import MessageWire

/// What an error answer says, before it is written.
package struct ErrorContent {
    package var status: Int
    /// Stable, snake case for the gateway's own: `upstream_timeout`.
    package var code: String
    /// `nil`: the status' own phrase.
    package var title: String?
    /// One sentence; `nil` when the message says it.
    package var detail: String?
    /// The request id.
    package var instance: String?
    /// Checked JSON text for `message`: a string or an array. `nil`: the detail.
    package var message: UnsafeRawBufferPointer?
    /// Checked JSON text of the service's whole error; written only when ``ErrorSpec/debug`` is set.
    package var debug: UnsafeRawBufferPointer?
    /// What is wrong with a request, thing by thing; written as `errors` in a problem.
    package var errors: [JSONValue] = []

    package init(
        status: Int, code: String, title: String? = nil, detail: String? = nil, instance: String? = nil,
        message: UnsafeRawBufferPointer? = nil, debug: UnsafeRawBufferPointer? = nil
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.instance = instance
        self.message = message
        self.debug = debug
    }
}

extension ErrorSpec {
    /// The content type of what ``render(_:into:)`` writes.
    package var contentType: String {
        switch format {
        case .problem: "application/problem+json"
        case .nest: "application/json; charset=utf-8"
        }
    }

    /// Writes an error's body.
    package func render(_ content: ErrorContent, into writer: inout JSONWriter) {
        switch format {
        case .problem: renderProblem(content, into: &writer)
        case .nest: renderNest(content, into: &writer)
        }
    }

    /// Spec: RFC 9457 §3
    private func renderProblem(_ content: ErrorContent, into writer: inout JSONWriter) {
        let phrase = StatusPhrase.of(content.status)
        writer.ascii("{\"type\":\"about:blank\",\"title\":")
        writer.string(content.title ?? phrase)
        writer.ascii(",\"status\":")
        writer.integer(content.status)
        writer.ascii(",\"detail\":")
        if let message = content.message, JSONScanner.kind(of: message) == .string, content.detail == nil {
            writer.raw(message, utf16Count: UTF16Count.of(message))
        } else {
            writer.string(content.detail ?? content.title ?? phrase)
        }
        if let instance = content.instance {
            writer.ascii(",\"instance\":")
            writer.string(instance)
        }
        writer.ascii(",\"code\":")
        writer.string(content.code)
        writeMessage(content, into: &writer)
        if !content.errors.isEmpty {
            writer.ascii(",\"errors\":")
            writer.value(.array(content.errors))
        }
        writeDebug(content, into: &writer)
        writer.ascii("}")
    }

    private func renderNest(_ content: ErrorContent, into writer: inout JSONWriter) {
        writer.ascii("{\"statusCode\":")
        writer.integer(content.status)
        writeMessage(content, into: &writer)
        writer.ascii(",\"error\":")
        writer.string(content.title ?? StatusPhrase.of(content.status))
        writeDebug(content, into: &writer)
        writer.ascii("}")
    }

    private func writeMessage(_ content: ErrorContent, into writer: inout JSONWriter) {
        writer.ascii(",\"message\":")
        if let message = content.message {
            writer.raw(message, utf16Count: UTF16Count.of(message))
        } else {
            writer.string(content.detail ?? content.title ?? StatusPhrase.of(content.status))
        }
    }

    private func writeDebug(_ content: ErrorContent, into writer: inout JSONWriter) {
        guard debug, let text = content.debug else { return }
        writer.ascii(",\"debug\":")
        writer.raw(text, utf16Count: UTF16Count.of(text))
    }
}

/// The registered phrase of a status.
///
/// Spec: RFC 9110 §15
enum StatusPhrase {
    static func of(_ status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 418: "I'm a teapot"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 424: "Failed Dependency"
        case 425: "Too Early"
        case 426: "Upgrade Required"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 451: "Unavailable For Legal Reasons"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        case 508: "Loop Detected"
        case 511: "Network Authentication Required"
        default: status >= 500 ? "Server Error" : "Client Error"
        }
    }
}
