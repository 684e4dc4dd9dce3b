import Pooling

/// What a client's connection is counted as.
enum SpokenProtocol: Int, CaseIterable, Sendable {
    case http1, http2
    /// A TLS handshake: what is spoken is not known yet.
    case handshake

    var name: String {
        switch self {
        case .http1: "http1"
        case .http2: "http2"
        case .handshake: "handshake"
        }
    }
}

/// The counters of one event loop.
///
/// In the way of a request they are written three times: when it begins, when its route is known, and when it ends. Plain
/// numbers that nobody else touches, so counting costs additions; ``GatewayMetrics`` is their sum, made of copies.
///
/// A route is counted in a *slot*, which a worker gets for its id with ``slot(for:service:)`` and gives back with
/// ``release(_:)``. A table that takes the place of another asks for its slots first: routes with the same id and service go
/// on counting.
///
/// World: one event loop; its copies anywhere.
struct LoopMetrics: Sendable {
    /// Slot 0 has the requests without a route.
    private(set) var routes = [RouteCounters(id: "", service: "", tables: 1)]
    private var slots: [RouteKey: Int] = [:]
    private var freeSlots: [Int] = []
    private(set) var listeners: [ListenerCounters] = []

    var requestsInFlight = 0
    var requestsAbandoned: UInt64 = 0
    private(set) var connectionsOpen = 0
    var handshakesSucceeded: UInt64 = 0
    var handshakesResumed: UInt64 = 0
    var handshakesFailed: UInt64 = 0
    /// How much later than asked for a task ran that is due every second.
    private(set) var lag = LatencyHistogram()
    private var secondDue = Int64.max

    // MARK: Routes

    /// What a slot is for: a route that goes to another service is counted anew, as its numbers have another name then.
    private struct RouteKey: Hashable {
        var id: String
        var service: String
    }

    /// A slot for the routes of this id and service, for one more table.
    mutating func slot(for routeID: String, service: String) -> Int {
        let key = RouteKey(id: routeID, service: service)
        if let slot = slots[key] {
            routes[slot].tables += 1
            return slot
        }
        let counters = RouteCounters(id: routeID, service: service, tables: 1)
        guard let slot = freeSlots.popLast() else {
            routes.append(counters)
            slots[key] = routes.count - 1
            return routes.count - 1
        }
        routes[slot] = counters
        slots[key] = slot
        return slot
    }

    /// A table that had asked for this slot is gone, and so are its requests.
    mutating func release(_ slot: Int) {
        guard slot > 0, routes[slot].tables > 0 else { return }
        routes[slot].tables -= 1
        guard routes[slot].tables == 0 else { return }
        slots[RouteKey(id: routes[slot].id, service: routes[slot].service)] = nil
        freeSlots.append(slot)
    }

    @inline(__always)
    mutating func began(_ slot: Int) { routes[slot].inFlight &+= 1 }

    @inline(__always)
    mutating func finished(
        _ slot: Int, status: Int, code: String, nanoseconds: Int64, bytesIn: Int, bytesOut: Int
    ) {
        routes[slot].finished(
            status: status, reason: code.isEmpty ? 0 : ReasonCodes.number(of: code), nanoseconds: nanoseconds,
            bytesIn: bytesIn, bytesOut: bytesOut)
    }

    mutating func cacheHit(_ slot: Int) { routes[slot].cacheHits &+= 1 }
    mutating func cacheMissed(_ slot: Int) { routes[slot].cacheMisses &+= 1 }
    mutating func collapsed(_ slot: Int) { routes[slot].collapsed &+= 1 }

    // MARK: Connections

    /// The place of a listener; one that came after ``maxListeners`` others is counted with the last of them.
    mutating func listener(named address: String) -> Int {
        if let place = listeners.firstIndex(where: { $0.address == address }) { return place }
        guard listeners.count < Self.maxListeners else { return listeners.count - 1 }
        listeners.append(ListenerCounters(address: address))
        return listeners.count - 1
    }

    /// Addresses that are counted apart, those that were listened on before a reload among them.
    private static let maxListeners = 64

    mutating func connectionOpened(by listener: Int, _ spoken: SpokenProtocol) {
        connectionsOpen += 1
        guard listeners.indices.contains(listener) else { return }
        listeners[listener].accepted &+= 1
        listeners[listener].open[spoken.rawValue] += 1
    }

    mutating func connectionRefused(by listener: Int) {
        guard listeners.indices.contains(listener) else { return }
        listeners[listener].refused &+= 1
    }

    mutating func connectionChanged(of listener: Int, from spoken: SpokenProtocol, to other: SpokenProtocol) {
        guard listeners.indices.contains(listener) else { return }
        listeners[listener].open[spoken.rawValue] -= 1
        listeners[listener].open[other.rawValue] += 1
    }

    mutating func connectionClosed(of listener: Int, _ spoken: SpokenProtocol) {
        connectionsOpen -= 1
        guard listeners.indices.contains(listener) else { return }
        listeners[listener].open[spoken.rawValue] -= 1
    }

    // MARK: The loop

    /// Called by a task that asks to be called again in a second.
    mutating func secondPassed(now: Int64) {
        if secondDue != .max { lag.record(nanoseconds: now - secondDue) }
        secondDue = now + 1_000_000_000
    }
}
