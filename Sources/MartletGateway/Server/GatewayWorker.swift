import HTTPWire
import Logging
import MicroservicesCore
import NIOCore
import NetworkIO
import Pipeline
import Routing
import Synchronization

/// Everything of the gateway that belongs to one event loop: its connections, its pools, its counters.
///
/// Workers share nothing but the immutable generation of the route file and one count of connections; a request lives and dies
/// on the loop that accepted it.
///
/// World: one event loop, but for the constants.
final class GatewayWorker: DeadlineObserver, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: variables are touched on `loop.eventLoop` only.

    let loop: EventLoopContext
    /// For connections and requests that begin now.
    private(set) var settings: GatewayRuntime
    /// The answer to a connection above the limit, whole.
    var tooManyConnections: ByteBuffer {
        answer(
            503, "Service Unavailable", code: "too_many_connections", detail: "Too many connections.",
            fields: "retry-after: 1\r\n")
    }
    /// The answer to HTTP without TLS on a port for TLS, whole.
    var plainHTTP: ByteBuffer {
        answer(
            400, "Bad Request", code: "tls_required", detail: "This port speaks HTTPS; the request came without TLS.")
    }
    /// For requests that begin now.
    private(set) var dispatcher: Dispatcher
    /// Of earlier generations, as long as they have requests.
    private var retired: [Dispatcher] = []
    /// Endpoints that an operator has taken out of service.
    private var drained: Set<DrainedEndpoint> = []
    /// Requests in tasks, of all generations.
    let calls: LoopCalls
    private let logger: Logger
    /// Writes the lines of requests and records their spans.
    let observer: RequestObserver
    var metrics = LoopMetrics()
    /// The gateway is stopping: every answer is the last of its connection.
    private(set) var isDraining = false
    /// The gateway has stopped waiting: what is ended now was ended by us.
    private(set) var isCuttingOff = false
    /// Nothing is kept any more.
    private var isStopped = false
    /// No new connection comes any more: those without a request end soon.
    private(set) var isStopping = false
    /// How long a connection may be without a request, nanoseconds.
    var idleTime: Int64 { isStopping ? settings.drainIdleTime : settings.idleTimeout }
    /// The present for `Date` fields, renewed every second.
    private(set) var date: HTTPDate

    /// Streams of the loop's HTTP/2 connections.
    let http2Streams = HTTP2StreamPool()

    private let openConnections: ConnectionCount
    private var connections: [(any ClientConnection)?] = []
    private var freeHandles: [Int] = []
    private var wheel: DeadlineWheel
    private var expired: [Int] = []
    /// Retained: they come and go without being counted.
    private var idleExchanges: [Unmanaged<Exchange>] = []
    private var requestIDs = RequestIDGenerator()
    private var dateTask: RepeatedTask?
    private var allClosed: EventLoopPromise<Void>?

    /// Makes the worker of a loop; on that loop.
    init(
        loop: EventLoopContext, generation: Generation, openConnections: ConnectionCount, logger: Logger
    ) {
        self.loop = loop
        self.settings = GatewayRuntime(generation.file.gateway.limits)
        self.openConnections = openConnections
        self.logger = logger
        self.calls = LoopCalls(eventLoop: loop.eventLoop)
        self.wheel = DeadlineWheel(tick: 100_000_000, now: loop.now)
        self.date = HTTPDate(epochSeconds: Timestamp.now().seconds)
        self.observer = RequestObserver(generation.observation, loop: loop)
        self.dispatcher = Dispatcher(
            generation, after: nil, calls: calls, loop: loop, observer: observer, logger: logger)
        countRoutes(of: dispatcher)
        loop.addObserver(self)
        // Strong, not weak: an object that was once referred to weakly is retained and released the slow way ever after.
        // `stop()` breaks the circle.
        dateTask = loop.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            self.date = HTTPDate(epochSeconds: Timestamp.now().seconds)
            self.metrics.secondPassed(now: self.loop.now)
        }
    }

    // MARK: Generations

    /// Goes on to another generation of the route file: requests that begin from now on are its own, those in flight end on the one
    /// that they began with. Pools of services that did not change are kept.
    func adopt(_ generation: Generation) {
        let former = dispatcher
        settings = GatewayRuntime(generation.file.gateway.limits)
        observer.use(generation.observation)
        dispatcher = Dispatcher(
            generation, after: former, calls: calls, loop: loop, observer: observer, logger: logger)
        countRoutes(of: dispatcher)
        // Before the first message, and the first connection.
        setDraining(drained)
        if loop.index == 0 { dispatcher.services.warmUp(after: former.services) }
        former.isRetired = true
        retired.append(former)
        if former.exchanges == 0 { release(former) }
    }

    /// A generation has no request any more. What of its tick is still under way may use it.
    private func release(_ dispatcher: Dispatcher) {
        loop.eventLoop.assumeIsolated().execute {
            guard dispatcher.exchanges == 0, let place = self.retired.firstIndex(where: { $0 === dispatcher }) else {
                return
            }
            self.retired.remove(at: place)
            for slot in dispatcher.slots { self.metrics.release(slot) }
        }
    }

    /// A request that was admitted by an earlier generation goes on with it: until it is over, that stays.
    func keep(_ dispatcher: Dispatcher) {
        guard dispatcher.isRetired, !retired.contains(where: { $0 === dispatcher }) else { return }
        retired.append(dispatcher)
        countRoutes(of: dispatcher)
    }

    /// Takes the counters of a table's routes: those that other tables have go on counting.
    private func countRoutes(of dispatcher: Dispatcher) {
        dispatcher.slots = dispatcher.table.routes.map { route in
            metrics.slot(for: route.id, service: dispatcher.serviceNames[route.service])
        }
    }

    /// The pools of all generations, each once.
    var pools: [ConnectionPool] {
        retired.reduce(into: dispatcher.services.pools) { all, former in
            all += former.services.pools.filter { pool in !all.contains { $0 === pool } }
        }
    }

    /// Takes exactly these endpoints out of service, in all pools that there are and that come.
    func setDraining(_ endpoints: Set<DrainedEndpoint>) {
        guard !endpoints.isEmpty || !drained.isEmpty else { return }
        drained = endpoints
        for pool in pools {
            pool.setDraining(Set(endpoints.lazy.filter { $0.service == pool.serviceName }.map(\.address)))
        }
    }

    // MARK: Connections

    /// Takes a connection into the table; `false` when there are too many.
    func add(_ connection: any ClientConnection) -> Bool {
        guard openConnections.increment(upTo: settings.maxConnections) else {
            metrics.connectionRefused(by: connection.listener)
            return false
        }
        metrics.connectionOpened(by: connection.listener, connection.spoken)
        if let handle = freeHandles.popLast() {
            connection.handle = handle
            connections[handle] = connection
        } else {
            connection.handle = connections.count
            connections.append(connection)
        }
        return true
    }

    /// A connection's protocol is known now: another object goes on with it.
    func replace(_ connection: any ClientConnection, by other: any ClientConnection) {
        guard connection.handle >= 0 else { return }
        other.handle = connection.handle
        other.scheduledAt = connection.scheduledAt
        other.listener = connection.listener
        metrics.connectionChanged(of: connection.listener, from: connection.spoken, to: other.spoken)
        connection.handle = -1
        connections[other.handle] = other
    }

    /// Says which listener has accepted a connection that is about to become active.
    func accepted<Connection: ClientConnection>(_ connection: Connection, by listener: String) -> Connection {
        connection.listener = metrics.listener(named: listener)
        return connection
    }

    func remove(_ connection: any ClientConnection) {
        let handle = connection.handle
        guard handle >= 0 else { return }
        connection.handle = -1
        connections[handle] = nil
        freeHandles.append(handle)
        wheel.cancel(handle)
        metrics.connectionClosed(of: connection.listener, connection.spoken)
        openConnections.decrement()
        if metrics.connectionsOpen == 0 { allClosed?.succeed() }
    }

    func schedule(_ connection: any ClientConnection, at time: Int64) {
        connection.scheduledAt = time
        wheel.schedule(connection.handle, at: time)
        if let next = wheel.nextDeadline { loop.wake(at: next) }
    }

    func deadlinesPassed(now: Int64) -> Int64? {
        expired.removeAll(keepingCapacity: true)
        wheel.expire(now: now, into: &expired)
        for handle in expired { connections[handle]?.deadlinePassed(now: now) }
        return wheel.nextDeadline
    }

    // MARK: Exchanges

    func takeExchange() -> Exchange {
        metrics.requestsInFlight += 1
        let exchange = idleExchanges.popLast()?.takeRetainedValue() ?? Exchange(worker: self)
        exchange.id = requestIDs.next()
        exchange.enter(dispatcher)
        return exchange
    }

    /// The exchange is over: counted, told of, and kept for the next request.
    func give(_ exchange: Exchange) {
        // What was answered within the read that brought it is worth a look at the clock, all else has had one.
        let end = loop.latestNow > exchange.startedAt ? loop.latestNow : loop.now
        let duration = end - exchange.startedAt
        metrics.requestsInFlight -= 1
        metrics.finished(
            exchange.slot, status: exchange.status, code: exchange.code, nanoseconds: duration,
            bytesIn: exchange.bytesIn, bytesOut: exchange.bytesOut)
        if !observer.ended(exchange, at: end) { takeBack(.passRetained(exchange)) }
    }

    /// Nothing more will be told of these exchanges, which are given back as they were kept: retained.
    func takeBack(_ exchanges: [Unmanaged<Exchange>]) {
        for exchange in exchanges { takeBack(exchange) }
    }

    /// Nothing more will be told of the exchange: it is ready for the next request.
    @inline(__always)
    private func takeBack(_ kept: Unmanaged<Exchange>) {
        kept._withUnsafeGuaranteedRef { exchange in
            if exchange.leave() { release(exchange.dispatcher) }
            exchange.reset()
        }
        if idleExchanges.count < 1024, !isStopped { idleExchanges.append(kept) } else { kept.release() }
    }

    // MARK: The end

    /// Fires when a time is over. Who waits for it waits even if its task is cancelled: clients are being served.
    func timer(_ time: Duration) -> Scheduled<Void> {
        loop.eventLoop.scheduleTask(in: .nanoseconds(time.nanoseconds)) {}
    }

    /// From now on every answer is the last of its connection; new connections are still taken.
    func turnAway() { isDraining = true }

    /// Lets every connection end after the answers it owes.
    ///
    /// - Returns: A future that succeeds when no connection is left.
    func drain() -> EventLoopFuture<Void> {
        isDraining = true
        isStopping = true
        let promise = loop.eventLoop.makePromise(of: Void.self)
        allClosed = promise
        for case let connection? in connections { connection.drain() }
        if metrics.connectionsOpen == 0 { promise.succeed() }
        return promise.futureResult
    }

    /// Ends every connection now; what is in flight is cut off.
    func closeConnections() {
        isCuttingOff = true
        for case let connection? in connections { connection.close() }
    }

    /// Ends every connection now, then the pools.
    func stop() -> EventLoopFuture<Void> {
        closeConnections()
        dateTask?.cancel()
        dateTask = nil
        isStopped = true
        for exchange in idleExchanges { exchange.release() }
        idleExchanges = []
        let closed = ([dispatcher] + retired).flatMap { $0.services.close() }
        return EventLoopFuture.andAllComplete(closed, on: loop.eventLoop).map { self.loop.stop() }
    }

    /// The counters with what pools have now; on the loop.
    func snapshot() -> LoopSnapshot {
        let current = dispatcher.services.pools
        return LoopSnapshot(
            loop: loop.index, metrics: metrics, pools: current.map(\.snapshot),
            retiredPools: pools.dropFirst(current.count).map(\.snapshot),
            currentSlots: Set(dispatcher.slots), cpuNanoseconds: ProcessFacts.threadCPUNanoseconds)
    }

    /// An answer that is given before there is a request, and ends its connection.
    private func answer(
        _ status: Int, _ title: String, code: String, detail: String, fields: String = ""
    ) -> ByteBuffer {
        let body =
            "{\"type\":\"about:blank\",\"title\":\"\(title)\",\"status\":\(status),"
            + "\"detail\":\"\(detail)\",\"code\":\"\(code)\",\"message\":\"\(detail)\"}"
        return ByteBuffer(
            string: "HTTP/1.1 \(status) \(title)\r\ncontent-type: application/problem+json\r\n"
                + "content-length: \(body.utf8.count)\r\ndate: \(date.text)\r\n\(fields)connection: close\r\n\r\n\(body)"
        )
    }
}

/// How many client connections the process has, over all loops.
final class ConnectionCount: Sendable {
    private let count = Atomic<Int>(0)

    func increment(upTo limit: Int) -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            count.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func decrement() { count.subtract(1, ordering: .relaxed) }
}
