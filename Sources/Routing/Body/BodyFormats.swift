/// What a route takes as a body: `consumes:`.
package struct BodyFormats: Sendable, Hashable {
    package enum Format: String, Sendable, Hashable, CaseIterable {
        /// `application/json`, `+json`, or no content type at all.
        case json
        /// `application/x-www-form-urlencoded`, which becomes an object of texts.
        case form
        /// `text/*` in UTF-8, which becomes a string.
        case text
        /// Anything none of the others takes, which becomes a string in base64.
        case binary
        /// `multipart/form-data`, which becomes an object, with a rule for each part.
        case multipart

        fileprivate var bit: UInt8 {
            switch self {
            case .json: 1
            case .form: 2
            case .text: 4
            case .binary: 8
            case .multipart: 16
            }
        }
    }

    /// A set of formats, one bit each: every request with a body asks it.
    package struct Formats: Sendable, Hashable, ExpressibleByArrayLiteral {
        private var bits: UInt8 = 0

        package init(arrayLiteral formats: Format...) {
            for format in formats { insert(format) }
        }

        package func contains(_ format: Format) -> Bool { bits & format.bit != 0 }

        /// Adds a format; answers whether it was not there before.
        @discardableResult
        package mutating func insert(_ format: Format) -> Bool {
            guard !contains(format) else { return false }
            bits |= format.bit
            return true
        }
    }

    /// How to read one body.
    package enum Selection: Sendable, Hashable {
        case json
        case form
        case text
        case binary
        case multipart(boundary: String)
    }

    package var formats: Formats
    /// For `multipart`.
    package var multipart: MultipartRules

    /// JSON only.
    package static let defaults = BodyFormats(formats: [.json], multipart: MultipartRules(parts: []))

    /// Chooses by the request's content type.
    ///
    /// - Parameter contentType: the field's value, `nil` when there is none.
    /// - Returns: how to read the body.
    /// - Throws: ``PayloadError`` with status 415 (or 400 for a field that is not well-formed).
    package func select(contentType: UnsafeRawBufferPointer?) throws(PayloadError) -> Selection {
        guard let contentType else {
            if formats.contains(.json) { return .json }
            if formats.contains(.binary) { return .binary }
            throw refusal("A request to this route needs a content type.")
        }
        guard let type = MediaType(contentType) else {
            throw PayloadError(code: "invalid_content_type", message: "The content type is not well-formed.")
        }
        if type.isJSON, formats.contains(.json) {
            try checkCharset(type)
            return .json
        }
        if type.essence == "application/x-www-form-urlencoded" {
            guard formats.contains(.form) else { throw formRefusal }
            try checkCharset(type)
            return .form
        }
        if type.essence == "multipart/form-data", formats.contains(.multipart) {
            guard let boundary = type["boundary"], (1...70).contains(boundary.utf8.count) else {
                throw PayloadError(
                    code: "invalid_content_type", message: "multipart/form-data needs a boundary of 1 to 70 characters."
                )
            }
            return .multipart(boundary: boundary)
        }
        if type.essence.hasPrefix("text/"), formats.contains(.text) {
            try checkCharset(type)
            return .text
        }
        if formats.contains(.binary), !type.isJSON, type.essence != "multipart/form-data" { return .binary }
        throw refusal("The content type \(type.essence) is not taken here.")
    }

    private func checkCharset(_ type: MediaType) throws(PayloadError) {
        guard let charset = type["charset"]?.lowercased(), charset != "utf-8", charset != "utf8" else { return }
        throw refusal("The charset must be utf-8.")
    }

    private func refusal(_ message: String) -> PayloadError {
        let names = Format.allCases.filter(formats.contains).map(\.mediaType).joined(separator: ", ")
        return PayloadError(status: 415, code: "unsupported_media_type", message: "\(message) Send \(names).")
    }

    /// What `curl -d` sends: refused because a browser may send it to another origin without asking first.
    private var formRefusal: PayloadError {
        guard formats.contains(.json) else {
            return refusal("The content type application/x-www-form-urlencoded is not taken here.")
        }
        return PayloadError(
            status: 415, code: "unsupported_media_type",
            message: "This route takes JSON, not application/x-www-form-urlencoded: use `curl --json`, "
                + "or add `-H 'content-type: application/json'`.")
    }
}

extension BodyFormats.Format {
    /// For messages.
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .form: "application/x-www-form-urlencoded"
        case .text: "text/plain"
        case .binary: "application/octet-stream"
        case .multipart: "multipart/form-data"
        }
    }
}
