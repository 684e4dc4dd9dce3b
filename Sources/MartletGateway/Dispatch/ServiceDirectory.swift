import Logging
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pooling
import Routing
import Synchronization

/// The pools of one event loop, by the service's index in the route file.
///
/// World: one event loop.
struct ServiceDirectory {
    /// In the order of ``RouteFile/services``.
    let pools: [ConnectionPool]
    /// The same pools, and what keeps each open.
    private let shares: [PoolShare]

    /// - Parameters:
    ///   - services: What the route file says.
    ///   - tls: Whom to believe, by service.
    ///   - former: Whose pools are taken over for services that are what they were, with all their connections and whatever they
    ///     have found out.
    ///   - loop: The loop.
    ///   - logger: For connections coming and going.
    init(
        _ services: [ServiceSettings], tls: [TLSContextBox<TLSClientContext>?], after former: ServiceDirectory?,
        loop: EventLoopContext, logger: Logger
    ) {
        let known = former?.shares ?? []
        shares = zip(services, tls).map { service, tls in
            if let share = known.first(where: { $0.isFor(service, tls) }) { return share }
            var configuration = ClientConfiguration(service)
            configuration.tls = tls
            let pool = ConnectionPool(
                serviceName: service.name, configuration: configuration, loop: loop, logger: logger,
                after: known.first { $0.pool.serviceName == service.name }?.pool)
            return PoolShare(pool, service, tls)
        }
        pools = shares.map(\.pool)
    }

    /// Opens one connection to every endpoint, so that an unreachable service is a log line at the start.
    ///
    /// - Parameter former: Whose pools have done so already.
    func warmUp(after former: ServiceDirectory? = nil) {
        for pool in pools where former?.pools.contains(where: { $0 === pool }) != true { pool.warmUp() }
    }

    /// Closes every pool; what is in flight is lost.
    func close() -> [EventLoopFuture<Void>] { shares.map { $0.close() } }
}

/// What several generations of the route file have together of one pool: when the last of them is gone, the pool closes.
///
/// World: one event loop.
private final class PoolShare {
    let pool: ConnectionPool
    private let service: ServiceSettings
    private let tls: TLSContextBox<TLSClientContext>?
    /// The loop may have ended by the time that the last generation is gone.
    private let isClosed = Atomic<Bool>(false)

    init(_ pool: ConnectionPool, _ service: ServiceSettings, _ tls: TLSContextBox<TLSClientContext>?) {
        self.pool = pool
        self.service = service
        self.tls = tls
    }

    /// Closes each connection when its last answer is in. An enhancer's task may let go of the last share anywhere.
    deinit {
        guard !isClosed.load(ordering: .relaxed) else { return }
        nonisolated(unsafe) let pool = pool
        guard !pool.loop.eventLoop.inEventLoop else { return _ = pool.close() }
        pool.loop.eventLoop.execute { _ = pool.close() }
    }

    /// Closes the pool with whatever is in flight.
    func close() -> EventLoopFuture<Void> {
        isClosed.store(true, ordering: .relaxed)
        let future = pool.close()
        pool.closeNow()
        return future
    }

    /// Whether the pool is what a pool for these settings would be.
    func isFor(_ service: ServiceSettings, _ tls: TLSContextBox<TLSClientContext>?) -> Bool {
        self.tls === tls && self.service.isSameUpstream(as: service)
    }
}

extension ClientConfiguration {
    /// What the route file says of a service.
    init(_ service: ServiceSettings) {
        self.init(endpoints: service.endpoints.map { HostPort(host: $0.host, port: $0.port) })
        poolLimits.minConnections = service.pool.min
        poolLimits.maxConnections = service.pool.max
        poolLimits.maxInFlightPerConnection = min(service.pool.maxInFlightPerConnection, 65_535)
        poolLimits.maxQueued = service.pool.queue
        poolLimits.queueTimeout = service.pool.queueTimeout.nanoseconds
        poolLimits.connectTimeout = service.pool.connectTimeout.nanoseconds
        poolLimits.idleTimeout = service.pool.idle.nanoseconds
        frameLimits = FrameLimits(maxFrameUnits: service.maxAnswerBytes)
        timeouts = ReplyTimeouts(service.timeout)
    }
}

extension ReplyTimeouts {
    /// The three clocks as the route file has them; `none` is no clock.
    init(_ settings: TimeoutSettings) {
        self.init(
            first: settings.first?.nanoseconds ?? .max, idle: settings.idle?.nanoseconds ?? .max,
            total: settings.total?.nanoseconds ?? .max)
    }
}
