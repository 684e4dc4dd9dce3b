/// The life of connections.
extension PoolState {
    /// A connection is open.
    package mutating func connected(_ id: ConnectionID, now: Int64) {
        precondition(connections[id.index].phase == .connecting, "only a connecting connection can become open")
        connections[id.index].phase = .open
        connections[id.index].idleSince = now
        connections[id.index].openedAt = now
        let endpoint = connections[id.index].endpoint
        endpoints[endpoint].connecting -= 1
        endpoints[endpoint].failures = 0
        endpoints[endpoint].retryAt = .min
        if isClosing || endpoints[endpoint].isDraining { close(id.index) }
        if !isClosing { serveWaiters(now: now) }
    }

    /// A connection could not be opened.
    package mutating func connectFailed(_ id: ConnectionID, now: Int64) {
        precondition(connections[id.index].phase == .connecting, "only a connecting connection can fail to open")
        let endpoint = connections[id.index].endpoint
        endpoints[endpoint].connecting -= 1
        endpoints[endpoint].failures += 1
        endpoints[endpoint].retryAt = now + backoff.delay(afterFailures: endpoints[endpoint].failures)
        remove(id.index)
        serveWaiters(now: now)
    }

    /// An open connection is gone, for whatever reason. Its requests are the driver's matter.
    package mutating func closed(_ id: ConnectionID, now: Int64) {
        precondition(
            connections[id.index].phase == .open || connections[id.index].phase == .closing,
            "only an open connection can be closed")
        let connection = connections[id.index]
        if !connection.wasOfUse && connection.phase == .open && now - connection.openedAt < Self.shortLife {
            diedYoung(connection.endpoint, now: now)
        }
        remove(id.index)
        serveWaiters(now: now)
    }

    /// A request on this connection is over: answered, timed out or forgotten.
    package mutating func finished(_ id: ConnectionID, now: Int64) {
        connections[id.index].inFlight -= 1
        if !connections[id.index].wasOfUse {
            connections[id.index].wasOfUse = true
            endpoints[connections[id.index].endpoint].shortLives = 0
        }
        if connections[id.index].inFlight == 0 {
            connections[id.index].idleSince = now
            if endpoints[connections[id.index].endpoint].isDraining { close(id.index) }
        }
        if waitersAlive > 0 { serveWaiters(now: now) }
    }

    /// The connection's send buffer is above its limit (or below it again): it takes no further request.
    package mutating func saturated(_ id: ConnectionID, _ isSaturated: Bool, now: Int64) {
        connections[id.index].isSaturated = isSaturated
        if !isSaturated && waitersAlive > 0 { serveWaiters(now: now) }
    }

    /// Opens what the minimum asks for; at the start, and whenever a deadline passed.
    package mutating func fill(now: Int64) {
        guard !isClosing else { return }
        for endpoint in endpoints.indices where !endpoints[endpoint].isDraining {
            while endpoints[endpoint].connections.count < minimum,
                endpoints[endpoint].retryAt <= now
            {
                open(endpoint)
            }
        }
    }

    /// Opens one connection to every endpoint that has none, so that an unreachable service is noticed at the start.
    package mutating func warmUp() {
        for endpoint in endpoints.indices
        where endpoints[endpoint].connections.isEmpty && !endpoints[endpoint].isDraining {
            open(endpoint)
        }
    }

    /// Acts on every deadline that has passed: waiters, idle connections, the minimum.
    package mutating func deadlinesPassed(now: Int64) {
        expireWaiters(now: now)
        for index in connections.indices {
            let connection = connections[index]
            guard connection.phase == .open, connection.inFlight == 0,
                Self.time(connection.idleSince, plus: limits.idleTimeout) <= now
            else { continue }
            if endpoints[connection.endpoint].connections.count > minimum {
                close(index)
            } else {
                connections[index].idleSince = now
            }
        }
        fill(now: now)
    }

    /// No further request is taken; waiters are refused, connections without requests are closed.
    package mutating func beginClosing(now: Int64) {
        isClosing = true
        failAllWaiters(.closing)
        for index in connections.indices where connections[index].phase == .open && connections[index].inFlight == 0 {
            close(index)
        }
    }

    func usableConnection(of endpoint: Int, isEvent: Bool) -> Int? {
        for index in endpoints[endpoint].connections {
            let connection = connections[index]
            guard connection.phase == .open, !connection.isSaturated else { continue }
            if isEvent || connection.inFlight < limits.maxInFlightPerConnection { return index }
        }
        return nil
    }

    func mayOpen(_ endpoint: Int, now: Int64) -> Bool {
        let state = endpoints[endpoint]
        // One attempt at a time: whoever comes meanwhile waits for it.
        return state.connecting == 0 && state.connections.count < limits.maxConnections && state.retryAt <= now
            && !state.isDraining
    }

    /// What was found out long ago says little about now: whoever comes during the next attempt waits for it again.
    mutating func forgetOldFailures(of endpoint: Int, now: Int64) {
        guard endpoints[endpoint].failures > 0, endpoints[endpoint].retryAt < now - Self.staleAfter else { return }
        endpoints[endpoint].failures = 0
    }

    /// Nanoseconds after the end of a pause without any attempt.
    private static let staleAfter: Int64 = 1_000_000_000

    mutating func open(_ endpoint: Int) {
        let index: Int
        if let free = vacant.popLast() {
            index = free
        } else {
            index = connections.count
            connections.append(Connection())
        }
        connections[index] = Connection(phase: .connecting, endpoint: endpoint)
        endpoints[endpoint].connections.append(index)
        endpoints[endpoint].connecting += 1
        act(.connect(ConnectionID(index: index), endpoint: endpoint))
    }

    /// Asks the driver to close; the connection is out of the running at once.
    mutating func close(_ index: Int) {
        connections[index].phase = .closing
        endpoints[connections[index].endpoint].connections.removeAll { $0 == index }
        act(.close(ConnectionID(index: index)))
    }

    /// A connection that ended before this age (nanoseconds) without having been of use died young.
    private static let shortLife: Int64 = 1_000_000_000

    /// The first such connection is replaced at once. From the second one on something accepts and hangs up, such as a
    /// proxy whose service is down: as bad as no connection.
    private mutating func diedYoung(_ endpoint: Int, now: Int64) {
        endpoints[endpoint].shortLives += 1
        guard endpoints[endpoint].shortLives > 1 else { return }
        endpoints[endpoint].retryAt = now + backoff.delay(afterFailures: endpoints[endpoint].shortLives - 1)
    }

    private mutating func remove(_ index: Int) {
        endpoints[connections[index].endpoint].connections.removeAll { $0 == index }
        connections[index] = Connection()
        vacant.append(index)
    }
}
