import Logging
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The listening sockets of one address: one for each event loop, so that a connection lives on the loop that
/// accepted it and the loops share nothing.
///
/// World: started and stopped from structured concurrency; the initialiser of a connection runs on its event loop.
package struct Listener: Sendable {
    /// The address that is listened on, the port as the system gave it.
    package let address: HostPort
    /// The listening channels, one for each event loop.
    package let channels: [any Channel]
    /// Whether its sockets are the service manager's, which keeps them open.
    package private(set) var isActivated = false
    /// Those that connections may be on their way to from the loop that accepted them.
    private var spreadLoops: [any EventLoop] = []
    private let stopListening: @Sendable () -> Void

    /// Makes the handler of an accepted connection, on its loop, which is told whether a TLS handler stands before it.
    package typealias MakeHandler =
        @Sendable (_ context: EventLoopContext, _ channel: any Channel, _ isSecure: Bool) -> any ChannelHandler

    /// Listens on `address`, with one socket on each of the loops (`SO_REUSEPORT` when there is more than one).
    ///
    /// Accepted channels are set up for this library's handlers: no delay, half-closure by the client allowed, receive
    /// buffers lent by the loop's pool.
    ///
    /// - Parameters:
    ///   - address: Where to listen; port 0 lets the system choose.
    ///   - contexts: The loops, at least one.
    ///   - backlog: Connections that may wait to be accepted, for each socket.
    ///   - halfClosure: Whether a client's FIN leaves the other direction open.
    ///   - logger: Hears when the process is out of file descriptors; `nil` for nobody.
    ///   - sockets: Those of the process: what is there for this address is used, and they are told of this listener.
    ///   - group: Of the loops, all of which get connections even if the process was given fewer sockets than it has loops; `nil` leaves
    ///     them to the loops that accept.
    ///   - accepting: Whether connections are accepted at once; else they wait in the system's queue for ``beginAccepting()``.
    ///   - makeTLS: Makes the TLS handler of an accepted connection, on its loop, if it is to have one; `nil` for plain TCP.
    ///   - makeHandler: Makes the handler of an accepted connection, on its loop.
    /// - Returns: The listener, listening.
    /// - Throws: ``NetworkIOError``.
    package static func bind(
        _ address: HostPort,
        on contexts: [EventLoopContext],
        backlog: Int32 = 4096,
        halfClosure: Bool = true,
        logger: Logger? = nil,
        sockets: ListeningSockets? = nil,
        group: MultiThreadedEventLoopGroup? = nil,
        accepting: Bool = true,
        makeTLS: (@Sendable (EventLoopContext) throws -> TLSHandler?)? = nil,
        makeHandler: @escaping MakeHandler
    ) async throws -> Listener {
        let shared = contexts.count > 1
        // Resolving a name blocks, so not on a loop.
        let given = try await NIOThreadPool.singleton.runIfActive {
            let given = try sockets.map { try take(address, from: $0) } ?? []
            // With SO_REUSEPORT a second process would silently take a share of the connections.
            if given.isEmpty && shared && address.port != 0 { try checkIsFree(address) }
            return given
        }
        var bound = address
        var channels: [any Channel] = []
        do {
            let spreads = SocketSource.spreads(given: given, loops: contexts.count)
            for source in SocketSource.sources(given: given, loops: contexts.count) {
                let context = contexts[source.loop]
                var bootstrap = bootstrap(
                    context, contexts, group: spreads ? group : nil, backlog: backlog, reusePort: shared,
                    halfClosure: halfClosure, logger: logger, makeTLS: makeTLS,
                    makeHandler: makeHandler)
                if !accepting { bootstrap = bootstrap.serverChannelOption(.autoRead, value: false) }
                let channel = try await source.open(bootstrap, bound, backlog: backlog)
                channels.append(channel)
                if let port = channel.localAddress?.port { bound.port = port }
            }
        } catch {
            for channel in channels { try? await channel.close() }
            throw listenError(error, address)
        }
        let spreadLoops = SocketSource.spreads(given: given, loops: contexts.count) ? contexts.map(\.eventLoop) : []
        let id = sockets?.register(.init(channels: channels, loops: spreadLoops))
        var listener = Listener(address: bound, channels: channels, spreadLoops: spreadLoops) {
            if let id { sockets?.unregister(id) }
        }
        listener.isActivated = given.contains(where: \.isActivated)
        return listener
    }

    /// Accepts connections from now on.
    package func beginAccepting() async {
        for channel in channels { try? await channel.setOption(.autoRead, value: true).get() }
    }

    private static func take(_ address: HostPort, from sockets: ListeningSockets) throws -> [ListeningDescriptor] {
        // Usually there are none, and nothing has to be looked up.
        guard address.port != 0, !sockets.unclaimed.isEmpty else { return [] }
        do {
            return sockets.take(try SocketAddress.makeAddressResolvingHost(address.host, port: address.port))
        } catch {
            throw listenError(error, address)
        }
    }

    /// Listens within this process; connections go to the loops in turn.
    ///
    /// - Parameters:
    ///   - name: The name to listen under.
    ///   - network: Where.
    ///   - contexts: The loops, at least one.
    ///   - halfClosure: Whether a client's FIN leaves the other direction open.
    ///   - makeHandler: Makes the handler of an accepted connection, on its loop.
    /// - Returns: The listener, listening; its address is the name.
    /// - Throws: ``NetworkIOError/addressInUse(_:)``.
    package static func listen(
        _ name: String, in network: any LocalNetwork, on contexts: [EventLoopContext], halfClosure: Bool = true,
        makeHandler: @escaping MakeHandler
    ) throws -> Listener {
        let turn = Atomic<Int>(0)
        try network.listen(name) { socket in
            let context = contexts[turn.add(1, ordering: .relaxed).oldValue % contexts.count]
            _ = socket.adopt(on: context) { channel in
                try prepare(channel, context, halfClosure: halfClosure, makeTLS: nil, makeHandler: makeHandler)
            }
        }
        return Listener(
            address: HostPort(host: name, port: 0), channels: [], stopListening: { network.stopListening(name) })
    }

    /// Stops accepting. Connections already accepted live on, and those that the system has accepted for us by now.
    package func close() async {
        stopListening()
        await withTaskGroup(of: Void.self) { group in
            for channel in channels {
                group.addTask { await Self.closeWhenNobodyWaits(channel, spreadingOver: spreadLoops) }
            }
        }
    }

    /// Throws when somebody listens on the address. Binds without SO_REUSEPORT and without listening: a connection that came
    /// to this socket would be nobody's.
    static func checkIsFree(_ address: HostPort) throws(NetworkIOError) {
        do {
            let resolved = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
            try resolved.withSockAddr { name, size in
                func check(_ result: CInt, _ reason: String) throws {
                    if result < 0 { throw IOError(errnoCode: errno, reason: reason) }
                }
                let descriptor = socket(resolved.protocol.rawValue, streamSocket, 0)
                try check(descriptor, "socket")
                defer { systemClose(descriptor) }
                // As the listening sockets have it: connections of a process that has ended are no obstacle.
                var isOn: CInt = 1
                try check(
                    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<CInt>.size)),
                    "setsockopt")
                try check(systemBind(descriptor, name, socklen_t(size)), "bind")
            }
        } catch {
            throw listenError(error, address)
        }
    }

    static func listenError(_ error: any Error, _ address: HostPort) -> NetworkIOError {
        if let error = error as? NetworkIOError { return error }
        guard let error = error as? IOError else {
            return .cannotListen(address: address.description, reason: "\(error)")
        }
        if error.errnoCode == EADDRINUSE { return .addressInUse(address.description) }
        return .cannotListen(address: address.description, reason: error.reasonText)
    }

    private static func bootstrap(
        _ context: EventLoopContext, _ contexts: [EventLoopContext], group: MultiThreadedEventLoopGroup?,
        backlog: Int32, reusePort: Bool, halfClosure: Bool, logger: Logger? = nil,
        makeTLS: (@Sendable (EventLoopContext) throws -> TLSHandler?)? = nil,
        makeHandler: @escaping MakeHandler
    ) -> ServerBootstrap {
        let bootstrap = ServerBootstrap(group: context.eventLoop, childGroup: group ?? context.eventLoop)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause(logger: logger))
                }
            }
            .childChannelInitializer { channel in
                let eventLoop = channel.eventLoop
                do {
                    let own = contexts.first { $0.eventLoop === eventLoop } ?? context
                    try prepare(channel, own, halfClosure: halfClosure, makeTLS: makeTLS, makeHandler: makeHandler)
                    // Cheaper than a future that is made of an outcome: it is always the same one.
                    return eventLoop.makeSucceededVoidFuture()
                } catch {
                    return eventLoop.makeFailedFuture(error)
                }
            }
        guard reusePort else { return bootstrap }
        return bootstrap.serverChannelOption(
            ChannelOptions.socket(SocketOptionLevel(SOL_SOCKET), SocketOptionName(SO_REUSEPORT)), value: 1)
    }

    /// Sets an accepted channel up.
    private static func prepare(
        _ channel: any Channel, _ context: EventLoopContext, halfClosure: Bool,
        makeTLS: (@Sendable (EventLoopContext) throws -> TLSHandler?)?,
        makeHandler: MakeHandler
    ) throws {
        let options = channel.syncOptions
        try options?.useSharedReceiveBuffers(context.clientReceiveBuffers)
        if halfClosure { try options?.setOption(.allowRemoteHalfClosure, value: true) }
        let secure = try makeTLS?(context)
        let pipeline = channel.pipeline.syncOperations
        if let secure { try pipeline.addHandler(secure) }
        try pipeline.addHandler(makeHandler(context, channel, secure != nil))
    }
}

/// Waits a moment when the system has no descriptor (or memory) for another connection, instead of asking again at once.
///
/// SwiftNIO's own `AcceptBackoffHandler` holds back the next read, but the socket stays registered: with a client
/// waiting to be accepted the loop would spin. Here reading is switched off for the pause; those who wait stay in the
/// system's queue.
///
/// World: one event loop.
package final class AcceptPause: ChannelInboundHandler, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: everything is touched on the channel's event loop only.
    package typealias InboundIn = any Channel

    private let logger: Logger?
    private var isPaused = false
    /// No second line before this time: one each ten seconds says enough.
    private var nextLine = NIODeadline.uptimeNanoseconds(0)

    package init(logger: Logger?) { self.logger = logger }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, !isPaused else { return }
        isPaused = true
        if .now() >= nextLine {
            nextLine = .now() + .seconds(10)
            logger?.error(
                "cannot accept connections, trying again: raise the limit of open files (ulimit -n) or lower the limit of connections",
                metadata: ["reason": "\(error.reasonText)"])
        }
        let options = context.channel.syncOptions
        try? options?.setOption(.autoRead, value: false)
        context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) {
            self.isPaused = false
            try? options?.setOption(.autoRead, value: true)
        }
    }
}

extension NIOSynchronousChannelOptions {
    /// Lets the channel borrow its receive buffers from a pool of its event loop; on that loop.
    func useSharedReceiveBuffers(_ pool: ReceiveBufferPool, firstCapacity: Int = 512) throws {
        try setOption(.maxMessagesPerRead, value: 1)
        try setOption(
            .recvAllocator, value: SharedReceiveBufferAllocator(pool: pool, firstCapacity: firstCapacity))
    }
}
