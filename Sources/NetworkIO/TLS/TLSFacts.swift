/// What is known of a client by its TLS connection.
package struct TLSFacts: Sendable, Hashable {
    /// The subject of the client's verified certificate as RFC 2253 writes it, such as `CN=shop,O=Example`; `nil` without one.
    package var subject: String?
    /// Whether an earlier session was gone on with, which costs no private key operation.
    package var isResumed: Bool
    /// The version that is spoken, such as `TLSv1.3`.
    package var version: String?

    package init(subject: String? = nil, isResumed: Bool = false, version: String? = nil) {
        self.subject = subject
        self.isResumed = isResumed
        self.version = version
    }
}
