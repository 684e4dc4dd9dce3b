import Routing

/// The counters of one event loop. Plain numbers: nobody else touches them, so counting costs an addition.
///
/// A snapshot of all loops is put together by ``Gateway/metrics()``.
public struct GatewayMetrics: Sendable, Equatable {
    /// What is counted for one route.
    public struct RouteCounters: Sendable, Equatable {
        /// Finished requests by the first digit of their status: index 1 to 5.
        public var statusClasses: [UInt64] = Array(repeating: 0, count: 6)
        /// Nanoseconds of all finished requests together.
        public var totalNanoseconds: UInt64 = 0
        /// Finished requests whose time was below 2^i microseconds (and not below 2^(i-1)), for i = 0...24.
        public var durations: [UInt64] = Array(repeating: 0, count: 25)

        mutating func add(_ other: RouteCounters) {
            for index in statusClasses.indices { statusClasses[index] += other.statusClasses[index] }
            for index in durations.indices { durations[index] += other.durations[index] }
            totalNanoseconds += other.totalNanoseconds
        }
    }

    /// One entry for each route of the table in its order, and one more for requests that matched none.
    public internal(set) var routes: [RouteCounters]
    /// Connections accepted since the start.
    public internal(set) var connectionsAccepted: UInt64 = 0
    /// Connections refused because the limit was reached.
    public internal(set) var connectionsRefused: UInt64 = 0
    /// Connections that ended before their TLS handshake did.
    public internal(set) var handshakesFailed: UInt64 = 0
    /// Connections open now.
    public internal(set) var connectionsOpen = 0
    /// Requests begun and not finished now.
    public internal(set) var requestsInFlight = 0
    /// Requests whose client went away before the answer.
    public internal(set) var requestsAbandoned: UInt64 = 0
    /// Requests sent to services and not answered now.
    public internal(set) var upstreamInFlight = 0
    /// Connections to services open now.
    public internal(set) var upstreamConnections = 0
    /// Requests waiting for a connection to a service now.
    public internal(set) var upstreamQueued = 0

    private var slotsByID: [String: Int] = [:]

    init() { routes = [] }

    /// Where each route of a table is counted, and behind them requests without one. A route keeps its place in the next table.
    mutating func slots(for table: RouteTable) -> [Int] {
        (table.routes.map(\.id) + [""]).map { id in
            if let slot = slotsByID[id] { return slot }
            slotsByID[id] = routes.count
            routes.append(RouteCounters())
            return routes.count - 1
        }
    }

    @inline(__always)
    mutating func finished(slot route: Int, status: Int, nanoseconds: Int64) {
        let duration = UInt64(max(nanoseconds, 0))
        let bucket = min(64 - (duration / 1000).leadingZeroBitCount, 24)
        routes[route].statusClasses[min(max(status / 100, 0), 5)] += 1
        routes[route].totalNanoseconds += duration
        routes[route].durations[bucket] += 1
    }

    mutating func add(_ other: GatewayMetrics) {
        for index in routes.indices where index < other.routes.count { routes[index].add(other.routes[index]) }
        connectionsAccepted += other.connectionsAccepted
        connectionsRefused += other.connectionsRefused
        handshakesFailed += other.handshakesFailed
        connectionsOpen += other.connectionsOpen
        requestsInFlight += other.requestsInFlight
        requestsAbandoned += other.requestsAbandoned
        upstreamInFlight += other.upstreamInFlight
        upstreamConnections += other.upstreamConnections
        upstreamQueued += other.upstreamQueued
    }
}
