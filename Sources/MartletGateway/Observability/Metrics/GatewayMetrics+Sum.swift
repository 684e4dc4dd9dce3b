import MicroservicesCore

/// What one event loop has to say, taken on the loop and put together elsewhere.
struct LoopSnapshot: Sendable {
    var loop: Int
    var metrics: LoopMetrics
    var pools: [PoolSnapshot]
    /// Of earlier generations of the route file, as long as they have requests.
    var retiredPools: [PoolSnapshot] = []
    /// Slots of the routes that requests can take now; `nil` for all that somebody has.
    var currentSlots: Set<Int>?
    var cpuNanoseconds: UInt64
}

extension GatewayMetrics {
    /// Adds loops up.
    init(_ snapshots: [LoopSnapshot]) {
        var routes = Sums<Route>()
        var services = Sums<Service>()
        var listeners = Sums<Listener>()
        var loopsWithRoute: [String: Int] = [:]
        /// Requests whose route is known, of earlier generations as well.
        var routed = 0
        for snapshot in snapshots {
            let metrics = snapshot.metrics
            for (slot, counters) in metrics.routes.enumerated() where counters.isUsed {
                if slot > 0 { routed += counters.inFlight }
                if let current = snapshot.currentSlots, slot > 0, !current.contains(slot) { continue }
                let name = "\(counters.service)/\(counters.id)"
                loopsWithRoute[name, default: 0] += 1
                routes[name, Route(id: counters.id, service: counters.service)].add(counters)
            }
            for counters in metrics.listeners {
                listeners[counters.address, Listener(address: counters.address)].add(counters)
            }
            handshakesSucceeded &+= metrics.handshakesSucceeded
            handshakesResumed &+= metrics.handshakesResumed
            handshakesFailed &+= metrics.handshakesFailed
            requestsInFlight += metrics.requestsInFlight
            requestsAbandoned &+= metrics.requestsAbandoned
            loops.append(
                Loop(index: snapshot.loop, cpuNanoseconds: snapshot.cpuNanoseconds, lag: Histogram(metrics.lag)))
        }
        for snapshot in snapshots {
            for pool in snapshot.pools { services[pool.service, Service(name: pool.service)].add(pool, after: []) }
        }
        // Behind all others, so that a pool that goes says nothing of an endpoint that stays.
        for snapshot in snapshots {
            var counted = snapshot.pools
            for pool in snapshot.retiredPools {
                services[pool.service, Service(name: pool.service)].add(pool, after: counted, isRetired: true)
                counted.append(pool)
            }
        }
        // Loops go on to another generation one after the other. A route that only some of them have would be shown with less
        // than was counted.
        let isExact = snapshots.allSatisfy { $0.currentSlots != nil }
        self.routes = routes.values.filter {
            !isExact || loopsWithRoute["\($0.service)/\($0.id)"] == snapshots.count
        }.sorted { $0.id < $1.id }
        // A request has no route at first, so those without one are what is left.
        if self.routes.first?.id.isEmpty == true { self.routes[0].inFlight = requestsInFlight - routed }
        self.services = services.values
        self.listeners = listeners.values.sorted { $0.address < $1.address }
    }

    /// Values by name, in the order in which the names came.
    private struct Sums<Value> {
        private(set) var values: [Value] = []
        private var places: [String: Int] = [:]

        subscript(name: String, initial: @autoclosure () -> Value) -> Value {
            mutating get {
                values[place(name, initial())]
            }
            set {
                values[place(name, newValue)] = newValue
            }
        }

        private mutating func place(_ name: String, _ initial: @autoclosure () -> Value) -> Int {
            if let place = places[name] { return place }
            values.append(initial())
            places[name] = values.count - 1
            return values.count - 1
        }
    }
}

extension GatewayMetrics.Route {
    mutating func add(_ counters: LoopMetrics.RouteCounters) {
        for (status, reason, count) in counters.outcomes {
            if let index = outcomes.firstIndex(where: { $0.status == status && $0.reason == reason }) {
                outcomes[index].count &+= count
            } else {
                outcomes.append(GatewayMetrics.Outcome(status: status, reason: reason, count: count))
            }
        }
        outcomes.sort { ($0.status, $0.reason) < ($1.status, $1.reason) }
        duration.add(counters.duration)
        inFlight += counters.inFlight
        bytesIn &+= counters.bytesIn
        bytesOut &+= counters.bytesOut
        cacheHits &+= counters.cacheHits
        cacheMisses &+= counters.cacheMisses
        collapsed &+= counters.collapsed
    }
}

extension GatewayMetrics.Listener {
    mutating func add(_ counters: LoopMetrics.ListenerCounters) {
        accepted &+= counters.accepted
        refused &+= counters.refused
        for spoken in SpokenProtocol.allCases { open[spoken.name, default: 0] += counters.open[spoken.rawValue] }
    }
}

extension GatewayMetrics.Service {
    /// - Parameters:
    ///   - pool: A pool of the service.
    ///   - others: Those of the same loop that were added before; counters that it has with one of them are not counted again.
    ///   - isRetired: Whether no new request goes there.
    mutating func add(_ pool: PoolSnapshot, after others: [PoolSnapshot], isRetired: Bool = false) {
        if isRetired, endpoints.isEmpty { self.isRetired = true }
        queued += pool.queued
        // What is counted of those that go would fall when they are gone on some loops and not yet on others.
        if !isRetired, !others.contains(where: { $0.refusals.tally == pool.refusals.tally }) {
            overloaded &+= pool.refusals.overloaded
            unavailable &+= pool.refusals.unavailable
        }
        var counted = Set(others.flatMap { $0.endpoints.map(\.counters.tally) })
        for endpoint in pool.endpoints {
            let known = endpoints.firstIndex { $0.address == endpoint.address }
            if known == nil { endpoints.append(GatewayMetrics.Endpoint(address: endpoint.address)) }
            let place = known ?? endpoints.count - 1
            endpoints[place].addPresent(endpoint)
            if isRetired {
                if known == nil { endpoints[place].retire() }
                continue
            }
            if counted.insert(endpoint.counters.tally).inserted { endpoints[place].add(endpoint.counters) }
            endpoints[place].addState(endpoint)
        }
    }
}

extension GatewayMetrics.Endpoint {
    /// No generation that takes requests has it.
    mutating func retire() {
        state = .draining
        isRetired = true
    }

    mutating func addPresent(_ endpoint: PoolSnapshot.Endpoint) {
        connections += endpoint.open
        connecting += endpoint.connecting
        inFlight += endpoint.inFlight
    }

    mutating func add(_ counters: EndpointCounters) {
        requests &+= counters.requests
        events &+= counters.events
        errorAnswers &+= counters.errorAnswers
        connected &+= counters.connected
        connectFailures &+= counters.connectFailures
        failures["upstream_lost", default: 0] &+= counters.lost
        failures["upstream_timeout", default: 0] &+= counters.timedOut
        failures["bad_frame", default: 0] &+= counters.badFrames
        failures["answer_too_large", default: 0] &+= counters.tooLarge
        latency.add(counters.latency)
    }

    mutating func addState(_ endpoint: PoolSnapshot.Endpoint) {
        if let seen = Self.state(endpoint), Self.rank(seen) > Self.rank(state) { state = seen }
    }

    /// As one loop sees it; `nil` when it has nothing to say.
    private static func state(_ endpoint: PoolSnapshot.Endpoint) -> State? {
        if endpoint.isDraining { return .draining }
        if endpoint.open > 0 { return .up }
        if endpoint.isDown { return .down }
        return endpoint.connecting > 0 ? .connecting : nil
    }

    /// What counts when loops see different things: one that has a connection knows best, one that knows of a failure knows
    /// more than one that tries.
    private static func rank(_ state: State) -> Int {
        switch state {
        case .idle: 0
        case .connecting: 1
        case .down: 2
        case .up: 3
        case .draining: 4
        }
    }
}
