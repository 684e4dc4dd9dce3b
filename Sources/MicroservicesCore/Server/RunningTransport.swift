import Logging
import NIOCore
import NetworkIO

/// One transport of a running service: where it listens, and the loops that serve its connections.
///
/// Each transport has limits, framing and clock of its own, so each has its own ``ServerLoop``s; they share the threads and the
/// handlers.
///
/// World: opened and closed from structured concurrency.
struct RunningTransport: Sendable {
    let transport: ServerTransport
    let listener: Listener
    let loops: [ServerLoop]
    /// Follows configuration and certificate files; nil when there are none.
    private let watcher: Task<Void, Never>?

    /// Where it listens, the port as the system gave it; nil for a transport without a network address.
    var address: NetworkAddress? {
        guard case .tcp = transport.kind else { return nil }
        return NetworkAddress(host: listener.address.host, port: listener.address.port)
    }

    /// As events tell it: a name with port 0 for a transport without a network address.
    var reportedAddress: NetworkAddress { address ?? NetworkAddress(host: transport.description, port: 0) }

    /// For the log.
    var name: String { address?.description ?? transport.description }

    // MARK: Start

    /// Listens: one attempt.
    ///
    /// - Parameters:
    ///   - transport: How and where.
    ///   - registry: The handlers.
    ///   - group: The loops to serve connections on.
    ///   - logger: For everything.
    ///   - monitor: Hears of connections and their mishaps.
    /// - Returns: The transport, accepting connections.
    /// - Throws: ``MicroserviceError``; its cause is `NetworkIOError.addressInUse` when another attempt may help.
    static func open(
        _ transport: ServerTransport, _ registry: HandlerRegistry, on group: any EventLoopGroup, logger: Logger,
        monitor: ServerMonitor
    ) async throws -> RunningTransport {
        let live: LiveOptions
        do throws(TLSConfigurationError) {
            live = try LiveOptions(transport.options)
        } catch {
            throw MicroserviceError(.badCertificate, "\(transport): \(error)", cause: error)
        }
        let connections = ConnectionCount()
        let loops = group.makeIterator().enumerated().map { index, eventLoop in
            ServerLoop(
                context: EventLoopContext(eventLoop: eventLoop, index: index, clock: transport.clock),
                registry: registry, options: live, coding: transport.coding, logger: logger,
                connectionCount: connections, monitor: monitor)
        }
        do {
            for loop in loops { try await loop.context.eventLoop.submit { loop.start() }.get() }
            let listener = try await listen(transport, live, loops, logger)
            let watcher = live.canChange ? Task { await live.watch(logger: logger) } : nil
            return RunningTransport(transport: transport, listener: listener, loops: loops, watcher: watcher)
        } catch {
            for loop in loops { try? await loop.context.eventLoop.submit { loop.context.stop() }.get() }
            throw MicroserviceError(.cannotListen, "\(error)", cause: error)
        }
    }

    private static func listen(
        _ transport: ServerTransport, _ live: LiveOptions, _ loops: [ServerLoop], _ logger: Logger
    ) async throws -> Listener {
        let contexts = loops.map(\.context)
        let options: TCPServerOptions
        switch transport.kind {
        case .tcp(let tcp): options = tcp
        case .local(let network, let name, _):
            return try Listener.listen(name, in: network, on: contexts) { context, channel, _ in
                loops[context.index].makeConnection(channel)
            }
        }
        guard (0...65535).contains(options.port) else {
            throw MicroserviceError(.cannotListen, "\(transport): a port is a number from 0 to 65535")
        }
        return try await Listener.bind(
            HostPort(host: options.host, port: options.port), on: contexts, logger: logger, makeTLS: makeTLS(live),
            makeHandler: { context, channel, _ in loops[context.index].makeConnection(channel) })
    }

    private static func makeTLS(_ live: LiveOptions) -> (@Sendable (EventLoopContext) throws -> TLSHandler)? {
        guard let certificates = live.certificates else { return nil }
        return { loop in
            let timeout = live.limits.options.handshakeTimeout
            return try TLSHandler(
                server: certificates.current, loop: loop, handshakeTimeout: .nanoseconds(timeout.nanoseconds))
        }
    }

    // MARK: Stop

    /// Stops accepting; connections live on.
    func stopListening() async {
        watcher?.cancel()
        await listener.close()
    }

    /// Lets running handlers finish, cancels the rest and closes every connection.
    ///
    /// - Parameter timeout: For the handlers.
    /// - Returns: Whether handlers still run, which have ignored their cancellation and need their loops.
    func drain(within timeout: Duration) async -> Bool {
        let drains = loops.map { loop in loop.context.eventLoop.flatSubmit { loop.drain(within: timeout) } }
        for drain in drains { try? await drain.get() }
        var hasRunningHandlers = false
        for loop in loops {
            let stillRunning = try? await loop.context.eventLoop.submit {
                loop.context.stop()
                return loop.hasRunningHandlers
            }.get()
            hasRunningHandlers = hasRunningHandlers || stillRunning == true
        }
        return hasRunningHandlers
    }
}
