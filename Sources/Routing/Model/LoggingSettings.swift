/// `gateway.logging`: which lines there are, how they look and where they go. What is `nil` was not written.
package struct LoggingSettings: Sendable, Hashable {
    /// Lines of requests.
    package var access: AccessLineSettings?
    /// The lowest level of the gateway's own lines.
    package var level: LogLevelName?
    /// The form of the gateway's own lines.
    package var format: AccessLogSettings.Format?
    /// Where the gateway's own lines go.
    package var destination: LogDestination?

    package static let defaults = LoggingSettings()
}

/// `gateway.logging.access`: a line for each request.
package struct AccessLineSettings: Sendable, Hashable {
    /// `format: none`.
    package var isOff = false
    /// `nil` for text.
    package var format: AccessLogSettings.Format?
    /// In their order; `nil` for the default ones.
    package var fields: [AccessField]?
    /// The share of lines that are kept, 0 to 1; failures always are.
    package var sample = 1.0
    /// Only answers from this status on; 0 for all.
    package var minStatus = 0
    /// `nil` for standard output.
    package var destination: LogDestination?

    package init() {}
}

/// The levels of swift-log.
package enum LogLevelName: String, Sendable, Hashable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

/// Where lines go.
package enum LogDestination: Sendable, Hashable {
    case standardOutput
    case standardError
    /// A path, and where it is written.
    case file(String, SourcePlace)
}

/// What an access line can say of a request.
///
/// Neither a query, a header (but the two that are asked for by name) nor a body is among them: they hold secrets more often than
/// not.
package enum AccessField: String, Sendable, Hashable, CaseIterable {
    case time, client, method, path, host, `protocol`, route, service, status, code, duration, bytesIn, bytesOut
    case requestId, traceId, upstream, queueTime, firstReplyTime, upstreamTime
    case userAgent, referer, tls, identity

    /// What stands in lines of text unless the route file says otherwise.
    package static let standardText: [AccessField] = [
        .time, .status, .method, .path, .duration, .bytesOut, .client, .route, .code, .requestId,
    ]
    /// What stands in lines of JSON unless the route file says otherwise.
    package static let standardJSON: [AccessField] = [
        .time, .status, .method, .path, .route, .code, .duration, .bytesOut, .client, .requestId,
    ]

    /// The member of a JSON line, and the name in a line of text.
    package var key: String {
        switch self {
        case .time: "ts"
        case .duration: "duration_ms"
        case .bytesIn: "bytes_in"
        case .bytesOut: "bytes"
        case .requestId: "request_id"
        case .traceId: "trace_id"
        case .queueTime: "queue_ms"
        case .firstReplyTime: "first_reply_ms"
        case .upstreamTime: "upstream_ms"
        case .userAgent: "user_agent"
        default: rawValue
        }
    }
}
