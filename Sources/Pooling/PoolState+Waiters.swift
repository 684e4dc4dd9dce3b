/// Requests that wait for a connection, first come first served.
extension PoolState {
    /// A waiting request is given up by its caller.
    package mutating func waiterCancelled(_ id: WaiterID) {
        guard let index = waiters[firstWaiter...].firstIndex(where: { $0.id == id }) else { return }
        guard !waiters[index].isCancelled else { return }
        waiters[index].isCancelled = true
        waitersAlive -= 1
        dropCancelledHead()
    }

    /// Somebody waits already for a first attempt, or connections exist and are merely full.
    var isWorthWaiting: Bool {
        endpoints.contains { endpoint in
            (endpoint.connecting > 0 && !endpoint.isDraining && (endpoint.failures == 0 || limits.retriesOnDemand))
                || endpoint.connections.contains { connections[$0].phase == .open }
        }
    }

    mutating func wait(now: Int64, patience: Int64, hasHope: Bool) -> PoolAcquisition {
        guard hasHope else { return .refuse(unavailable(now: now)) }
        guard waitersAlive < limits.maxQueued else { return .refuse(.overloaded) }
        let id = WaiterID(number: nextWaiterNumber)
        nextWaiterNumber += 1
        let deadline = Self.time(now, plus: min(limits.queueTimeout, patience))
        if waitersAlive == 0 || deadline < earliestWaiterDeadline { earliestWaiterDeadline = deadline }
        waiters.append(Waiter(id: id, deadline: deadline))
        waitersAlive += 1
        return .wait(id)
    }

    /// Gives waiters what there is; opens more where that is allowed; fails them all when there is nothing to wait for.
    mutating func serveWaiters(now: Int64) {
        while waitersAlive > 0 {
            guard let found = nextUsable(now: now) else { break }
            let waiter = popWaiter()
            connections[found].inFlight += 1
            act(.assign(waiter, ConnectionID(index: found)))
        }
        guard waitersAlive > 0 else { return }
        let isHopeless = endpoints.allSatisfy { $0.connections.isEmpty || $0.isDraining }
        if isHopeless { failAllWaiters(unavailable(now: now)) }
    }

    mutating func expireWaiters(now: Int64) {
        guard waitersAlive > 0, earliestWaiterDeadline <= now else { return }
        let isReachable = endpoints.contains { endpoint in
            endpoint.connections.contains { connections[$0].phase == .open }
        }
        let refusal = isReachable ? PoolRefusal.overloaded : unavailable(now: now)
        earliestWaiterDeadline = .max
        for index in waiters.indices[firstWaiter...] where !waiters[index].isCancelled {
            if waiters[index].deadline <= now {
                waiters[index].isCancelled = true
                waitersAlive -= 1
                act(.fail(waiters[index].id, refusal))
            } else {
                earliestWaiterDeadline = min(earliestWaiterDeadline, waiters[index].deadline)
            }
        }
        dropCancelledHead()
    }

    mutating func failAllWaiters(_ refusal: PoolRefusal) {
        while waitersAlive > 0 { act(.fail(popWaiter(), refusal)) }
    }

    private mutating func nextUsable(now: Int64) -> Int? {
        for step in 0..<endpoints.count {
            let endpoint = (cursor + step) % endpoints.count
            if let found = usableConnection(of: endpoint, isEvent: false) {
                cursor = (endpoint + 1) % endpoints.count
                return found
            }
            if mayOpen(endpoint, now: now) { open(endpoint) }
        }
        return nil
    }

    private func unavailable(now: Int64) -> PoolRefusal {
        let earliest = endpoints.map(\.retryAt).min() ?? now
        return .unavailable(retryAfter: max(earliest == .min ? 0 : earliest - now, 0))
    }

    /// The oldest waiter that is still there; the caller has checked that there is one.
    private mutating func popWaiter() -> WaiterID {
        let id = waiters[firstWaiter].id
        firstWaiter += 1
        waitersAlive -= 1
        dropCancelledHead()
        return id
    }

    private mutating func dropCancelledHead() {
        while firstWaiter < waiters.count && waiters[firstWaiter].isCancelled { firstWaiter += 1 }
        if firstWaiter == waiters.count {
            waiters.removeAll(keepingCapacity: true)
            firstWaiter = 0
        } else if firstWaiter > 1024 {
            waiters.removeFirst(firstWaiter)
            firstWaiter = 0
        }
    }
}
