/// Metrics as text, and what kind of text it is.
public struct MetricsText: Sendable {
    /// The value of `Content-Type`.
    public let contentType: String
    /// The whole text.
    public let text: String

    package init(contentType: String, text: String) {
        self.contentType = contentType
        self.text = text
    }
}
