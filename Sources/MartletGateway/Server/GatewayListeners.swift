import Logging
import NIOCore
import NIOPosix
import NetworkIO
import Routing
import Synchronization

/// The addresses that a gateway listens on, each with what it is there for at present.
///
/// What a listener speaks and shows can change while it listens: connections get what counts when they are accepted. An address
/// that comes or goes touches no other.
///
/// World: structured concurrency; a role is read on event loops.
struct GatewayListeners: Sendable {
    /// What connections of an address get.
    final class Role: Sendable {
        struct Value: Sendable {
            var protocols: Set<HTTPProtocol>
            /// `nil` without TLS.
            var certificates: TLSContextBox<TLSServerContext>?
            /// `nil` where clients connect themselves.
            var proxyProtocol: ProxyProtocolSettings?
        }

        private let value: Mutex<Value>

        init(_ value: Value) { self.value = Mutex(value) }

        var current: Value { value.withLock { $0 } }

        func replace(with value: Value) { self.value.withLock { $0 = value } }
    }

    /// One address.
    struct Entry: Sendable {
        /// As the route file has it: port 0 may stand for another one.
        let address: EndpointAddress
        let role: Role
        let listener: Listener
    }

    private(set) var entries: [Entry] = []
    /// Those of the process.
    private let sockets: ListeningSockets?
    /// Of the workers' loops.
    private let group: MultiThreadedEventLoopGroup?

    init(sockets: ListeningSockets? = nil, group: MultiThreadedEventLoopGroup? = nil) {
        self.sockets = sockets
        self.group = group
    }

    /// As `host:port`, with the ports that the system chose.
    var addresses: [String] { entries.map(\.listener.address.description) }

    /// Listens on the addresses of a generation that are not listened on yet.
    ///
    /// - Parameters:
    ///   - generation: Says where to listen.
    ///   - workers: Serve the connections.
    ///   - accepting: Whether connections of new addresses are accepted at once, or wait for ``beginAccepting(except:)``.
    ///   - logger: Hears of each address.
    /// - Returns: The listeners of the generation in its order. Those of addresses that it shares with the present ones are the same,
    ///   their roles unchanged.
    /// - Throws: ``NetworkIOError``, ``StrandedClients``; what was opened is closed again then.
    func extended(
        to generation: Generation, _ workers: [GatewayWorker], accepting: Bool = true, logger: Logger
    ) async throws -> GatewayListeners {
        try refuseStrangers(generation.file.gateway.listen.map(\.address))
        var result = GatewayListeners(sockets: sockets, group: group)
        var left = entries
        var opened: [Listener] = []
        do {
            for (settings, role) in zip(generation.file.gateway.listen, Self.roles(generation)) {
                if let index = left.firstIndex(where: { $0.address == settings.address }) {
                    result.entries.append(left.remove(at: index))
                    continue
                }
                let entry = try await listen(settings, Role(role), workers, accepting: accepting, logger: logger)
                opened.append(entry.listener)
                result.entries.append(entry)
            }
        } catch {
            for listener in opened { await listener.close() }
            throw error
        }
        return result
    }

    /// From now on connections get what a generation says; in its order.
    func take(_ generation: Generation) {
        for (entry, role) in zip(entries, Self.roles(generation)) { entry.role.replace(with: role) }
    }

    /// Nobody would accept from a socket of the service manager, which keeps it open.
    private func refuseStrangers(_ addresses: [EndpointAddress]) throws(StrandedClients) {
        for entry in entries where entry.listener.isActivated && !addresses.contains(entry.address) {
            throw StrandedClients(address: entry.listener.address.description, listed: addresses.map(\.description))
        }
    }

    /// Accepts connections where another set does not listen yet.
    func beginAccepting(except others: GatewayListeners) async {
        for entry in lacking(in: others) { await entry.listener.beginAccepting() }
    }

    /// Stops listening where another set does not listen any more, everywhere at once. Connections that were accepted live on.
    func close(except others: GatewayListeners = GatewayListeners(), logger: Logger? = nil) async {
        await withTaskGroup(of: Void.self) { group in
            for entry in lacking(in: others) {
                group.addTask {
                    await entry.listener.close()
                    logger?.notice("no longer listening", metadata: ["address": "\(entry.listener.address)"])
                }
            }
        }
    }

    private func lacking(in others: GatewayListeners) -> [Entry] {
        entries.filter { entry in !others.entries.contains { $0.role === entry.role } }
    }

    private static func roles(_ generation: Generation) -> [Role.Value] {
        zip(generation.file.gateway.listen, generation.tls.listeners).map { settings, certificates in
            Role.Value(
                protocols: settings.protocols, certificates: certificates, proxyProtocol: settings.proxyProtocol)
        }
    }

    private func listen(
        _ settings: ListenerSettings, _ role: Role, _ workers: [GatewayWorker], accepting: Bool, logger: Logger
    ) async throws -> Entry {
        let name = settings.address.description
        let listener = try await Listener.bind(
            HostPort(host: settings.address.host, port: settings.address.port), on: workers.map(\.loop), logger: logger,
            sockets: sockets, group: group, accepting: accepting,
            makeTLS: { context in
                let worker = workers[context.index]
                return try role.current.certificates.map { certificates in
                    try TLSHandler(
                        server: certificates.current, loop: context,
                        handshakeTimeout: .nanoseconds(worker.settings.handshakeTimeout),
                        plainHTTPAnswer: { worker.plainHTTP })
                }
            },
            makeHandler: { context, channel, isSecure in
                let (worker, role) = (workers[context.index], role.current)
                ProxyProtocolHandler.add(to: channel, role.proxyProtocol, worker: worker, logger: logger)
                // The role may have changed since the handler before this one was made: that one decides.
                if isSecure {
                    return worker.accepted(
                        SecureGreeting(worker: worker, protocols: role.protocols, logger: logger), by: name)
                }
                guard role.protocols.contains(.http1) else {
                    return worker.accepted(HTTP2Connection(worker: worker), by: name)
                }
                return worker.accepted(
                    HTTP1Connection(worker: worker, acceptsHTTP2: role.protocols.contains(.h2c)), by: name)
            })
        logger.notice(
            "listening",
            metadata: [
                "address": "\(listener.address)", "tls": "\(settings.tls != nil)",
                "protocols": "\(settings.protocols.map(\.rawValue).sorted().joined(separator: ","))",
            ])
        return Entry(address: settings.address, role: role, listener: listener)
    }
}
