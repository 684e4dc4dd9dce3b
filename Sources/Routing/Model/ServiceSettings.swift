/// One entry of `services:`: an upstream, spoken to over the NestJS TCP transport.
package struct ServiceSettings: Sendable, Hashable {
    package var name: String
    /// Never empty. Messages are spread over them in turn (`roundRobin`).
    package var endpoints: [EndpointAddress]
    package var pool: PoolSettings
    /// For routes that do not say otherwise.
    package var timeout: TimeoutSettings
    /// The largest answer taken from this service, bytes of the frame. Beyond: 502 `answer_too_large`.
    package var maxAnswerBytes: Int
    /// `nil` for plain TCP.
    package var tls: ServiceTLS?
    package var place: SourcePlace

    /// Whether connections made for one serve the other: all is equal but for what only routes look at, and the place.
    package func isSameUpstream(as other: ServiceSettings) -> Bool {
        name == other.name && endpoints == other.endpoints && pool == other.pool
            && maxAnswerBytes == other.maxAnswerBytes && tls?.placeless == other.tls?.placeless
    }

    /// 16 MiB: far above usual answers, far below Nest's own 128 Mi code units.
    package static let defaultMaxAnswerBytes = 16 << 20
}

/// The connections to one service, for each event loop.
package struct PoolSettings: Sendable, Hashable {
    package var min = 0
    package var max = 2
    package var maxInFlightPerConnection = 1024
    /// Requests that may wait for a connection. Beyond: 503 `upstream_overloaded`.
    package var queue = 1000
    package var queueTimeout = Duration.milliseconds(500)
    package var connectTimeout = Duration.seconds(1)
    /// After which an unused connection above `min` is closed.
    package var idle = Duration.seconds(300)

    package static let defaults = PoolSettings()
}

/// The three clocks of an answer; `nil` is `none`, which must be written out.
///
/// One value `V` means `{ first: V, idle: V, total: none }`: a plain answer is there after `V`, and a stream may go
/// on as long as it is not silent for longer than that.
package struct TimeoutSettings: Sendable, Hashable {
    /// From sending the message to the first frame of its answer.
    package var first: Duration?
    /// Between two frames of an answer.
    package var idle: Duration?
    /// From sending the message to the end of its answer.
    package var total: Duration?

    package init(first: Duration?, idle: Duration?, total: Duration?) {
        self.first = first
        self.idle = idle
        self.total = total
    }

    /// 5 seconds: no request waits for ever.
    package static let defaults = TimeoutSettings(first: .seconds(5), idle: .seconds(5), total: nil)
}
