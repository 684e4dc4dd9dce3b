import Logging
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Pooling
import Routing

/// The pools of one event loop, by the service's index in the route file.
///
/// World: one event loop.
struct ServiceDirectory {
    /// In the order of ``RouteFile/services``.
    let pools: [ConnectionPool]

    init(
        _ services: [ServiceSettings], tls: [TLSContextBox<TLSClientContext>?], loop: EventLoopContext, logger: Logger
    ) {
        pools = zip(services, tls).map { service, tls in
            var configuration = ClientConfiguration(service)
            configuration.tls = tls
            return ConnectionPool(serviceName: service.name, configuration: configuration, loop: loop, logger: logger)
        }
    }

    /// Opens one connection to every endpoint, so that an unreachable service is a log line at the start.
    func warmUp() {
        for pool in pools { pool.warmUp() }
    }

    /// Closes every pool; what is in flight is lost.
    func close() -> EventLoopFuture<Void>? {
        let futures = pools.map { pool in
            let future = pool.close()
            pool.closeNow()
            return future
        }
        guard let first = futures.first else { return nil }
        return first.fold(Array(futures.dropFirst())) { _, _ in first.eventLoop.makeSucceededVoidFuture() }
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
