/// `gateway.tracing`: whose traces are continued, which are recorded, and where their spans go.
package struct TracingSettings: Sendable, Hashable {
    /// `nil` for traces that are only passed on.
    package var otlp: OTLPSettings?
    /// The share of traces that are recorded, of those that begin here; 0 to 1.
    package var sample = 1.0
    /// Whether a caller's sampled flag decides for its traces.
    package var followsParent = true
    /// The resource attribute `service.name`.
    package var service = "martlet"
    /// Further resource attributes, by their names in order.
    package var resource: [Attribute] = []
    /// Spans that may wait to be sent.
    package var queue = 2048
    /// Spans of one request to the receiver, at most.
    package var batch = 512
    /// How long a span waits at most while nothing is wrong.
    package var interval = Duration.seconds(5)

    package struct Attribute: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    package init() {}
}

/// `gateway.tracing.otlp`: a receiver of spans, OTLP over HTTP with JSON.
package struct OTLPSettings: Sendable, Hashable {
    /// The whole address, such as `http://collector:4318/v1/traces`.
    package var endpoint: String
    /// Sent with every request.
    package var headers: [Header] = []
    /// For one request.
    package var timeout = Duration.seconds(10)
    /// Where it is written.
    package var place: SourcePlace

    package struct Header: Sendable, Hashable {
        /// Lower case.
        package var name: String
        package var value: Value
    }

    package enum Value: Sendable, Hashable {
        case text(String)
        /// A file that holds it.
        case file(String, SourcePlace)
    }
}
