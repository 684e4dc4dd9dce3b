public import Logging
public import NIOCore
import NIOPosix
import NetworkIO
import Pipeline
public import ServiceLifecycle
import Synchronization

/// A service that answers messages and handles events: what `NestFactory.createMicroservice` makes.
///
/// ```swift
/// let service = Microservice(transport: .tcp(port: 3000))
/// service.onMessage(["cmd": "sum"]) { (data: [Int], context) in data.reduce(0, +) }
/// try await service.run()
/// ```
///
/// Handlers are registered first; then it runs, once: as a `Service` of a `ServiceGroup`, with ``run()`` alone, or with
/// ``start()`` and ``shutdown()``. On graceful shutdown it stops accepting, lets the running handlers finish for
/// ``shutdownTimeout``, cancels what is left and closes.
///
/// While it runs it looks at its certificate files every second, and at its configuration when it has one
/// (``ServerTransport/tcp(config:)``). What has changed is for new connections; what cannot be used changes nothing.
///
/// Each connection lives on one event loop, and its handlers run there as well.
public final class Microservice: Service, HandlerRegistrar, Sendable {
    private enum Phase {
        /// Handlers may be registered; to `starting`, or to `stopped` when it is never started.
        case new
        /// To `running`, or `stopped` when the address cannot be had.
        case starting
        case running(Running)
        /// To `stopped`.
        case stopping
        case stopped
    }

    private struct Running {
        let transports: [RunningTransport]
        /// Ours, to be shut down; nil when the group was given.
        let ownGroup: MultiThreadedEventLoopGroup?

        /// For the log.
        var names: String { transports.map(\.name).joined(separator: ", ") }
    }

    private struct State {
        var phase = Phase.new
        /// At least one.
        var transports: [ServerTransport]
        var registry = HandlerRegistry()
        /// Around every handler.
        var enhancers = Enhancers()
        /// Waiting for the service to have stopped.
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Ends ``Microservice/run()``.
        var stopSignal: AsyncStream<Void>.Continuation?
    }

    private enum Loops {
        case own(count: Int)
        case given(any EventLoopGroup)
    }

    /// How long running handlers may take after a graceful shutdown has begun.
    public let shutdownTimeout: Duration
    private let loops: Loops
    private let logger: Logger
    private let state: Mutex<State>
    /// That it is to stop, for a start that is under way.
    private let stop = StopSignal()
    /// Hears of start, stop, connections and mishaps.
    let monitor = ServerMonitor()

    /// A service with event loops of its own.
    ///
    /// - Parameters:
    ///   - transport: How messages arrive.
    ///   - eventLoopCount: Threads that serve connections; nil for one for each core.
    ///   - shutdownTimeout: How long running handlers may take after a graceful shutdown has begun.
    ///   - logger: Gets failed handlers, refused peers, start and stop.
    public init(
        transport: ServerTransport = .tcp(), eventLoopCount: Int? = nil, shutdownTimeout: Duration = .seconds(10),
        logger: Logger = Logger(label: "Microservice")
    ) {
        self.state = Mutex(State(transports: [transport]))
        self.loops = .own(count: max(eventLoopCount ?? System.coreCount, 1))
        self.shutdownTimeout = shutdownTimeout
        self.logger = logger
    }

    /// A service with several transports, and event loops of its own. See ``connect(_:)``.
    ///
    /// ```swift
    /// let service = Microservice(transports: [.tcp(port: 3000), .tcp(port: 3443, tls: tls)])
    /// ```
    ///
    /// - Parameters:
    ///   - transports: How messages arrive; at least one.
    ///   - eventLoopCount: Threads that serve connections; nil for one for each core.
    ///   - shutdownTimeout: How long running handlers may take after a graceful shutdown has begun.
    ///   - logger: Gets failed handlers, refused peers, start and stop.
    public convenience init(
        transports: [ServerTransport], eventLoopCount: Int? = nil, shutdownTimeout: Duration = .seconds(10),
        logger: Logger = Logger(label: "Microservice")
    ) {
        guard let first = transports.first else { preconditionFailure("a service has at least one transport") }
        self.init(
            transport: first, eventLoopCount: eventLoopCount, shutdownTimeout: shutdownTimeout, logger: logger)
        for transport in transports.dropFirst() { connect(transport) }
    }

    /// A service on event loops that live longer than it does.
    public init(
        transport: ServerTransport = .tcp(), eventLoopGroup: any EventLoopGroup,
        shutdownTimeout: Duration = .seconds(10), logger: Logger = Logger(label: "Microservice")
    ) {
        self.state = Mutex(State(transports: [transport]))
        self.loops = .given(eventLoopGroup)
        self.shutdownTimeout = shutdownTimeout
        self.logger = logger
    }

    /// Takes messages from one more transport, with the same handlers: NestJS's `connectMicroservice`.
    ///
    /// All transports start together, or none does; they stop together.
    ///
    /// - Parameter transport: How messages arrive beside the transports there are.
    public func connect(_ transport: ServerTransport) {
        state.withLock { state in
            guard case .new = state.phase else {
                preconditionFailure("transports are connected before the service starts")
            }
            state.transports.append(transport)
        }
    }

    // MARK: Handlers

    /// Takes up a handler.
    public func add(_ registration: HandlerRegistration) {
        state.withLock { state in
            guard case .new = state.phase else {
                preconditionFailure("handlers are registered before the service starts")
            }
            state.registry.add(registration)
        }
    }

    func addGlobal(_ enhancers: Enhancers) {
        state.withLock { state in
            guard case .new = state.phase else {
                preconditionFailure("guards, interceptors, pipes and filters are given before the service starts")
            }
            state.enhancers = state.enhancers.followed(by: enhancers)
        }
    }

    // MARK: Life

    /// Where the service listens, the port as the system gave it: the first of ``addresses``; nil unless it runs.
    public var address: NetworkAddress? { addresses.first }

    /// Where each transport with a network address listens, in the order of the transports; empty unless it runs.
    public var addresses: [NetworkAddress] {
        state.withLock { state in
            guard case .running(let running) = state.phase else { return [] }
            return running.transports.compactMap(\.address)
        }
    }

    /// The listening channels; none unless it runs.
    var listeningChannels: [any Channel] {
        state.withLock { state in
            guard case .running(let running) = state.phase else { return [] }
            return running.transports.flatMap(\.listener.channels)
        }
    }

    /// Starts, and returns when messages are accepted.
    ///
    /// With several transports all of them listen then; when one cannot, the others are closed again, and the error names it.
    /// While one waits for its address (`retryAttempts`), none listens; ``shutdown()`` ends the wait at once.
    ///
    /// - Throws: ``MicroserviceError``: `cannotListen` when an address is in use, not of this machine or not permitted, or the
    ///   process is out of file descriptors;
    ///   `badCertificate` when a certificate or key cannot be used; `alreadyStarted` the second time.
    public func start() async throws {
        let (transports, registry) = try state.withLock { state in
            guard case .new = state.phase else {
                throw MicroserviceError(.alreadyStarted, "this service was started before")
            }
            state.phase = .starting
            return (state.transports, state.registry.within(state.enhancers))
        }
        for warning in registry.warnings { logger.warning("\(warning)") }
        do {
            let running = try await listen(transports, registry)
            let mustStop = state.withLock { state in
                state.phase = .running(running)
                // Under the lock: whoever hears of it finds the address, and hears of a shutdown only afterwards.
                monitor.changed(to: .connected)
                for transport in running.transports { monitor.report(.listening(transport.reportedAddress)) }
                return stop.isGiven
            }
            logger.info(
                "microservice listens",
                metadata: ["address": "\(running.names)", "patterns": "\(registry.count)"])
            if mustStop { await shutdown() }
        } catch {
            monitor.report(.error(error, peer: nil))
            finish()
            throw error
        }
    }

    /// Every transport listens, or none.
    private func listen(_ transports: [ServerTransport], _ registry: HandlerRegistry) async throws -> Running {
        let ownGroup: MultiThreadedEventLoopGroup?
        let group: any EventLoopGroup
        switch loops {
        case .own(let count):
            try Self.checkDescriptors(loops: count)
            let own = MultiThreadedEventLoopGroup(numberOfThreads: count)
            (ownGroup, group) = (own, own)
        case .given(let given):
            (ownGroup, group) = (nil, given)
        }
        let attempts = ListeningAttempts(
            registry: registry, group: group, logger: logger, monitor: monitor, drainTimeout: shutdownTimeout,
            stop: stop)
        do throws(ListeningAttempts.Failure) {
            return Running(transports: try await attempts.listen(transports), ownGroup: ownGroup)
        } catch {
            // A handler that ignores its cancellation still needs its loop.
            if !error.hasRunningHandlers { try? await ownGroup?.shutdownGracefully() }
            throw error.error
        }
    }

    private static func checkDescriptors(loops count: Int) throws {
        do {
            try EventLoopDescriptors.check(loops: count)
        } catch let error as IOError {
            throw MicroserviceError(
                .cannotListen,
                "cannot start \(count) event loops: \(error.reasonText); raise the limit of open files (ulimit -n)",
                cause: error)
        }
    }

    /// Runs until graceful shutdown, cancellation, or ``shutdown()``.
    ///
    /// - Throws: ``MicroserviceError`` when it cannot start.
    public func run() async throws {
        // Listening may be tried for long while the address is in use.
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await start()
        } onCancelOrGracefulShutdown: {
            self.stop.give()
        }
        let (stop, signal) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if case .running = state.phase { state.stopSignal = signal } else { signal.finish() }
        }
        await withTaskCancellationOrGracefulShutdownHandler {
            for await _ in stop {}
        } onCancelOrGracefulShutdown: {
            signal.finish()
        }
        await shutdown()
    }

    /// Stops accepting, lets the running handlers finish for ``shutdownTimeout``, cancels the rest, closes everything.
    ///
    /// Returns when the service has stopped; calling it again is harmless.
    public func shutdown() async {
        let running: Running? = state.withLock { state in
            switch state.phase {
            case .running(let running):
                state.phase = .stopping
                state.stopSignal?.finish()
                return running
            case .new:
                state.phase = .stopped
                monitor.finish()
                return nil
            case .starting:
                stop.give()
                return nil
            case .stopping, .stopped:
                return nil
            }
        }
        guard let running else { return await stopped() }
        logger.info("microservice stops", metadata: ["address": "\(running.names)"])
        for transport in running.transports { await transport.stopListening() }
        monitor.changed(to: .disconnected)
        monitor.report(.close)
        let hasRunningHandlers = await withTaskGroup(of: Bool.self) { group in
            for transport in running.transports {
                group.addTask { [shutdownTimeout] in await transport.drain(within: shutdownTimeout) }
            }
            return await group.reduce(false) { $0 || $1 }
        }
        // A handler that ignores its cancellation still needs its loop.
        if !hasRunningHandlers { try? await running.ownGroup?.shutdownGracefully() }
        finish()
        logger.info("microservice stopped")
    }

    private func finish() {
        let waiters = state.withLock { state in
            state.phase = .stopped
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        monitor.finish()
        for waiter in waiters { waiter.resume() }
    }

    private func stopped() async {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if case .stopped = state.phase { return true }
                state.waiters.append(continuation)
                return false
            }
            if isStopped { continuation.resume() }
        }
    }
}
