import Pooling

/// What a gateway has counted since its start, and what it has at present: the sum of its event loops.
///
/// ``Gateway/metrics()`` makes one. Counters only ever grow while the gateway runs, but those of a route or an endpoint go away
/// with it when the route file is reloaded without it.
public struct GatewayMetrics: Sendable {
    /// How long things took.
    public struct Histogram: Sendable, Hashable {
        /// The upper bounds of all buckets but the last, which has none; nanoseconds.
        public static let bounds: [UInt64] = LatencyHistogram.bounds
        /// How many there are in each bucket (not in it and those before it); one more than there are bounds.
        public var counts: [UInt64]
        /// All times together, nanoseconds.
        public var sumNanoseconds: UInt64

        /// How many there are.
        public var count: UInt64 { counts.reduce(0, &+) }
    }

    /// Finished requests with the same end.
    public struct Outcome: Sendable, Hashable {
        /// The answer's status; 499 for a client that was gone before.
        public var status: Int
        /// The error code as in `docs/errors.md`; empty for a success, `other` for a code of the service's own.
        public var reason: String
        /// How many there were.
        public var count: UInt64
    }

    /// What is counted of one route.
    public struct Route: Sendable {
        /// The route's id; empty for the requests that matched no route.
        public var id: String
        /// The service that it calls; empty for none.
        public var service: String
        /// Finished requests, by status and reason.
        public var outcomes: [Outcome] = []
        /// From the whole request to its whole answer.
        public var duration = Histogram()
        /// Requests that are under way.
        public var inFlight = 0
        /// Bytes of request bodies.
        public var bytesIn: UInt64 = 0
        /// Bytes of answers' bodies.
        public var bytesOut: UInt64 = 0
        /// Answers that came from the cache.
        public var cacheHits: UInt64 = 0
        /// Requests whose answer was not in the cache.
        public var cacheMisses: UInt64 = 0
        /// Requests that shared a message which was on its way already.
        public var collapsed: UInt64 = 0
    }

    /// One address of a service.
    public struct Endpoint: Sendable {
        /// Whether messages can go there.
        public enum State: String, Sendable, CaseIterable {
            /// It has a connection.
            case up
            /// The first connection is being opened.
            case connecting
            /// The latest attempt to connect failed.
            case down
            /// It has no connection, and nobody wants one.
            case idle
            /// It takes no further messages, because an operator said so.
            case draining
        }

        /// `host:port` as the route file has it.
        public var address: String
        /// Whether messages can go there.
        public var state = State.idle
        /// Connections that are open.
        public var connections = 0
        /// Connections that are being opened.
        public var connecting = 0
        /// Requests that wait for its answer.
        public var inFlight = 0
        /// Requests sent to it.
        public var requests: UInt64 = 0
        /// Events sent to it.
        public var events: UInt64 = 0
        /// Answers of it that were errors.
        public var errorAnswers: UInt64 = 0
        /// Requests sent to it that got no answer, by reason: `upstream_lost`, `upstream_timeout`, `bad_frame` and
        /// `answer_too_large`.
        public var failures: [String: UInt64] = [:]
        /// Connections that were opened.
        public var connected: UInt64 = 0
        /// Attempts to connect that failed.
        public var connectFailures: UInt64 = 0
        /// From the sending of a request to the end of its answer.
        public var latency = Histogram()
        /// Only requests of earlier route files still wait for it; nothing is counted of it any more.
        package var isRetired = false
    }

    /// One service of the route file.
    public struct Service: Sendable {
        /// Its name.
        public var name: String
        /// In the order of the route file.
        public var endpoints: [Endpoint] = []
        /// Messages that wait for a connection.
        public var queued = 0
        /// Messages that were not sent because every connection and the queue were full, or the wait took too long.
        public var overloaded: UInt64 = 0
        /// Messages that were not sent because there was no connection to any endpoint.
        public var unavailable: UInt64 = 0
        /// The route file no longer has it; nothing is counted of it any more.
        package var isRetired = false
    }

    /// One address that is listened on.
    public struct Listener: Sendable {
        /// `host:port` as the route file has it.
        public var address: String
        /// Connections accepted.
        public var accepted: UInt64 = 0
        /// Connections refused because the limit was reached.
        public var refused: UInt64 = 0
        /// Connections open, by what they speak: `http1`, `http2`, and `handshake` for those whose TLS handshake runs.
        public var open: [String: Int] = [:]
    }

    /// One event loop.
    public struct Loop: Sendable {
        /// Its number, from zero.
        public var index: Int
        /// What its thread has used, nanoseconds.
        public var cpuNanoseconds: UInt64
        /// How much later than asked for a task that is due every second ran.
        public var lag: Histogram
    }

    /// By id, the requests without a route first. Routes without any request are among them.
    public internal(set) var routes: [Route] = []
    /// In the order of the route file.
    public internal(set) var services: [Service] = []
    /// By address.
    public internal(set) var listeners: [Listener] = []
    /// By number.
    public internal(set) var loops: [Loop] = []
    /// TLS handshakes of clients that were completed.
    public internal(set) var handshakesSucceeded: UInt64 = 0
    /// Those of them that went on with an earlier session.
    public internal(set) var handshakesResumed: UInt64 = 0
    /// Connections that ended before their TLS handshake did.
    public internal(set) var handshakesFailed: UInt64 = 0
    /// Requests begun and not finished now, those without a route among them.
    public internal(set) var requestsInFlight = 0
    /// Requests whose client went away before the answer.
    public internal(set) var requestsAbandoned: UInt64 = 0

    /// Which route table is in force; `nil` when nobody has said so.
    package var reload: ReloadFacts?
    /// What became of lines and spans; `nil` when nobody has said so.
    package var observation: ObservationFacts?

    /// Connections accepted since the start.
    public var connectionsAccepted: UInt64 { listeners.reduce(0) { $0 + $1.accepted } }
    /// Connections refused because the limit was reached.
    public var connectionsRefused: UInt64 { listeners.reduce(0) { $0 + $1.refused } }
    /// Connections open now.
    public var connectionsOpen: Int { listeners.reduce(0) { $0 + $1.open.values.reduce(0, +) } }
    /// Requests sent to services and not answered now.
    public var upstreamInFlight: Int { endpoints.reduce(0) { $0 + $1.inFlight } }
    /// Connections to services open now.
    public var upstreamConnections: Int { endpoints.reduce(0) { $0 + $1.connections } }
    /// Requests waiting for a connection to a service now.
    public var upstreamQueued: Int { services.reduce(0) { $0 + $1.queued } }

    private var endpoints: [Endpoint] { services.flatMap(\.endpoints) }
}

extension GatewayMetrics.Route {
    /// Finished requests by status, ascending.
    public var statuses: [(status: Int, count: UInt64)] {
        let sums = Dictionary(outcomes.map { ($0.status, $0.count) }, uniquingKeysWith: +)
        return sums.map { (status: $0.key, count: $0.value) }.sorted { $0.status < $1.status }
    }

    /// Finished requests that failed, by reason.
    public var reasons: [String: UInt64] {
        let failed = outcomes.filter { !$0.reason.isEmpty }
        return Dictionary(failed.map { ($0.reason, $0.count) }, uniquingKeysWith: +)
    }

    /// Finished requests.
    public var finished: UInt64 { duration.count }
}
