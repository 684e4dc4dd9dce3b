import Logging
import MartletGateway
import NIOPosix
import NetworkIO
import ServiceLifecycle
import Synchronization

/// The services of `martlet serve`: the gateway, whoever waits for the next process, and what the service manager hears.
///
/// World: structured concurrency.
final class ServeServices: Sendable {
    private let gateway: Gateway
    private let sockets: ListeningSockets
    private let options: ProcessOptions
    private let notifier: ServiceNotifier?
    private let logger: Logger
    /// The process that we take over from, until it knows.
    private let former: Mutex<HandOverClient?>
    private let tookOver: Bool
    private let (started, start) = AsyncStream.makeStream(of: Void.self)

    init(
        gateway: Gateway, sockets: ListeningSockets, former: consuming HandOverClient?, options: ProcessOptions,
        notifier: ServiceNotifier?, logger: Logger
    ) {
        self.gateway = gateway
        self.sockets = sockets
        self.options = options
        self.notifier = notifier
        self.logger = logger
        tookOver = former != nil
        self.former = Mutex(former)
    }

    /// In the order of their start. The last is shut down first.
    var services: [ServiceGroupConfiguration.ServiceConfiguration] {
        var services = [
            ServiceGroupConfiguration.ServiceConfiguration(service: Serving(owner: self))
        ]
        if let path = options.handover {
            services.append(
                .init(
                    service: Waiting(owner: self, path: path), successTerminationBehavior: .gracefullyShutdownGroup))
        }
        if let notifier { services.append(.init(service: Reporting(owner: self, notifier: notifier))) }
        return services
    }

    /// The gateway, and the moment when it listens.
    private struct Serving: Service {
        let owner: ServeServices

        func run() async throws {
            try await owner.gateway.run { try await owner.listening($0) }
        }
    }

    private func listening(_ addresses: [String]) async throws {
        try refuseStrangers(addresses)
        let closed = sockets.closeUnclaimed()
        if !closed.isEmpty {
            logger.notice("no longer listening", metadata: ["addresses": "\(closed.joined(separator: ", "))"])
        }
        // Before the other process leaves: the service manager must not take its end for ours.
        notifier?.ready(Self.serving(addresses))
        try await dismissFormer()
        start.yield()
    }

    /// A socket of the service manager that nobody accepts from would make its clients wait for good.
    private func refuseStrangers(_ addresses: [String]) throws {
        for socket in sockets.unclaimed {
            guard case .activation(let name) = socket.origin else { continue }
            throw StrandedClients(address: socket.addressText, name: name, listed: addresses)
        }
    }

    /// The sockets are ours, whether the other process hears it or not; unless it serves on.
    private func dismissFormer() async throws {
        guard tookOver else { return }
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        do {
            try await threads.runIfActive { try self.finishTakingOver() }
        } catch {
            try? await threads.shutdownGracefully()
            throw error
        }
        await sockets.beginAccepting()
        try await threads.shutdownGracefully()
    }

    /// Tells the other process that we are ready. Calls block.
    ///
    /// - Throws: ``ProcessError`` when it has given up on us and serves on: two must not.
    private func finishTakingOver() throws {
        guard let client = former.withLock({ $0.take() }) else { return }
        let process = client.process()
        do throws(HandOverError) {
            try client.finish(within: .seconds(30))
            logger.notice("took the listening sockets over, the other process stops")
        } catch {
            guard error.isGivenUp, let path = options.handover, HandOverClient.isSomebodyWaiting(at: path) else {
                logger.error("the process that served before does not answer", metadata: ["reason": "\(error)"])
                return
            }
            // It has been told that we are the service.
            if let process { notifier?.send("MAINPID=\(process)\nSTATUS=Serving on, not taken over") }
            throw ProcessError("not taken over, the running process serves on: \(error)")
        }
    }

    /// Whoever waits for the process that takes over from this one. Returns when it has.
    private struct Waiting: Service {
        let owner: ServeServices
        let path: String

        func run() async throws {
            let gateway = owner.gateway
            let server = HandOverServer(
                path: path, sockets: owner.sockets, logger: owner.logger,
                alone: { try await gateway.withoutReloads($0) })
            try await cancelWhenGracefulShutdown {
                for await _ in owner.started { break }
                guard !Task.isCancelled else { return }
                do {
                    if try await server.run() { return }
                } catch let error as HandOverError where owner.tookOver {
                    // Clients are served by us alone now: not a reason to end.
                    owner.logger.error(
                        "the next process cannot take over", metadata: ["reason": "\(error)"])
                }
                // To return is to end the process.
                try? await Task.sleep(for: .seconds(1 << 40))
            }
        }
    }

    /// What the service manager hears beside the start.
    private struct Reporting: Service {
        private static let statusInterval: Duration = .seconds(30)

        let owner: ServeServices
        let notifier: ServiceNotifier

        func run() async throws {
            let interval = notifier.watchdogInterval ?? Self.statusInterval
            await cancelWhenGracefulShutdown {
                while (try? await Task.sleep(for: interval / 2)) != nil {
                    if notifier.watchdogInterval != nil {
                        // Every event loop has to answer.
                        _ = await owner.gateway.metrics()
                        notifier.alive()
                    }
                    // Files are read again for other reasons than a signal, too.
                    if !owner.sockets.isHandedOver { notifier.status(owner.status) }
                }
            }
            // After a hand-over another process speaks for the service.
            if !owner.sockets.isHandedOver { notifier.stopping("Finishing requests in flight") }
        }
    }

    // MARK: Reload

    /// Reads the route files and certificates again, and tells the service manager.
    func reload() async {
        // Another process speaks for the service.
        guard !sockets.isHandedOver else { return }
        notifier?.reloading()
        await gateway.reload(cause: "SIGHUP")
        guard !sockets.isHandedOver else { return }
        notifier?.ready(status)
    }

    private static func serving(_ addresses: [String]) -> String { "Serving on \(addresses.joined(separator: ", "))" }

    /// What `systemctl status` shows, to everybody: `systemctl reload` does not tell that files were refused. Of the reason only the place, for
    /// it may quote the file.
    private var status: String {
        let serving = Self.serving(gateway.addresses)
        guard let refusal = gateway.reloadRefusal.first else { return serving }
        let place = refusal.firstRange(of: ": ").map { " (\(refusal[..<$0.lowerBound]))" } ?? ""
        return "\(serving); files refused at \(gateway.reloadFacts.lastAttemptAt)\(place), the log says why"
    }
}
