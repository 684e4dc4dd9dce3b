/// The bounds of one pool: the connections of one event loop to one service.
///
/// Every bound has an effect when it is reached: a further request waits, or is refused with a clear reason. All times
/// are nanoseconds of the driver's clock; `Int64.max` is no bound.
package struct PoolLimits: Sendable, Equatable {
    /// Connections to each endpoint that are opened in advance and kept.
    package var minConnections = 0
    /// Connections to each endpoint at most. Few is good: requests that share a connection share its writes.
    package var maxConnections = 2
    /// Requests that wait for an answer on one connection; above it the next connection is used.
    package var maxInFlightPerConnection = 1024
    /// Requests that wait for a connection; above it a request is refused (`overloaded`).
    package var maxQueued = 1000
    /// How long a request waits for a connection.
    package var queueTimeout: Int64 = 500_000_000
    /// How long opening a connection may take.
    package var connectTimeout: Int64 = 1_000_000_000
    /// A connection above the minimum that was unused for so long is closed.
    package var idleTimeout: Int64 = 300_000_000_000
    /// Whether a request that would be refused, because every endpoint was found unreachable a moment ago, has them tried again
    /// at once, and waits for the outcome as whoever comes meanwhile does. Attempts that nobody asks for keep to the backoff.
    package var retriesOnDemand = false

    /// Named defaults: 0 to 2 connections, 1024 in flight on each, 1000 queued for up to 500 ms.
    package static let defaults = PoolLimits()

    /// The defaults; change what differs.
    package init() {}
}
