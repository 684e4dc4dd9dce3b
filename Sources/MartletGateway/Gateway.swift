import Logging
import NIOCore
import NIOPosix
import NetworkIO
import Routing
import ServiceLifecycle
import Synchronization

/// An HTTP gateway: listens, matches requests against the routes of a route file, and carries each as a message to its
/// service and the answer back.
///
/// A `Service` of swift-service-lifecycle: ``run()`` serves until a graceful shutdown, then drains. ``start()`` and
/// ``shutdown()`` do the two halves by hand, for tests and for embedding.
///
/// World: structured concurrency; the requests themselves run on event loops.
public final class Gateway: Service {
    private struct State {
        var listeners: [Listener] = []
        var workers: [GatewayWorker] = []
        var group: MultiThreadedEventLoopGroup?
        var tls: GatewayTLS?
        /// What runs until the gateway stops.
        var tasks: [Task<Void, Never>] = []
    }

    private let file: RouteFile
    private let configuration: GatewayConfiguration
    private let enhancers: EnhancerRegistry
    private let state = Mutex(State())

    /// Makes a gateway for a route file; nothing is opened before ``start()`` or ``run()``.
    ///
    /// - Parameters:
    ///   - routes: What to listen on, where services are, which routes there are.
    ///   - enhancers: Those that the file was loaded with.
    ///   - configuration: Everything that is not the route file's matter.
    package init(
        routes: RouteFile, enhancers: EnhancerRegistry = EnhancerRegistry(),
        configuration: GatewayConfiguration = GatewayConfiguration()
    ) {
        self.file = routes
        self.enhancers = enhancers
        self.configuration = configuration
    }

    /// Makes a gateway for the route file (or folder of route files) at a path.
    ///
    /// - Parameters:
    ///   - path: The file or folder.
    ///   - enhancers: Guards, pipes, interceptors and exception filters of your own, which the file may name.
    ///   - configuration: Everything that is not the route file's matter.
    /// - Throws: `RouteFileError` with every error of the file and its place.
    public convenience init(
        routesAt path: String, enhancers: EnhancerRegistry = EnhancerRegistry(),
        configuration: GatewayConfiguration = GatewayConfiguration()
    ) throws {
        self.init(
            routes: try RouteFile.load(diskPath: path, custom: enhancers.names), enhancers: enhancers,
            configuration: configuration)
    }

    /// Serves until the task is cancelled or a graceful shutdown begins; then stops accepting, finishes what is in flight
    /// (at most for `gateway.shutdown.drain`) and closes.
    ///
    /// - Throws: What ``start()`` throws.
    public func run() async throws {
        try await run { _ in }
    }

    /// Does what ``run()`` does, and tells where it listens as soon as it does.
    ///
    /// - Parameter started: Gets what ``start()`` returns.
    /// - Throws: What ``start()`` throws.
    package func run(started: @Sendable ([String]) -> Void) async throws {
        started(try await start())
        await withTaskGroup(of: Void.self) { group in
            if let tls = state.withLock({ $0.tls }), !tls.isEmpty {
                group.addTask { [configuration] in await tls.watch(logger: configuration.logger) }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await turnAway()
        await shutdown()
    }

    /// Reads certificates and keys again, as ``run()`` does by itself when their files change. New connections get them;
    /// files that cannot be used are logged and change nothing.
    public func reloadCertificates() {
        state.withLock { $0.tls }?.reload(logger: configuration.logger)
    }

    /// Listens on every address. Services need not be up: one that is down is a log line.
    ///
    /// - Returns: The addresses as `host:port`, with the ports that the system chose where the file says 0.
    /// - Throws: ``NetworkIOError`` when an address cannot be listened on, `RouteFileError` when a certificate cannot be
    ///   used; nothing is left open then.
    @discardableResult
    public func start() async throws -> [String] {
        let tls = try GatewayTLS(file)
        let resources = try await EnhancerResources(file, loops: configuration.loops)
        let plans = try resources.plans(file, registry: enhancers)
        let tasks = await watch(resources.watched)
        warnOfInsecureServices()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loops)
        let table = file.table
        let openConnections = ConnectionCount()
        var workers: [GatewayWorker] = []
        for (index, eventLoop) in group.makeIterator().enumerated() {
            let context = EventLoopContext(eventLoop: eventLoop, index: index)
            let worker = try await eventLoop.submit { [file, configuration] in
                GatewayWorker(
                    loop: context, table: table, file: file, plans: plans, tls: tls, openConnections: openConnections,
                    accessLogFormat: configuration.accessLog, accessLogWriter: configuration.accessLogWriter,
                    logger: configuration.logger)
            }.get()
            workers.append(worker)
        }
        let all = workers
        state.withLock { state in
            state.group = group
            state.workers = all
            state.tls = tls
            state.tasks = tasks
        }
        do {
            for (settings, certificates) in zip(file.gateway.listen, tls.listeners) {
                let listener = try await listen(settings, certificates, all)
                state.withLock { $0.listeners.append(listener) }
                configuration.logger.notice(
                    "listening",
                    metadata: [
                        "address": "\(listener.address)", "tls": "\(certificates != nil)",
                        "protocols": "\(settings.protocols.map(\.rawValue).sorted().joined(separator: ","))",
                    ])
            }
        } catch {
            await close(quietly: true)
            throw error
        }
        let first = all[0]
        first.loop.eventLoop.execute { first.dispatcher.services.warmUp() }
        configuration.logger.notice(
            "serving",
            metadata: [
                "routes": "\(table.routes.count)", "services": "\(file.services.count)", "loops": "\(all.count)",
            ])
        return addresses
    }

    /// Keeps keys up to date until the gateway stops.
    ///
    /// - Returns: The tasks, when the keys of every address were fetched once, or could not be.
    private func watch(_ watched: [JWTKeys]) async -> [Task<Void, Never>] {
        let logger = configuration.logger
        let (attempts, attempt) = AsyncStream.makeStream(of: Void.self)
        let tasks = watched.map { keys in Task { await keys.watch(logger: logger) { attempt.yield() } } }
        var waiting = attempts.makeAsyncIterator()
        for _ in tasks { await waiting.next() }
        return tasks
    }

    private func listen(
        _ settings: ListenerSettings, _ certificates: TLSContextBox<TLSServerContext>?, _ workers: [GatewayWorker]
    ) async throws -> Listener {
        let address = HostPort(host: settings.address.host, port: settings.address.port)
        let contexts = workers.map(\.loop)
        let protocols = settings.protocols
        let logger = configuration.logger
        guard let certificates else {
            return try await Listener.bind(address, on: contexts, logger: logger) { context, _ in
                let worker = workers[context.index]
                guard protocols.contains(.http1) else { return HTTP2Connection(worker: worker) }
                return HTTP1Connection(worker: worker, acceptsHTTP2: protocols.contains(.h2c))
            }
        }
        return try await Listener.bind(
            address, on: contexts, logger: logger,
            makeTLS: { context in
                let worker = workers[context.index]
                return try TLSHandler(
                    server: certificates.current, loop: context,
                    handshakeTimeout: .nanoseconds(worker.settings.handshakeTimeout),
                    plainHTTPAnswer: { worker.plainHTTP })
            },
            makeHandler: { context, _ in
                SecureGreeting(worker: workers[context.index], protocols: protocols, logger: logger)
            })
    }

    /// A service whose certificate nobody checks is worth a line at every start.
    private func warnOfInsecureServices() {
        for service in file.services where service.tls?.isInsecure == true {
            configuration.logger.warning(
                "the service's certificate is not verified (insecure: true): anybody on the way can read and change messages",
                metadata: ["service": "\(service.name)"])
        }
    }

    /// The addresses that are listened on, as `host:port`.
    public var addresses: [String] { state.withLock { $0.listeners.map(\.address.description) } }

    /// Stops accepting, waits for what is in flight up to the drain deadline, closes everything.
    public func shutdown() async {
        await close(quietly: false)
    }

    /// - Parameter quietly: Nothing was ever served, so nothing is said.
    private func close(quietly: Bool) async {
        let (listeners, workers, group, tasks) = state.withLock { state in
            defer { state = State() }
            return (state.listeners, state.workers, state.group, state.tasks)
        }
        for task in tasks { task.cancel() }
        guard let group else { return }
        for listener in listeners { await listener.close() }
        let inFlight = await Self.sum(workers) { $0.metrics.requestsInFlight }
        let logger = quietly ? Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() } : configuration.logger
        logger.notice(
            "stopped accepting, finishing requests in flight",
            metadata: ["in_flight": "\(inFlight)", "deadline": "\(file.gateway.shutdown.drain)"])
        let cut = await Self.drain(workers, deadline: file.gateway.shutdown.drain)
        for worker in workers {
            try? await worker.loop.eventLoop.flatSubmit { worker.stop() }.get()
        }
        await Self.stop(group, workers, logger: logger)
        logger.notice("stopped", metadata: ["cut_off": "\(cut)"])
    }

    /// Stops the loops. An enhancer that ignores its cancellation still needs its own: they stop when it has ended.
    private static func stop(
        _ group: MultiThreadedEventLoopGroup, _ workers: [GatewayWorker], logger: Logger
    ) async {
        let running = await sum(workers) { $0.dispatcher.runningCalls }
        guard running > 0 else {
            try? await group.shutdownGracefully()
            return
        }
        logger.warning(
            "enhancers go on although their requests are over; the gateway's threads stay until they end",
            metadata: ["running": "\(running)"])
        let ends = workers.map { worker in worker.loop.eventLoop.flatSubmit { worker.dispatcher.allCallsEnded() } }
        EventLoopFuture.andAllComplete(ends, on: group.any()).whenComplete { _ in
            group.shutdownGracefully { _ in }
        }
    }

    /// Serves on for `notReadyFor`, every answer being the last of its connection.
    private func turnAway() async {
        let pause = file.gateway.shutdown.notReadyFor
        guard pause > .zero else { return }
        configuration.logger.notice("turning clients away before stopping", metadata: ["for": "\(pause)"])
        for worker in state.withLock({ $0.workers }) { worker.loop.eventLoop.execute { worker.turnAway() } }
        try? await Task.sleep(for: pause)
    }

    /// The counters of all loops together.
    public func metrics() async -> GatewayMetrics {
        let workers = state.withLock { $0.workers }
        var total = GatewayMetrics(routeCount: file.routes.count)
        for worker in workers {
            if let one = try? await worker.loop.eventLoop.submit({ worker.snapshot() }).get() { total.add(one) }
        }
        return total
    }

    /// Waits for the connections to end, at most until the deadline; answers how many requests were cut off then.
    private static func drain(_ workers: [GatewayWorker], deadline: Duration) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                // All at once: a loop that is still busy must not keep the others from telling their clients.
                let drained = workers.map { worker in worker.loop.eventLoop.flatSubmit { worker.drain() } }
                for future in drained { try? await future.get() }
                return true
            }
            group.addTask {
                try? await Task.sleep(for: deadline)
                return false
            }
            let isDrained = await group.next() ?? true
            var cut = 0
            if !isDrained {
                cut = await sum(workers) { $0.metrics.requestsInFlight }
                // What is left is cut off, so that the other task ends.
                for worker in workers { worker.loop.eventLoop.execute { worker.closeConnections() } }
            }
            group.cancelAll()
            return cut
        }
    }

    private static func sum(_ workers: [GatewayWorker], _ value: @escaping @Sendable (GatewayWorker) -> Int) async
        -> Int
    {
        var total = 0
        for worker in workers { total += (try? await worker.loop.eventLoop.submit { value(worker) }.get()) ?? 0 }
        return total
    }
}
