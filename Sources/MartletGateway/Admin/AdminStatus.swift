/// Everything about a gateway at one moment: what `/status`, the live page and `martlet top` show. Counters are since the start;
/// rates and percentiles of the last seconds are put in by ``AdminSampler``.
package struct AdminStatus: Sendable {
    package struct Route: Sendable {
        package var id: String
        /// `GET /users/:id`; empty for requests without a route.
        package var match: String
        package var service: String
        /// `send` or `emit`.
        package var verb: String
        package var requests: UInt64 = 0
        /// Answers 400 to 499.
        package var clientErrors: UInt64 = 0
        /// Answers 500 to 599.
        package var serverErrors: UInt64 = 0
        /// By code, of those that were no success.
        package var reasons: [String: UInt64] = [:]
        package var inFlight = 0
        package var latency = GatewayMetrics.Histogram()

        package init(id: String, match: String, service: String, verb: String) {
            self.id = id
            self.match = match
            self.service = service
            self.verb = verb
        }
    }

    package struct Endpoint: Sendable {
        /// `host:port` as the route file has it.
        package var address: String
        /// `up`, `connecting`, `down`, `idle`, `draining` or `drained`.
        package var state: String
        package var connections = 0
        package var inFlight = 0
        package var requests: UInt64 = 0
        package var connectFailures: UInt64 = 0
        /// By reason, of requests that got no answer.
        package var failures: [String: UInt64] = [:]
        package var latency = GatewayMetrics.Histogram()

        package init(address: String, state: String) {
            self.address = address
            self.state = state
        }

        /// Whether messages can go there now.
        package var isUp: Bool { state == "up" }
    }

    package struct Service: Sendable {
        package var name: String
        package var endpoints: [Endpoint] = []
        /// Messages that wait for a connection.
        package var queued = 0
        /// Messages refused because everything was full.
        package var overloaded: UInt64 = 0
        /// Messages refused because no endpoint could be reached.
        package var unavailable: UInt64 = 0

        package init(name: String) { self.name = name }

        package var isUp: Bool { endpoints.contains(where: \.isUp) }
    }

    package struct Connections: Sendable {
        package var open = 0
        package var accepted: UInt64 = 0
        package var refused: UInt64 = 0
        package var upstream = 0

        package init() {}
    }

    package struct Reloads: Sendable {
        package var generation = 1
        package var hash = ""
        package var loadedAt: Timestamp?
        package var lastSucceeded = true
        package var lastAttemptAt: Timestamp?
        package var succeeded = 0
        package var failed = 0

        package init() {}
    }

    package var phase: GatewayPhase
    package var at: Timestamp
    /// Nanoseconds of a clock that never goes back.
    package var monotonic: Int64
    package var startedAt: Timestamp
    package var addresses: [String] = []
    package var loops = 0
    package var routes: [Route] = []
    package var services: [Service] = []
    package var connections = Connections()
    package var requestsInFlight = 0
    package var reloads = Reloads()

    package init(phase: GatewayPhase, at: Timestamp, monotonic: Int64, startedAt: Timestamp) {
        self.phase = phase
        self.at = at
        self.monotonic = monotonic
        self.startedAt = startedAt
    }
}
