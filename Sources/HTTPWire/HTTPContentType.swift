/// The media type of an answer, checked once, and then only copied.
///
/// Spec: RFC 9110 §8.3
package struct HTTPContentType: Sendable, Hashable {
    /// The value of `content-type`.
    package let text: String

    private init(known text: String) { self.text = text }

    /// Takes any media type, as a route file may name one.
    ///
    /// - Parameter text: the value of `content-type`.
    /// - Throws: `invalidResponseField` if it is empty or cannot stand on one line.
    package init(_ text: String) throws(HTTPWireError) {
        guard !text.isEmpty, FieldValidation.isValue(text) else { throw .invalidResponseField }
        self.text = text
    }

    /// `application/json`
    package static var json: HTTPContentType { HTTPContentType(known: "application/json") }
    /// `application/problem+json`. Spec: RFC 9457
    package static var problemJSON: HTTPContentType { HTTPContentType(known: "application/problem+json") }
    /// `application/x-ndjson`
    package static var ndjson: HTTPContentType { HTTPContentType(known: "application/x-ndjson") }
    /// `text/event-stream`
    package static var eventStream: HTTPContentType { HTTPContentType(known: "text/event-stream") }
    /// `text/plain; charset=utf-8`
    package static var text: HTTPContentType { HTTPContentType(known: "text/plain; charset=utf-8") }
    /// `application/octet-stream`
    package static var octetStream: HTTPContentType { HTTPContentType(known: "application/octet-stream") }
}
