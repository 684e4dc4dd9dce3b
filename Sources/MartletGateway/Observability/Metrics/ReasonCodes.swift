/// The reasons that requests are counted by: the error codes of `docs/errors.md`, as small numbers.
///
/// A fixed set, because a service may put any text into its errors' `code`, and each reason makes a time series.
enum ReasonCodes {
    /// Any code that is not the gateway's own.
    static let other: UInt8 = 1

    /// By number; 0 is a success.
    static let all: [String] = [
        "", "other",
        "answer_too_large", "bad_frame", "bad_path", "bare_carriage_return", "bare_line_feed", "body_timeout",
        "body_too_large", "chunk_line_too_long", "chunk_overhead_too_large", "client_gone", "client_too_slow",
        "conflicting_framing", "conflicting_host", "control_character", "expectation_failed", "folded_field",
        "forbidden", "guard_unavailable", "header_timeout", "headers_too_large", "http2_preface",
        "insufficient_scope", "internal_error", "invalid_body", "invalid_content_type", "invalid_parameter",
        "invalid_query", "invalid_request", "invalid_token", "malformed_chunk", "malformed_chunk_size",
        "malformed_content_length", "malformed_field_name", "malformed_host", "malformed_json", "malformed_method",
        "malformed_request_line", "malformed_target", "malformed_trailer", "malformed_version", "method_not_allowed",
        "missing_host", "no_handler", "not_found", "part_too_large", "rate_limited", "repeated_content_length",
        "repeated_content_type", "repeated_host", "request_line_too_long", "service_error", "shutdown_deadline",
        "tls_required", "too_many_connections", "too_many_fields", "trailers_too_large", "unauthorized",
        "unsupported_media_type", "unsupported_transfer_coding", "unsupported_version", "upstream_lost",
        "upstream_overloaded", "upstream_timeout", "upstream_unavailable", "validation_failed",
        "whitespace_before_colon",
    ]

    private static let numbers = Dictionary(
        uniqueKeysWithValues: all.enumerated().map { ($1, UInt8($0)) })

    /// Looked up for failures only.
    static func number(of code: String) -> UInt8 { numbers[code] ?? other }
}
