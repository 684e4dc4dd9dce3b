import MessageWire

/// How errors become HTTP answers: `errors:`, the route's own keys over the file's.
package struct ErrorSpec: Sendable, Hashable {
    package enum Format: String, Sendable, Hashable, CaseIterable {
        /// `application/problem+json`, RFC 9457.
        case problem
        /// Nest's own `{statusCode, message, error}`.
        case nest
    }

    /// An entry such as `422: { when: { code: EMAIL_TAKEN }, title: ... }`.
    package struct Case: Sendable, Hashable {
        package let status: Int
        /// Fields of the service's error, all of which must have these values.
        let conditions: [JSONValue.Member]
        package let title: String?

        /// Whether an error of a service is one of these.
        package func matches(_ error: JSONValue) -> Bool {
            conditions.allSatisfy { error[$0.name] == $0.value }
        }
    }

    package var format = Format.problem
    /// Fields of the service's error in which a status is looked for; the first hit wins.
    package var statusFrom = ["statusCode", "status", "code"]
    /// Names of errors, and their status.
    package var map: [String: Int] = [:]
    /// The status of an error that says nothing else.
    package var otherwise = 502
    /// Whether answers may show what the service said word for word. Not for production.
    package var debug = false
    /// The route's before the file's.
    package var cases: [Case] = []

    package static let defaults = ErrorSpec()

    /// The text Nest's server sends for a pattern nobody handles.
    static let noHandlerText = "There is no matching message handler defined in the remote service."

    /// What an `err` of a service means.
    package struct Outcome: Sendable, Hashable {
        package let status: Int
        /// `no_handler`, or the error's own `code` when that is a text, or `service_error`.
        package let code: String
        package let title: String?
        /// JSON text of the error's message (a string, or an array as validation makes them), as a range of the error's
        /// text; `nil` when the client must not see it.
        package let message: Range<Int>?
    }

    /// Decides by the table of answers: cases first, then `statusFrom` and `map`, then Nest's unknown throw, then
    /// `otherwise`.
    ///
    /// Only an error whose status somebody chose (the service, or the file) shows its message; of any other the client
    /// learns nothing.
    ///
    /// - Parameter error: checked JSON text of the packet's `err`.
    /// - Returns: what to answer.
    package func outcome(forError error: UnsafeRawBufferPointer) -> Outcome {
        let fields = ErrorFields(error)
        if fields.text(nil) == Self.noHandlerText {
            return Outcome(status: 502, code: "no_handler", title: nil, message: nil)
        }
        let code = fields.publicCode ?? "service_error"
        if let match = cases.first(where: { $0.conditions.allSatisfy { fields.value($0.name) == $0.value } }) {
            return Outcome(status: match.status, code: code, title: match.title, message: fields.message)
        }
        if let status = chosenStatus(fields) {
            return Outcome(status: status, code: code, title: nil, message: fields.message)
        }
        if fields.text("status") == "error", fields.text("message") == "Internal server error" {
            return Outcome(status: 500, code: "service_error", title: nil, message: fields.message)
        }
        return Outcome(status: otherwise, code: code, title: nil, message: debug ? fields.message : nil)
    }

    private func chosenStatus(_ fields: ErrorFields) -> Int? {
        for name in statusFrom {
            guard let text = fields.value(name)?.scalarText else { continue }
            if let status = map[text] { return status }
            if case .number = fields.value(name), text.utf8.count == 3, let status = Int(text),
                (400...599).contains(status)
            {
                return status
            }
        }
        // `new RpcException('NOT_FOUND')` arrives as a message; an exception filter may send a bare text.
        for name in ["name", "message", nil] {
            if let text = fields.text(name), let status = map[text] { return status }
        }
        return nil
    }
}

/// Looks into the JSON text of an error.
struct ErrorFields {
    let text: UnsafeRawBufferPointer
    private let isObject: Bool

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
        isObject = JSONScanner.kind(of: text) == .object
    }

    /// A field; `nil` as name is the error itself.
    func value(_ name: String?) -> JSONValue? {
        guard isObject || name == nil else { return nil }
        return JSONScanner.find(name.map { [$0] } ?? [], in: text).map {
            JSONValue(checked: UnsafeRawBufferPointer(rebasing: text[$0]))
        }
    }

    func text(_ name: String?) -> String? {
        guard case .string(let text) = value(name) else { return nil }
        return text
    }

    /// The error's own code, if it looks like one: letters, digits, `_ . -`, at most 64.
    var publicCode: String? {
        guard let code = text("code"), (1...64).contains(code.utf8.count) else { return nil }
        let isPlain = code.utf8.allSatisfy { FieldReader.isTokenCharacter($0) }
        return isPlain ? code : nil
    }

    /// Where the message stands: a field of that name, or the whole when the error is a text.
    var message: Range<Int>? {
        guard let range = JSONScanner.find(isObject ? ["message"] : [], in: text) else { return nil }
        switch JSONScanner.kind(of: UnsafeRawBufferPointer(rebasing: text[range])) {
        case .string, .array: return range
        case .null, .bool, .number, .object: return nil
        }
    }
}
