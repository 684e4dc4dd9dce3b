import Logging
import MessageWire
import MicroservicesCore
import NIOCore
import NetworkIO
import Routing
import Synchronization

/// What the gateway tells its admin listener, and does for it.
extension Gateway: AdminSource {
    /// Where the admin listener is, the port as the system gave it; `nil` without one.
    public var adminAddress: String? { admin.address?.description }

    /// Listens for operators and probes, if the route file says so.
    ///
    /// - Throws: ``NetworkIOError`` when the address cannot be listened on, `RouteFileError` when the token cannot be read.
    func startAdmin() async throws {
        guard let settings = file.gateway.admin else { return }
        let server: AdminServer
        do throws(AdminTokenError) {
            server = try AdminServer(
                settings, source: self, policy: { [self] in file.gateway.admin?.ready ?? .none },
                logger: configuration.logger)
        } catch {
            throw RouteFileError(errors: [Diagnostic(.error, settings.place, "\(error)")], warnings: [])
        }
        admin.began(server, settings)
        try await server.start()
    }

    package func status() async -> AdminStatus {
        let metrics = await metrics()
        let file = file
        var status = AdminStatus(
            phase: admin.phase, at: .now(), monotonic: Int64(bitPattern: NIODeadline.now().uptimeNanoseconds),
            startedAt: admin.startedAt)
        status.addresses = addresses
        status.loops = configuration.loops
        status.routes = Self.routes(file, metrics)
        status.services = Self.services(file, metrics)
        status.connections.open = metrics.connectionsOpen
        status.connections.accepted = metrics.connectionsAccepted
        status.connections.refused = metrics.connectionsRefused
        status.connections.upstream = metrics.upstreamConnections
        status.requestsInFlight = metrics.requestsInFlight
        status.reloads = AdminStatus.Reloads(reloadFacts)
        return status
    }

    package var currentPhase: GatewayPhase { admin.phase }

    package func effectiveConfiguration() async -> JSONValue { file.effective }

    package func routes() async -> [RouteRow] { file.rows }

    /// Every loop is told, and remembers it for pools that a reload makes anew. What is drained can be taken back although the file no
    /// longer has it.
    package func setDraining(_ isDraining: Bool, service: String, endpoint: String) async -> Bool {
        let found = file.services.first { $0.name == service }?.endpoints.contains { $0.description == endpoint }
        let drained = DrainedEndpoint(service: service, address: endpoint)
        guard found == true || !isDraining && admin.draining.contains(drained) else { return false }
        admin.setDraining(isDraining, drained)
        await settleDraining()
        return true
    }

    /// Every loop takes over what is drained at the moment when it does so: whatever comes in between, the last word counts.
    private func settleDraining() async {
        for worker in state.withLock({ $0.workers }) {
            try? await worker.loop.eventLoop.submit { [admin] in worker.setDraining(admin.draining) }.get()
        }
    }

    /// Sees to it that the first loop's pools keep a connection to every endpoint, and that every loop knows what is drained; says
    /// what a reload cannot change.
    package func tick() async {
        if let first = state.withLock({ $0.workers.first }) {
            try? await first.loop.eventLoop.submit {
                for pool in first.dispatcher.services.pools { pool.watch() }
            }.get()
        }
        await settleDraining()
        if admin.needsRestart(for: file.gateway.admin) {
            configuration.logger.warning(
                "gateway.admin has changed; only its ready policy is taken without a restart",
                metadata: ["address": "\(admin.address.map { "\($0)" } ?? "-")"])
        }
    }

    package func logLevel() async -> String? { configuration.logSettings.level.rawValue }

    package func setLogLevel(_ level: String) async -> Bool {
        guard let level = Logger.Level(rawValue: level) else { return false }
        configuration.logSettings.level = level
        return true
    }

    // MARK: The status

    /// All routes of the file in its order, and the requests that matched none when there were any.
    private static func routes(_ file: RouteFile, _ metrics: GatewayMetrics) -> [AdminStatus.Route] {
        let counted = Dictionary(metrics.routes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var routes = file.routes.map { route in
            let match = route.methods.names.joined(separator: "|") + " " + (route.host?.text ?? "") + route.path.text
            return AdminStatus.Route(
                id: route.id, match: match, service: file.services[route.service].name,
                verb: route.kind == .send ? "send" : "emit")
        }
        if counted[""]?.outcomes.isEmpty == false {
            routes.append(AdminStatus.Route(id: "", match: "", service: "", verb: ""))
        }
        for index in routes.indices {
            guard let counters = counted[routes[index].id] else { continue }
            routes[index].add(counters)
        }
        return routes
    }

    /// All services of the file in its order; one that no loop has asked for yet is idle.
    private static func services(_ file: RouteFile, _ metrics: GatewayMetrics) -> [AdminStatus.Service] {
        let counted = Dictionary(metrics.services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return file.services.map { settings in
            var service = AdminStatus.Service(name: settings.name)
            let counters = counted[settings.name]
            service.queued = counters?.queued ?? 0
            service.overloaded = counters?.overloaded ?? 0
            service.unavailable = counters?.unavailable ?? 0
            service.endpoints =
                counters?.endpoints.map(AdminStatus.Endpoint.init)
                ?? settings.endpoints.map { AdminStatus.Endpoint(address: "\($0)", state: "idle") }
            return service
        }
    }
}

extension AdminStatus.Route {
    fileprivate mutating func add(_ counters: GatewayMetrics.Route) {
        for outcome in counters.outcomes {
            requests &+= outcome.count
            switch outcome.status {
            case 400...499: clientErrors &+= outcome.count
            case 500...599: serverErrors &+= outcome.count
            default: break
            }
        }
        reasons = counters.reasons
        inFlight = counters.inFlight
        latency = counters.duration
    }
}

extension AdminStatus.Endpoint {
    fileprivate init(_ counters: GatewayMetrics.Endpoint) {
        self.init(address: counters.address, state: counters.state.rawValue)
        if counters.state == .draining, counters.connections + counters.connecting == 0 { state = "drained" }
        connections = counters.connections
        inFlight = counters.inFlight
        requests = counters.requests &+ counters.events
        connectFailures = counters.connectFailures
        failures = counters.failures.filter { $0.value > 0 }
        latency = counters.latency
    }
}

extension AdminStatus.Reloads {
    init(_ facts: ReloadFacts?) {
        self.init()
        guard let facts else { return }
        generation = facts.generation
        hash = facts.hash
        loadedAt = facts.loadedAt
        lastSucceeded = facts.lastSucceeded
        lastAttemptAt = facts.lastAttemptAt
        succeeded = facts.succeeded
        failed = facts.failed
    }
}
