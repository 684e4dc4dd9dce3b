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
    struct State {
        /// `nil` until it starts.
        var generation: Generation?
        var listeners = GatewayListeners()
        var workers: [GatewayWorker] = []
        var group: MultiThreadedEventLoopGroup?
        /// What keeps each set of keys up to date until the gateway stops or the keys are gone.
        var keyTasks: [ObjectIdentifier: Task<Void, Never>] = [:]
        /// What was looked at by the latest attempt to read the route file, as it was before.
        var observed: [String: FileStamp] = [:]
        var facts = ReloadFacts()
        /// Why the latest attempt was refused; empty when it was not.
        var refusal: [String] = []
        /// Nothing begins any more.
        var isStopping = false
    }

    /// How the route file is read again; `nil` for one that was made in memory.
    let reader: RouteFileReader?
    let initial: RouteFileReading
    let configuration: GatewayConfiguration
    let enhancers: EnhancerRegistry
    let state: Mutex<State>
    /// One reload at a time.
    let reloads = AsyncTurnstile()
    /// For the admin listener.
    let admin = GatewayAdmin()

    /// Makes a gateway for a route file; nothing is opened before ``start()`` or ``run()``.
    ///
    /// - Parameters:
    ///   - routes: What to listen on, where services are, which routes there are.
    ///   - enhancers: Those that the file was loaded with.
    ///   - configuration: Everything that is not the route file's matter.
    package convenience init(
        routes: RouteFile, enhancers: EnhancerRegistry = EnhancerRegistry(),
        configuration: GatewayConfiguration = GatewayConfiguration()
    ) {
        self.init(RouteFileReading(routes), reader: nil, enhancers: enhancers, configuration: configuration)
    }

    /// Makes a gateway for the route files that a reader reads, now and whenever they change.
    ///
    /// - Parameters:
    ///   - reader: Where the files are.
    ///   - enhancers: Those that the files may name.
    ///   - configuration: Everything that is not the route file's matter.
    /// - Throws: `RouteFileError` with every error of the files and its place.
    package convenience init(
        reader: RouteFileReader, enhancers: EnhancerRegistry = EnhancerRegistry(),
        configuration: GatewayConfiguration = GatewayConfiguration()
    ) throws(RouteFileError) {
        var observed: [String: FileStamp] = [:]
        let reading = try reader.read { observed = $0 }
        self.init(reading, reader: reader, observed: observed, enhancers: enhancers, configuration: configuration)
    }

    private init(
        _ reading: RouteFileReading, reader: RouteFileReader?, observed: [String: FileStamp] = [:],
        enhancers: EnhancerRegistry, configuration: GatewayConfiguration
    ) {
        self.initial = reading
        self.reader = reader
        self.enhancers = enhancers
        self.configuration = configuration
        var state = State()
        state.observed = observed
        self.state = Mutex(state)
    }

    /// Makes a gateway for the route file (or folder of route files) at a path.
    ///
    /// - Parameters:
    ///   - path: The file or folder. ``run()`` watches it and reads it again when it changes.
    ///   - enhancers: Guards, pipes, interceptors and exception filters of your own, which the file may name.
    ///   - configuration: Everything that is not the route file's matter.
    /// - Throws: `RouteFileError` with every error of the file and its place.
    public convenience init(
        routesAt path: String, enhancers: EnhancerRegistry = EnhancerRegistry(),
        configuration: GatewayConfiguration = GatewayConfiguration()
    ) throws {
        try self.init(
            reader: RouteFileReader(path: path, custom: enhancers.names), enhancers: enhancers,
            configuration: configuration)
    }

    /// The configuration that requests which begin now are served by.
    package var file: RouteFile { state.withLock { $0.generation?.file } ?? initial.file }

    /// The paths of everything that the configuration was read from, or would be.
    package var observedPaths: [String] { state.withLock { $0.observed.keys.sorted() } }

    /// Serves until the task is cancelled or a graceful shutdown begins; then stops accepting, finishes what is in flight
    /// (at most for `gateway.shutdown.drain`) and closes. Meanwhile route files, certificates and keys that change are read again.
    ///
    /// - Throws: What ``start()`` throws.
    public func run() async throws {
        try await run { _ in }
    }

    /// Does what ``run()`` does, and tells where it listens as soon as it does.
    ///
    /// - Parameter started: Gets what ``start()`` returns; what it throws ends the gateway.
    /// - Throws: What ``start()`` and `started` throw.
    package func run(started: @Sendable ([String]) async throws -> Void) async throws {
        let addresses = try await start()
        do {
            try await started(addresses)
        } catch {
            await close(quietly: true)
            throw error
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watchCertificates() }
            if reader != nil && configuration.watchesRouteFiles { group.addTask { await self.watchRouteFiles() } }
            try? await gracefulShutdown()
            group.cancelAll()
        }
        await turnAway()
        await shutdown()
    }

    /// Listens on every address. Services need not be up: one that is down is a log line.
    ///
    /// - Returns: The addresses as `host:port`, with the ports that the system chose where the file says 0.
    /// - Throws: ``NetworkIOError`` when an address cannot be listened on, `RouteFileError` when a certificate cannot be
    ///   used; nothing is left open then.
    @discardableResult
    public func start() async throws -> [String] {
        try Self.checkDescriptors(loops: configuration.loops, initial.file)
        state.withLock { $0.isStopping = false }
        let generation = try await Generation(initial, after: nil, enhancers: enhancers, configuration: configuration)
        generation.observation.takeEffect(after: nil)
        await watchKeys(of: generation)
        warnOfInsecureServices(generation.file)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loops)
        let openConnections = ConnectionCount()
        var workers: [GatewayWorker] = []
        for (index, eventLoop) in group.makeIterator().enumerated() {
            let context = EventLoopContext(eventLoop: eventLoop, index: index)
            let worker = try await eventLoop.submit { [configuration] in
                GatewayWorker(
                    loop: context, generation: generation, openConnections: openConnections,
                    logger: configuration.logger)
            }.get()
            workers.append(worker)
        }
        let all = workers
        state.withLock { state in
            state.group = group
            state.workers = all
            state.generation = generation
            state.facts.succeed(generation.number, hash: generation.reading.hash)
        }
        do {
            try await startAdmin()
            let listeners = try await GatewayListeners(sockets: configuration.sockets, group: group).extended(
                to: generation, all, logger: configuration.logger)
            state.withLock { $0.listeners = listeners }
        } catch {
            await close(quietly: true)
            throw error
        }
        admin.phase = .serving
        let first = all[0]
        first.loop.eventLoop.execute { first.dispatcher.services.warmUp() }
        configuration.logger.notice(
            "serving",
            metadata: [
                "routes": "\(generation.file.routes.count)", "services": "\(generation.file.services.count)",
                "loops": "\(all.count)", "hash": "\(initial.hash)",
            ])
        return addresses
    }

    private static func checkDescriptors(loops: Int, _ file: RouteFile) throws(NetworkIOError) {
        do {
            try EventLoopDescriptors.check(loops: loops)
        } catch {
            let reason = (error as? IOError)?.reasonText ?? "\(error)"
            throw .cannotListen(
                address: file.gateway.listen.map(\.address.description).joined(separator: ", "),
                reason: "\(reason), for \(loops) event loops; raise the limit of open files (ulimit -n)")
        }
    }

    /// A service whose certificate nobody checks is worth a line at every start.
    func warnOfInsecureServices(_ file: RouteFile) {
        for service in file.services where service.tls?.isInsecure == true {
            configuration.logger.warning(
                "the service's certificate is not verified (insecure: true): anybody on the way can read and change messages",
                metadata: ["service": "\(service.name)"])
        }
    }

    /// The addresses that are listened on, as `host:port`.
    public var addresses: [String] { state.withLock { $0.listeners.addresses } }

    /// Stops accepting, waits for what is in flight up to the drain deadline, closes everything.
    public func shutdown() async {
        await close(quietly: false)
    }

    /// - Parameter quietly: Nothing was ever served, so nothing is said.
    private func close(quietly: Bool) async {
        let drain = file.gateway.shutdown.drain
        let (listeners, workers, group, tasks) = state.withLock { state in
            defer {
                // Those who look on may still ask the loops.
                state.group = nil
                state.listeners = GatewayListeners()
                state.keyTasks = [:]
                state.isStopping = true
            }
            return (state.listeners, state.workers, state.group, state.keyTasks.values)
        }
        for task in tasks { task.cancel() }
        guard let group else { return }
        admin.phase = .draining
        let began = ContinuousClock.now
        // Another process serves: its readiness is what counts, and it waits for the address.
        if configuration.sockets?.isHandedOver == true { await admin.end() }
        await listeners.close()
        let inFlight = await Self.sum(workers) { $0.metrics.requestsInFlight }
        let logger = quietly ? Logger(label: "martlet") { _ in SwiftLogNoOpLogHandler() } : configuration.logger
        logger.notice(
            "stopped accepting, finishing requests in flight",
            metadata: ["in_flight": "\(inFlight)", "deadline": "\(drain)"])
        let cut = await Self.drain(workers, deadline: max(.zero, drain - (.now - began)))
        // One that is under way asks the loops.
        await reloads.pass {}
        for worker in workers {
            try? await worker.loop.eventLoop.flatSubmit { worker.stop() }.get()
        }
        // Before the loops: nothing may be asked of a loop that is gone.
        await admin.end()
        state.withLock { $0.workers = [] }
        await state.withLock { $0.generation }?.observation.tracing?.end(afterDraining: .now - began, of: drain)
        await Self.stop(group, workers, logger: logger)
        logger.notice("stopped", metadata: ["cut_off": "\(cut)"])
    }

    /// Stops the loops. An enhancer that ignores its cancellation still needs its own: they stop when it has ended.
    private static func stop(
        _ group: MultiThreadedEventLoopGroup, _ workers: [GatewayWorker], logger: Logger
    ) async {
        let running = await sum(workers) { $0.calls.running }
        guard running > 0 else {
            try? await group.shutdownGracefully()
            return
        }
        logger.warning(
            "enhancers go on although their requests are over; the gateway's threads stay until they end",
            metadata: ["running": "\(running)"])
        let ends = workers.map { worker in worker.loop.eventLoop.flatSubmit { worker.calls.allEnded() } }
        EventLoopFuture.andAllComplete(ends, on: group.any()).whenComplete { _ in
            group.shutdownGracefully { _ in }
        }
    }

    /// Serves on for `notReadyFor`, every answer being the last of its connection.
    private func turnAway() async {
        let pause = file.gateway.shutdown.notReadyFor
        guard pause > .zero, configuration.sockets?.isHandedOver != true else { return }
        admin.phase = .leaving
        configuration.logger.notice("turning clients away before stopping", metadata: ["for": "\(pause)"])
        let workers = state.withLock { $0.workers }
        for worker in workers { worker.loop.eventLoop.execute { worker.turnAway() } }
        try? await workers.first?.timer(pause).futureResult.get()
    }

    /// What others in this process count.
    var sharedMetrics: PrometheusMetrics? { configuration.sharedMetrics }

    /// The counters of all loops together.
    public func metrics() async -> GatewayMetrics {
        let workers = state.withLock { $0.workers }
        var loops: [LoopSnapshot] = []
        for worker in workers {
            if let one = try? await worker.loop.eventLoop.submit({ worker.snapshot() }).get() { loops.append(one) }
        }
        var metrics = GatewayMetrics(loops)
        metrics.reload = reloadFacts
        metrics.observation = observationFacts
        return metrics
    }

    /// Waits for the connections to end, at most until the deadline; answers how many requests were cut off then.
    private static func drain(_ workers: [GatewayWorker], deadline: Duration) async -> Int {
        guard let timer = workers.first?.timer(deadline) else { return 0 }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                // All at once: a loop that is still busy must not keep the others from telling their clients.
                let drained = workers.map { worker in worker.loop.eventLoop.flatSubmit { worker.drain() } }
                for future in drained { try? await future.get() }
                return true
            }
            group.addTask {
                try? await timer.futureResult.get()
                return false
            }
            let isDrained = await group.next() ?? true
            var cut = 0
            if !isDrained {
                cut = await sum(workers) { $0.metrics.requestsInFlight }
                // What is left is cut off, so that the other task ends.
                for worker in workers { worker.loop.eventLoop.execute { worker.closeConnections() } }
            }
            timer.cancel()
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
