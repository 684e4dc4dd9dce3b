public import Logging
public import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// The client proxies of an application, by token: NestJS's `ClientsModule`.
///
/// ```swift
/// extension ClientToken { static let math = ClientToken("MATH_SERVICE") }
///
/// let clients = ClientRegistry()
///     .register(.math, .tcp(port: 3000))
///     .registerAsync(.mail) { .tcp(host: try await settings.string("mail.host"), port: 3001) }
///
/// let sum: Int = try await clients.client(.math).send(["cmd": "sum"], [1, 2]).decoded()
/// ```
///
/// Each token has one client proxy, made when it is first asked for and connected with its first message. The registry is a
/// `Service`: run in a group *before* the services that use it, it makes every client proxy at the start, so that a
/// configuration that cannot be had ends the start, and drains them after those services have stopped. Once it drains, no further
/// client proxy is made.
///
/// World: structured concurrency.
public final class ClientRegistry: Service, Sendable {
    private typealias Factory = @Sendable () async throws -> ClientConfiguration

    /// Gets the client proxy or the factory's error; nil to see for itself.
    private typealias Waiter = CheckedContinuation<Result<ClientProxy, any Error>?, Never>

    private enum Entry {
        /// To `making`.
        case registered(Factory)
        /// Its factory runs, and others wait for its outcome; to `made`, or back to `registered` when the factory throws.
        case making([Waiter])
        case made(ClientProxy)
    }

    /// What somebody who wants a client proxy has to do.
    private enum Step {
        case use(ClientProxy)
        case make(Factory)
        case wait
        case fail(any Error)
    }

    private struct State {
        var entries: [ClientToken: Entry] = [:]
        /// Whether no further client proxy is made.
        var isDrained = false
    }

    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let state = Mutex(State())

    /// A registry without client proxies.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: Where the connections live; each client proxy on one loop of this group.
    ///   - logger: For connections coming and going.
    public init(
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "martlet.client")
    ) {
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
    }

    // MARK: Registration

    /// Registers a client proxy. Of two for one token the last one counts, until it has been asked for.
    ///
    /// - Parameters:
    ///   - token: What it is asked for by.
    ///   - configuration: Where its service is.
    /// - Returns: The registry.
    @discardableResult
    public func register(_ token: ClientToken, _ configuration: ClientConfiguration) -> ClientRegistry {
        registerAsync(token) { configuration }
    }

    /// Registers a client proxy whose configuration has to be found out first: NestJS's `registerAsync` with `useFactory`.
    ///
    /// - Parameters:
    ///   - token: What it is asked for by.
    ///   - configuration: Called when the client proxy is first asked for; once, and again only after it has thrown. All who ask
    ///     while it runs share its outcome.
    /// - Returns: The registry.
    @discardableResult
    public func registerAsync(
        _ token: ClientToken, _ configuration: @escaping @Sendable () async throws -> ClientConfiguration
    ) -> ClientRegistry {
        state.withLock { state in
            switch state.entries[token] {
            case nil, .registered: state.entries[token] = .registered(configuration)
            case .making, .made: preconditionFailure("the client \"\(token)\" is in use: register before asking for it")
            }
        }
        return self
    }

    // MARK: Use

    /// The client proxy of a token: the same one each time.
    ///
    /// - Parameter token: As it was registered.
    /// - Returns: The client proxy, not necessarily connected.
    /// - Throws: ``ClientError`` `unknownClient`, what the token's asynchronous registration throws, and
    ///   ``UpstreamFailure/closing`` for a client proxy that was not made before ``drain()``.
    public func client(_ token: ClientToken) async throws -> ClientProxy {
        while true {
            switch step(token) {
            case .use(let client): return client
            case .fail(let error): throw error
            case .make(let factory): return try await make(token, factory).get()
            case .wait: if let outcome = await somebodyElse(token) { return try outcome.get() }
            }
        }
    }

    private func step(_ token: ClientToken) -> Step {
        state.withLock { state in
            switch state.entries[token] {
            case .made(let client): return .use(client)
            case .making: return .wait
            case .registered where state.isDrained: return .fail(UpstreamFailure.closing)
            case .registered(let factory):
                state.entries[token] = .making([])
                return .make(factory)
            case nil:
                let known = state.entries.keys.map(\.name).sorted().joined(separator: ", ")
                return .fail(
                    ClientError(
                        .unknownClient,
                        "no client is registered as \"\(token)\"; registered: \(known.isEmpty ? "none" : known)"))
            }
        }
    }

    private func make(_ token: ClientToken, _ factory: @escaping Factory) async -> Result<ClientProxy, any Error> {
        do {
            let client = ClientProxy(try await factory(), eventLoopGroup: eventLoopGroup, logger: logger)
            // Made while the others were drained: it takes no message either.
            if settle(token, .made(client), .success(client)) { await client.drain() }
            return .success(client)
        } catch {
            // The end of this caller's task is no matter of those who wait.
            _ = settle(token, .registered(factory), Task.isCancelled ? nil : .failure(error))
            return .failure(error)
        }
    }

    /// Ends the making, and tells whoever waits for it.
    ///
    /// - Returns: Whether the registry drains.
    private func settle(_ token: ClientToken, _ entry: Entry, _ outcome: Result<ClientProxy, any Error>?) -> Bool {
        let (waiters, isDrained) = state.withLock { state in
            defer { state.entries[token] = entry }
            guard case .making(let waiters) = state.entries[token] else { return ([Waiter](), state.isDrained) }
            return (waiters, state.isDrained)
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
        return isDrained
    }

    /// The outcome of the one whose factory runs; nil when there is none to share.
    private func somebodyElse(_ token: ClientToken) async -> Result<ClientProxy, any Error>? {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard case .making(let waiters) = state.entries[token] else { return true }
                state.entries[token] = .making(waiters + [continuation])
                return false
            }
            if isOver { continuation.resume(returning: nil) }
        }
    }

    // MARK: Life

    /// Makes every client proxy, waits for graceful shutdown or cancellation, and drains them.
    ///
    /// - Throws: What an asynchronous registration throws.
    public func run() async throws {
        let tokens = state.withLock { $0.entries.keys.sorted { $0.name < $1.name } }
        for token in tokens { _ = try await client(token) }
        try? await gracefulShutdown()
        await drain()
    }

    /// Closes the connections of every client proxy now, as ``ClientProxy/close()`` does.
    public func close() async {
        await each { await $0.close() }
    }

    /// Lets the answers come that are due, and closes everything, as ``ClientProxy/drain()`` does. Client proxies that were not made
    /// by then are not made any more; one that is being made is drained as soon as it is.
    public func drain() async {
        state.withLock { $0.isDrained = true }
        await each { await $0.drain() }
    }

    private func each(_ body: @escaping @Sendable (ClientProxy) async -> Void) async {
        let clients = state.withLock { state in
            state.entries.values.compactMap { entry in if case .made(let client) = entry { client } else { nil } }
        }
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await body(client) } }
        }
    }
}
