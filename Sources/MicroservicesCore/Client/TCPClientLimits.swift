import NetworkIO
import Pooling

/// What a client proxy takes at most: connections, messages under way and waiting, bytes, time.
///
/// The defaults are what a NestJS client does, which has one connection and no bound of its own, with bounds that no ordinary
/// use reaches. A call waits in the queue as long as its own timeout lets it.
public struct TCPClientLimits: Sendable, Hashable {
    /// Connections that are open at the same time; another one is opened when those before it are full. Default 1, as in NestJS.
    public var maxConnections = 1

    /// Requests that wait for their answers on one connection, 65,535 at most, which is the default; at the limit further ones go
    /// to the next connection, or wait in the queue.
    public var maxRequestsInFlight = 65_535

    /// Messages that wait for a connection: while one is opened, while all are full, while the service does not read. One more fails
    /// with ``UpstreamFailure/overloaded``. Default 65,536.
    public var maxQueued = 65_536

    /// Bytes of their payloads; a message that would exceed it fails with ``UpstreamFailure/overloaded``, but for one that waits
    /// alone. Default 64 MiB; defends from a service that is away while much is sent to it.
    public var maxQueueSize = 64 * 1024 * 1024

    /// How long opening a connection may take, and the TLS handshake after it once more. Default 10 seconds; NestJS waits until the
    /// operating system gives up, which takes minutes. Callers do not wait longer than their own timeouts.
    public var connectTimeout = Duration.seconds(10)

    /// How long a connection may be unused before it is closed; the next message opens another. Default nil: it stays open, as
    /// NestJS's does. For services behind a firewall or balancer that drops idle connections without a word, less than it allows.
    public var idleTimeout: Duration?

    /// Bytes of messages that a service has not taken at which further ones wait in the queue. Default 16 MiB.
    public var sendBufferPauseSize = 16 * 1024 * 1024

    /// Values of one answer that may wait for their caller to take them; one more ends the answer with
    /// ``UpstreamFailure/fellBehind``. Default 65,536.
    public var maxUnreadValues = 65_536

    /// Bytes of their JSON texts; a value that would exceed it ends the answer with ``UpstreamFailure/fellBehind``, but for one that
    /// waits alone. Default 64 MiB; defends from a stream that is faster than its reader.
    public var maxUnreadSize = 64 * 1024 * 1024

    /// The defaults.
    public static let defaults = TCPClientLimits()

    /// The defaults, to be changed member by member.
    public init() {}
}

extension ClientConfiguration {
    /// A day in nanoseconds: no system tries for so long.
    private static let longestConnect: Int64 = 86_400_000_000_000

    /// What the client proxy takes at most. A number below 1 counts as 1.
    public var limits: TCPClientLimits {
        get {
            var limits = TCPClientLimits()
            limits.maxConnections = poolLimits.maxConnections
            limits.maxRequestsInFlight = poolLimits.maxInFlightPerConnection
            limits.maxQueued = poolLimits.maxQueued
            limits.maxQueueSize = maxQueueSize
            limits.connectTimeout = .nanoseconds(poolLimits.connectTimeout)
            limits.idleTimeout = poolLimits.idleTimeout == .max ? nil : .nanoseconds(poolLimits.idleTimeout)
            limits.sendBufferPauseSize = maxSendBuffer
            limits.maxUnreadValues = unread.maxCount
            limits.maxUnreadSize = unread.maxSize
            return limits
        }
        set {
            poolLimits.maxConnections = max(newValue.maxConnections, 1)
            poolLimits.maxInFlightPerConnection = min(max(newValue.maxRequestsInFlight, 1), 65_535)
            poolLimits.maxQueued = max(newValue.maxQueued, 1)
            // Its own timeout ends a call's wait.
            poolLimits.queueTimeout = .max
            poolLimits.connectTimeout = min(max(newValue.connectTimeout.nanoseconds, 1), Self.longestConnect)
            poolLimits.idleTimeout = newValue.idleTimeout.map { max($0.nanoseconds, 1) } ?? .max
            maxQueueSize = max(newValue.maxQueueSize, 1)
            maxSendBuffer = max(newValue.sendBufferPauseSize, 1)
            unread = UnreadLimits(
                maxCount: max(newValue.maxUnreadValues, 1), maxSize: max(newValue.maxUnreadSize, 1))
        }
    }
}
