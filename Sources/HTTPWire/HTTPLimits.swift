/// What a peer may make us hold or scan, in bytes and counts; every field defends from one way of exhausting us.
///
/// All values are clamped to at most 1 GiB (2^30 fields) when a parser takes them, so that offsets fit in 32 bits.
package struct HTTPLimits: Sendable, Equatable {
    /// The request line without its CRLF, in bytes (default 8 KiB, as nginx and HAProxy); over it: 414.
    package var maxRequestLineBytes = 8 * 1024
    /// All field lines of one head together, with their CRLFs, in bytes (default 16 KiB); over it: 431.
    package var maxHeaderBytes = 16 * 1024
    /// Field lines of one head (default 100): defends from many tiny fields; over it: 431.
    package var maxHeaderCount = 100
    /// A decoded request body, in bytes (default 1 MiB); over it: 413. A route may set its own, see
    /// ``HTTP1RequestParser/setBodyLimit(_:)``.
    package var maxBodyBytes = 1024 * 1024
    /// One chunk-size line with its extensions, without its CRLF, in bytes (default 256); over it: 400.
    package var maxChunkLineBytes = 256
    /// All trailer lines of one chunked body together, with their CRLFs, in bytes (default 4 KiB); over it: 400.
    package var maxTrailerBytes = 4096
    /// What chunk framing may cost beyond a fair share, in bytes (default 16 KiB); over it: 400.
    ///
    /// Each chunk brings its framing bytes and is forgiven 16 bytes plus twice its data; what is left adds up. So a
    /// body of one-byte chunks with long extensions is refused early, and honest small chunks never are
    /// (the measure of Go's CVE-2023-39326).
    package var maxChunkOverheadBytes = 16 * 1024

    /// The safe values above.
    package static let defaults = HTTPLimits()

    /// Starts from the defaults.
    package init() {}

    /// The same limits with nothing negative and nothing above 2^30 (the body limit keeps its full range).
    func clamped() -> HTTPLimits {
        func clamp(_ value: Int) -> Int { min(max(value, 0), 1 << 30) }
        var result = self
        result.maxRequestLineBytes = clamp(maxRequestLineBytes)
        result.maxHeaderBytes = clamp(maxHeaderBytes)
        result.maxHeaderCount = clamp(maxHeaderCount)
        result.maxBodyBytes = max(maxBodyBytes, 0)
        result.maxChunkLineBytes = clamp(maxChunkLineBytes)
        result.maxTrailerBytes = clamp(maxTrailerBytes)
        result.maxChunkOverheadBytes = clamp(maxChunkOverheadBytes)
        return result
    }
}
