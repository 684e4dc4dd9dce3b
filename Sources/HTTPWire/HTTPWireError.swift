/// Why bytes of a client cannot be taken as an HTTP request (or, for one case, why we refuse to send a field).
///
/// After any of these the connection is answered with ``status`` and closed: where the next request starts is no longer
/// certain.
///
/// Spec: RFC 9112 §2.2, §3, §5, §6, §7; RFC 9110 §15
package enum HTTPWireError: Error, Equatable, Sendable, CaseIterable {
    // Request line
    case malformedRequestLine, malformedMethod, malformedTarget, malformedVersion
    case requestLineTooLong, unsupportedVersion, http2Preface
    // Line ends, anywhere in a head or in chunk framing
    case bareLineFeed, bareCarriageReturn
    // Field lines
    case malformedFieldName, whitespaceBeforeColon, foldedField, controlCharacter
    case headersTooLarge, tooManyFields
    // What single fields mean
    case missingHost, repeatedHost, malformedHost, conflictingHost
    case malformedContentLength, repeatedContentLength, conflictingFraming, unsupportedTransferCoding
    case repeatedContentType, expectationFailed
    // Body
    case bodyTooLarge, malformedChunkSize, malformedChunk, chunkLineTooLong, chunkOverheadTooLarge
    case malformedTrailer, trailersTooLarge
    // Ours
    case invalidResponseField

    /// Who broke the rule.
    package enum Fault: Sendable {
        /// The client.
        case downstream
        /// This process or its configuration.
        case ours
    }

    /// The client's fault, except for a field that we were about to send.
    package var fault: Fault { self == .invalidResponseField ? .ours : .downstream }

    /// The status to answer with before closing.
    package var status: Int {
        switch self {
        case .bodyTooLarge: 413
        case .requestLineTooLong: 414
        case .expectationFailed: 417
        case .headersTooLarge, .tooManyFields: 431
        case .unsupportedVersion, .http2Preface: 505
        case .invalidResponseField: 500
        case .malformedRequestLine, .malformedMethod, .malformedTarget, .malformedVersion, .bareLineFeed,
            .bareCarriageReturn, .malformedFieldName, .whitespaceBeforeColon, .foldedField, .controlCharacter,
            .missingHost, .repeatedHost, .malformedHost, .conflictingHost, .malformedContentLength,
            .repeatedContentLength,
            .conflictingFraming, .unsupportedTransferCoding, .repeatedContentType, .malformedChunkSize,
            .malformedChunk, .chunkLineTooLong, .chunkOverheadTooLarge, .malformedTrailer, .trailersTooLarge:
            400
        }
    }

    /// A stable word for programs and logs, in snake case.
    package var code: String {
        switch self {
        case .malformedRequestLine: "malformed_request_line"
        case .malformedMethod: "malformed_method"
        case .malformedTarget: "malformed_target"
        case .malformedVersion: "malformed_version"
        case .requestLineTooLong: "request_line_too_long"
        case .unsupportedVersion: "unsupported_version"
        case .http2Preface: "http2_preface"
        case .bareLineFeed: "bare_line_feed"
        case .bareCarriageReturn: "bare_carriage_return"
        case .malformedFieldName: "malformed_field_name"
        case .whitespaceBeforeColon: "whitespace_before_colon"
        case .foldedField: "folded_field"
        case .controlCharacter: "control_character"
        case .headersTooLarge: "headers_too_large"
        case .tooManyFields: "too_many_fields"
        case .missingHost: "missing_host"
        case .repeatedHost: "repeated_host"
        case .malformedHost: "malformed_host"
        case .conflictingHost: "conflicting_host"
        case .malformedContentLength: "malformed_content_length"
        case .repeatedContentLength: "repeated_content_length"
        case .conflictingFraming: "conflicting_framing"
        case .unsupportedTransferCoding: "unsupported_transfer_coding"
        case .repeatedContentType: "repeated_content_type"
        case .expectationFailed: "expectation_failed"
        case .bodyTooLarge: "body_too_large"
        case .malformedChunkSize: "malformed_chunk_size"
        case .malformedChunk: "malformed_chunk"
        case .chunkLineTooLong: "chunk_line_too_long"
        case .chunkOverheadTooLarge: "chunk_overhead_too_large"
        case .malformedTrailer: "malformed_trailer"
        case .trailersTooLarge: "trailers_too_large"
        case .invalidResponseField: "invalid_response_field"
        }
    }

    /// One sentence for the client; it never repeats bytes of the request.
    package var detail: String {
        switch self {
        case .malformedRequestLine: "The request line is not `METHOD target HTTP/1.1` with single spaces."
        case .malformedMethod: "The method holds a character that is not allowed in a token."
        case .malformedTarget: "The request target is not a valid path or URL, or does not fit the method."
        case .malformedVersion: "The request line does not end in an HTTP version such as `HTTP/1.1`."
        case .requestLineTooLong: "The request line is longer than this server accepts."
        case .unsupportedVersion: "This server speaks HTTP/1.1 and HTTP/1.0 on this connection."
        case .http2Preface: "This connection does not accept HTTP/2."
        case .bareLineFeed: "A line ends in LF without CR."
        case .bareCarriageReturn: "A CR is not followed by LF."
        case .malformedFieldName: "A header line has no name, no colon, or a character not allowed in a name."
        case .whitespaceBeforeColon: "There is white space between a header's name and its colon."
        case .foldedField: "A header line starts with white space (line folding is not accepted)."
        case .controlCharacter: "A header value holds a control character."
        case .headersTooLarge: "The header fields together are larger than this server accepts."
        case .tooManyFields: "The request has more header fields than this server accepts."
        case .missingHost: "The request names no host: HTTP/1.1 needs a Host header, HTTP/2 `:authority`."
        case .repeatedHost: "The request has more than one Host header."
        case .malformedHost: "The Host header (or the authority of the target) is not a valid host and port."
        case .conflictingHost: "The Host header names another host than `:authority`."
        case .malformedContentLength: "Content-Length is not one plain decimal number."
        case .repeatedContentLength: "The request has more than one Content-Length header."
        case .conflictingFraming: "The request has both Content-Length and Transfer-Encoding."
        case .unsupportedTransferCoding: "The only transfer coding accepted is a single `chunked` on HTTP/1.1."
        case .repeatedContentType: "The request has more than one Content-Type header."
        case .expectationFailed: "The only expectation this server can meet is 100-continue."
        case .bodyTooLarge: "The request body is larger than this server accepts."
        case .malformedChunkSize: "A chunk size is not a plain hexadecimal number of at most 16 digits."
        case .malformedChunk: "Chunk data or a chunk line is not followed by CRLF, or holds a control character."
        case .chunkLineTooLong: "A chunk-size line is longer than this server accepts."
        case .chunkOverheadTooLarge: "The chunk framing is out of proportion to the data."
        case .malformedTrailer: "A trailer line is malformed."
        case .trailersTooLarge: "The trailers together are larger than this server accepts."
        case .invalidResponseField: "A response field has a bad name, a bad value, or one that only the server may set."
        }
    }
}
