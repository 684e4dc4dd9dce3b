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
/// configuration that cannot be had ends the start, and drains them after those services have stopped.
///
/// World: structured concurrency.
public final class ClientRegistry: Service, Sendable {
    private typealias Factory = @Sendable () async throws -> ClientConfiguration

    private enum Entry {
        /// To `making`.
        case registered(Factory)
        /// Its factory runs, and others wait for it; to `made`, or back to `registered` when the factory throws.
        case making([CheckedContinuation<Void, Never>])
        case made(ClientProxy)
    }

    /// What somebody who wants a client proxy has to do.
    private enum Step {
        case use(ClientProxy)
        case make(Factory)
        case wait
        case fail(ClientError)
    }

    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let entries = Mutex<[ClientToken: Entry]>([:])

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
    ///   - configuration: Called when the client proxy is first asked for; once, and again only after it has thrown.
    /// - Returns: The registry.
    @discardableResult
    public func registerAsync(
        _ token: ClientToken, _ configuration: @escaping @Sendable () async throws -> ClientConfiguration
    ) -> ClientRegistry {
        entries.withLock { entries in
            switch entries[token] {
            case nil, .registered: entries[token] = .registered(configuration)
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
    /// - Throws: ``ClientError`` `unknownClient`, and what the token's asynchronous registration throws.
    public func client(_ token: ClientToken) async throws -> ClientProxy {
        while true {
            switch step(token) {
            case .use(let client): return client
            case .fail(let error): throw error
            case .wait: await somebodyElse(token)
            case .make(let factory):
                do {
                    let client = ClientProxy(try await factory(), eventLoopGroup: eventLoopGroup, logger: logger)
                    settle(token, .made(client))
                    return client
                } catch {
                    settle(token, .registered(factory))
                    throw error
                }
            }
        }
    }

    private func step(_ token: ClientToken) -> Step {
        entries.withLock { entries in
            switch entries[token] {
            case .made(let client): return .use(client)
            case .making: return .wait
            case .registered(let factory):
                entries[token] = .making([])
                return .make(factory)
            case nil:
                let known = entries.keys.map(\.name).sorted().joined(separator: ", ")
                return .fail(
                    ClientError(
                        .unknownClient,
                        "no client is registered as \"\(token)\"; registered: \(known.isEmpty ? "none" : known)"))
            }
        }
    }

    private func settle(_ token: ClientToken, _ entry: Entry) {
        let waiters = entries.withLock { entries in
            defer { entries[token] = entry }
            guard case .making(let waiters) = entries[token] else { return [CheckedContinuation<Void, Never>]() }
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the one whose factory runs has its client proxy, or the factory's error.
    private func somebodyElse(_ token: ClientToken) async {
        await withCheckedContinuation { continuation in
            let isOver = entries.withLock { entries in
                guard case .making(let waiters) = entries[token] else { return true }
                entries[token] = .making(waiters + [continuation])
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: Life

    /// Makes every client proxy, waits for graceful shutdown or cancellation, and drains them.
    ///
    /// - Throws: What an asynchronous registration throws.
    public func run() async throws {
        for token in entries.withLock({ $0.keys.sorted { $0.name < $1.name } }) { _ = try await client(token) }
        try? await gracefulShutdown()
        await drain()
    }

    /// Closes the connections of every client proxy now, as ``ClientProxy/close()`` does.
    public func close() async {
        await each { await $0.close() }
    }

    /// Lets the answers come that are due, and closes everything, as ``ClientProxy/drain()`` does.
    public func drain() async {
        await each { await $0.drain() }
    }

    private func each(_ body: @escaping @Sendable (ClientProxy) async -> Void) async {
        let clients = entries.withLock { entries in
            entries.values.compactMap { entry in if case .made(let client) = entry { client } else { nil } }
        }
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await body(client) } }
        }
    }
}
