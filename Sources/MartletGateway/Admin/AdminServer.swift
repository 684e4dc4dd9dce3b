import Logging
import NIOCore
import NIOPosix
import NetworkIO
import Routing
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The admin listener: one address, one event loop of its own, so that whoever looks never delays a request.
///
/// It is there from before the gateway listens until after it has stopped, and outlives reloads. An address that is in use is tried
/// again every second: during a restart the old process still has it, and requests matter more than this listener.
///
/// World: structured concurrency.
final class AdminServer: Sendable {
    private typealias Accepting = NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>

    private struct State {
        var task: Task<Void, Never>?
        var address: HostPort?
    }

    private let settings: AdminSettings
    private let handler: AdminHandler
    private let source: any AdminSource
    private let logger: Logger
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Mutex(State())

    /// - Parameters:
    ///   - settings: Where and for whom.
    ///   - source: The gateway.
    ///   - policy: Which services must be up, at present.
    ///   - logger: Hears where it listens.
    /// - Throws: ``AdminTokenError``.
    init(
        _ settings: AdminSettings, source: any AdminSource, policy: @escaping @Sendable () -> ReadinessPolicy,
        logger: Logger
    ) throws(AdminTokenError) {
        let tokens: AdminTokens?
        if let token = settings.token { tokens = try AdminTokens(token) } else { tokens = nil }
        self.settings = settings
        self.source = source
        self.logger = logger
        handler = AdminHandler(
            source: source, access: AdminAccess(tokens: tokens, host: settings.address.host), hasPage: settings.page,
            policy: policy)
    }

    /// The address that is listened on, the port as the system gave it; `nil` while it is in use by somebody else.
    var address: HostPort? { state.withLock { $0.address } }

    /// Listens, or begins to wait for the address.
    ///
    /// - Throws: ``NetworkIOError`` when the address can never be listened on.
    func start() async throws {
        var first: Accepting?
        do {
            first = try await bind()
        } catch NetworkIOError.addressInUse {
            logger.warning(
                "the admin address is in use; trying again every second",
                metadata: ["address": "\(settings.address)"])
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        let task = Task { [first] in await run(first) }
        state.withLock { $0.task = task }
    }

    /// Ends every connection and stops listening.
    func stop() async {
        let task = state.withLock { $0.task.take() }
        task?.cancel()
        await task?.value
        try? await group.shutdownGracefully()
    }

    private func run(_ first: Accepting?) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tick() }
            var accepting = first
            while !Task.isCancelled {
                if let bound = accepting {
                    await self.serve(bound)
                    guard !Task.isCancelled else { break }
                    self.logger.error("the admin listener has ended; listening again in a second")
                }
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { break }
                accepting = try? await self.bind()
            }
            group.cancelAll()
        }
    }

    private func tick() async {
        repeat { await source.tick() } while (try? await Task.sleep(for: .seconds(1))) != nil
    }

    private func serve(_ accepting: Accepting) async {
        let connections = AdminConnections(upTo: settings.connections)
        let handler = handler
        try? await accepting.executeThenClose { inbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await stream in inbound {
                    guard let place = connections.enter(stream.channel) else {
                        group.addTask { try? await stream.executeThenClose { _, _ in } }
                        continue
                    }
                    group.addTask {
                        await AdminConnection(
                            stream: stream, handler: handler, connections: connections, place: place
                        ).run()
                        connections.leave(place)
                    }
                }
                group.cancelAll()
            }
        }
    }

    private func bind() async throws -> Accepting {
        // A listener that ended comes back where it was.
        let wanted = EndpointAddress(host: settings.address.host, port: address?.port ?? settings.address.port)
        do {
            let accepting = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelInitializer { [logger] channel in
                    // Before everything else: an error would end the listener.
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                    }
                }
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(host: wanted.host, port: wanted.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let port = accepting.channel.localAddress?.port ?? wanted.port
            let address = HostPort(host: wanted.host, port: port)
            state.withLock { $0.address = address }
            logger.notice(
                "admin listening",
                metadata: ["address": "\(address)", "token": "\(settings.token != nil)", "page": "\(settings.page)"])
            return accepting
        } catch let error as IOError {
            if error.errnoCode == EADDRINUSE { throw NetworkIOError.addressInUse(wanted.description) }
            throw NetworkIOError.cannotListen(address: wanted.description, reason: error.reasonText)
        } catch {
            // Such as a name that nobody knows.
            throw NetworkIOError.cannotListen(address: wanted.description, reason: "\(error)")
        }
    }
}
