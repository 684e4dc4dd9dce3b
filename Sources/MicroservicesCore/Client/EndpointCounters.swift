import Pooling

/// What one event loop has counted of one endpoint of a service.
package struct EndpointCounters: Sendable {
    /// The same for all pools of an event loop that count together.
    package var tally: ObjectIdentifier?
    /// Requests that were put on a connection.
    package var requests: UInt64 = 0
    /// Events that were put on a connection.
    package var events: UInt64 = 0
    /// Answers that are errors.
    package var errorAnswers: UInt64 = 0
    /// From the sending of a request to the end of its answer.
    package var latency = LatencyHistogram()
    /// Requests whose connection ended before their answer.
    package var lost: UInt64 = 0
    /// Requests without an answer in time.
    package var timedOut: UInt64 = 0
    /// Requests on a connection that was closed because of bytes that are no frame.
    package var badFrames: UInt64 = 0
    /// Requests on a connection that was closed because of a frame above the limit.
    package var tooLarge: UInt64 = 0
    /// Connections that were opened.
    package var connected: UInt64 = 0
    /// Attempts to connect that failed.
    package var connectFailures: UInt64 = 0

    /// Makes one with zeros.
    package init() {}

    /// Counts requests that were sent and got no answer.
    mutating func failed(_ failure: UpstreamFailure, count: Int = 1) {
        switch failure {
        case .lost: lost &+= UInt64(count)
        case .timedOut: timedOut &+= UInt64(count)
        case .badFrame: badFrames &+= UInt64(count)
        case .answerTooLarge: tooLarge &+= UInt64(count)
        // Never sent, so no endpoint's failures.
        case .unavailable, .cannotConnect, .overloaded, .closing, .notSerialized: break
        // The endpoint answered; whoever asked was too slow.
        case .fellBehind: break
        }
    }
}

/// The counters of an endpoint, which a pool and its connections write.
///
/// World: one event loop.
final class EndpointTally {
    var counters = EndpointCounters()

    init() { counters.tally = ObjectIdentifier(self) }
}

/// What a pool has not sent, which it counts.
///
/// World: one event loop.
final class RefusalTally {
    var counts = PoolRefusals()

    init() { counts.tally = ObjectIdentifier(self) }
}

/// What a pool has counted and has at present.
package struct PoolSnapshot: Sendable {
    /// One endpoint.
    package struct Endpoint: Sendable {
        /// As it is written in logs: `host:port`.
        package var address: String
        /// Connections open now.
        package var open: Int
        /// Connections being opened now.
        package var connecting: Int
        /// Whether the latest attempt to connect failed.
        package var isDown: Bool
        /// Whether an operator has taken it out of service.
        package var isDraining: Bool
        /// Requests that wait for its answer now.
        package var inFlight: Int
        /// What was counted since the pool was made.
        package var counters: EndpointCounters
    }

    /// The service's name.
    package var service: String
    /// In the order of the configuration.
    package var endpoints: [Endpoint]
    /// Messages that wait for a connection now.
    package var queued: Int
    /// What was never sent, by why.
    package var refusals: PoolRefusals
}

/// Messages that a pool did not send.
package struct PoolRefusals: Sendable {
    /// The same for all pools of an event loop that count together.
    package var tally: ObjectIdentifier?
    /// Every connection was full and so was the queue, or the wait in it took too long.
    package var overloaded: UInt64 = 0
    /// There was no connection to any endpoint.
    package var unavailable: UInt64 = 0
    /// The pool was closing.
    package var closing: UInt64 = 0

    mutating func count(_ refusal: PoolRefusal) {
        switch refusal {
        case .overloaded: overloaded &+= 1
        case .unavailable: unavailable &+= 1
        case .closing: closing &+= 1
        }
    }
}
