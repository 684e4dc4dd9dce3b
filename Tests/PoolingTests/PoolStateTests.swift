import Testing

@testable import Pooling

@Suite struct PoolStateTests {
    private func pool(endpoints: Int = 1, _ change: (inout PoolLimits) -> Void = { _ in }) -> PoolState {
        var limits = PoolLimits.defaults
        change(&limits)
        return PoolState(endpoints: endpoints, limits: limits, seed: 1)
    }

    private func actions(_ pool: inout PoolState) -> [PoolAction] {
        var all: [PoolAction] = []
        while let action = pool.nextAction() { all.append(action) }
        return all
    }

    private let first = ConnectionID(index: 0)
    private let second = ConnectionID(index: 1)
    private let millisecond: Int64 = 1_000_000

    @Test func `nothing is opened before the first request`() {
        var pool = pool()
        #expect(actions(&pool) == [])
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 0)))
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
    }

    @Test func `whoever comes while the first connection is opened shares it in order`() {
        var pool = pool()
        for number in 0..<3 { #expect(pool.acquire(now: 0) == .wait(WaiterID(number: UInt64(number)))) }
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
        pool.connected(first, now: 1)
        #expect(actions(&pool) == (0..<3).map { .assign(WaiterID(number: $0), first) })
        #expect(pool.acquire(now: 2) == .use(first))
        #expect(pool.inFlight == 4)
    }

    @Test func `the next connection is opened when the first is full, and used from then on`() {
        var pool = pool { $0.maxInFlightPerConnection = 2 }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        #expect(pool.acquire(now: 0) == .use(first))
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 1)))
        #expect(actions(&pool) == [.connect(second, endpoint: 0)])
        pool.connected(second, now: 0)
        #expect(actions(&pool) == [.assign(WaiterID(number: 1), second)])
        pool.finished(first, now: 0)
        #expect(pool.acquire(now: 0) == .use(first))
    }

    @Test func `a full pool queues up to its bound, then refuses`() {
        var pool = pool {
            $0.maxInFlightPerConnection = 1
            $0.maxConnections = 1
            $0.maxQueued = 2
        }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 1)))
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 2)))
        #expect(pool.acquire(now: 0) == .refuse(.overloaded))
        pool.finished(first, now: 0)
        #expect(actions(&pool) == [.assign(WaiterID(number: 1), first)])
    }

    @Test func `a wait ends in time as overloaded, or unavailable when nothing is connected`() {
        var pool = pool {
            $0.maxInFlightPerConnection = 1
            $0.maxConnections = 1
        }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        #expect(pool.nextDeadline() == 500 * millisecond)
        pool.deadlinesPassed(now: 500 * millisecond)
        #expect(actions(&pool) == [.fail(WaiterID(number: 0), .unavailable(retryAfter: 0))])
        pool.connected(first, now: 600 * millisecond)
        #expect(pool.acquire(now: 600 * millisecond) == .use(first))
        #expect(pool.acquire(now: 600 * millisecond) == .wait(WaiterID(number: 1)))
        pool.deadlinesPassed(now: 1100 * millisecond)
        #expect(actions(&pool) == [.fail(WaiterID(number: 1), .overloaded)])
    }

    @Test func `a refused connection fails the waiters at once and is tried again after the backoff only`() throws {
        var pool = pool()
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connectFailed(first, now: 0)
        let failed = actions(&pool)
        guard case .fail(let waiter, .unavailable(let retryAfter)) = try #require(failed.first) else {
            Issue.record("expected a failure, got \(failed)")
            return
        }
        #expect(waiter == WaiterID(number: 0))
        #expect(12 * millisecond <= retryAfter && retryAfter <= 25 * millisecond)
        #expect(pool.acquire(now: retryAfter - 1) == .refuse(.unavailable(retryAfter: 1)))
        #expect(actions(&pool) == [])
        // The one that tries waits; those that come meanwhile do not.
        #expect(pool.acquire(now: retryAfter) == .wait(WaiterID(number: 1)))
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
        #expect(pool.acquire(now: retryAfter) == .refuse(.unavailable(retryAfter: 0)))
        pool.connected(first, now: retryAfter)
        #expect(actions(&pool) == [.assign(WaiterID(number: 1), first)])
    }

    @Test func `the backoff grows to half a second and no further, never in step`() {
        var backoff = Backoff(seed: 7)
        var seen: Set<Int64> = []
        for failures in 1...50 {
            let full = min(25 * millisecond << Int64(min(failures - 1, 10)), 500 * millisecond)
            let delay = backoff.delay(afterFailures: failures)
            #expect(full / 2 <= delay && delay <= full)
            seen.insert(delay)
        }
        #expect(seen.count > 45)
    }

    @Test func `endpoints take turns, and one that is down is passed over`() {
        var pool = pool(endpoints: 3)
        _ = pool.acquire(now: 0)
        #expect(
            actions(&pool) == [
                .connect(first, endpoint: 0), .connect(second, endpoint: 1),
                .connect(ConnectionID(index: 2), endpoint: 2),
            ])
        pool.connectFailed(second, now: 0)
        pool.connected(first, now: 0)
        pool.connected(ConnectionID(index: 2), now: 0)
        _ = actions(&pool)
        let used = (0..<4).map { _ in pool.acquire(now: 1) }
        #expect(Set(used.map { "\($0)" }).count == 2)
        #expect(used[0] == used[2] && used[1] == used[3] && used[0] != used[1])
    }

    @Test func `a waiter moves to another endpoint when its own cannot be reached`() {
        var pool = pool(endpoints: 2)
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connectFailed(first, now: 0)
        #expect(actions(&pool) == [])
        pool.connected(second, now: 0)
        #expect(actions(&pool) == [.assign(WaiterID(number: 0), second)])
    }

    @Test func `a lost connection is replaced by the next request at once`() {
        var pool = pool()
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        pool.closed(first, now: 5)
        #expect(pool.inFlight == 0)
        #expect(pool.acquire(now: 5) == .wait(WaiterID(number: 1)))
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
    }

    @Test func `an endpoint that keeps hanging up is left alone, until a connection was of use`() {
        var pool = pool()
        func liveShortly(at now: Int64) {
            _ = actions(&pool)
            pool.connected(first, now: now)
            _ = actions(&pool)
            pool.closed(first, now: now)
        }
        _ = pool.acquire(now: 0)
        liveShortly(at: 0)
        // The first one is replaced at once, the second is not.
        #expect(pool.acquire(now: 1) == .wait(WaiterID(number: 1)))
        liveShortly(at: 1)
        guard case .refuse(.unavailable(let pause)) = pool.acquire(now: 2) else {
            Issue.record("opened again")
            return
        }
        #expect((12 * millisecond...25 * millisecond).contains(pause))
        #expect(pool.acquire(now: 2 + pause) == .wait(WaiterID(number: 2)))
        _ = actions(&pool)
        pool.connected(first, now: 2 + pause)
        _ = actions(&pool)
        pool.finished(first, now: 2 + pause)
        pool.closed(first, now: 2 + pause)
        #expect(pool.acquire(now: 3 + pause) == .wait(WaiterID(number: 3)))
    }

    @Test func `everybody waits for an attempt when the failure before it is old`() {
        var pool = pool()
        pool.warmUp()
        _ = actions(&pool)
        pool.connectFailed(first, now: 0)
        #expect(pool.acquire(now: 30 * millisecond) == .wait(WaiterID(number: 0)))
        // A fresh failure: only the first one waits.
        guard case .refuse = pool.acquire(now: 30 * millisecond) else {
            Issue.record("waits for an endpoint that is probably down")
            return
        }
        _ = actions(&pool)
        pool.connectFailed(first, now: 31 * millisecond)
        _ = actions(&pool)
        for number in 1...3 {
            #expect(pool.acquire(now: 5000 * millisecond) == .wait(WaiterID(number: UInt64(number))))
        }
    }

    @Test func `an event uses a connection whose requests are at the limit and is not counted`() {
        var pool = pool { $0.maxInFlightPerConnection = 1 }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        #expect(pool.acquire(now: 0, isEvent: true) == .use(first))
        #expect(pool.inFlight == 1)
    }

    @Test func `a saturated connection takes nothing until it is written out`() {
        var pool = pool { $0.maxConnections = 1 }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        pool.saturated(first, true, now: 0)
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 1)))
        pool.saturated(first, false, now: 0)
        #expect(actions(&pool) == [.assign(WaiterID(number: 1), first)])
    }

    @Test func `idle connections above the minimum are closed in time`() {
        var pool = pool { $0.idleTimeout = 100 }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        pool.deadlinesPassed(now: 1000)
        #expect(actions(&pool) == [])
        pool.finished(first, now: 1000)
        #expect(pool.nextDeadline() == 1100)
        pool.deadlinesPassed(now: 1100)
        #expect(actions(&pool) == [.close(first)])
        // A request meanwhile does not get the closing connection.
        #expect(pool.acquire(now: 1100) == .wait(WaiterID(number: 1)))
        pool.closed(first, now: 1101)
    }

    @Test func `a connection that events use is not idle`() {
        var pool = pool { $0.idleTimeout = 100 }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        pool.finished(first, now: 0)
        #expect(pool.acquire(now: 90, isEvent: true) == .use(first))
        pool.deadlinesPassed(now: 100)
        #expect(actions(&pool) == [])
        pool.deadlinesPassed(now: 190)
        #expect(actions(&pool) == [.close(first)])
    }

    @Test func `the minimum is opened in advance and kept`() {
        var pool = pool {
            $0.minConnections = 2
            $0.idleTimeout = 100
        }
        pool.fill(now: 0)
        #expect(actions(&pool) == [.connect(first, endpoint: 0), .connect(second, endpoint: 0)])
        pool.connected(first, now: 0)
        pool.connected(second, now: 0)
        pool.deadlinesPassed(now: 1000)
        #expect(actions(&pool) == [])
        pool.closed(second, now: 1000)
        pool.deadlinesPassed(now: 1001)
        #expect(actions(&pool) == [.connect(second, endpoint: 0)])
    }

    @Test func `a waiter that is given up gets nothing`() {
        var pool = pool()
        for _ in 0..<3 { _ = pool.acquire(now: 0) }
        pool.waiterCancelled(WaiterID(number: 0))
        pool.waiterCancelled(WaiterID(number: 1))
        pool.waiterCancelled(WaiterID(number: 1))
        _ = actions(&pool)
        pool.connected(first, now: 0)
        #expect(actions(&pool) == [.assign(WaiterID(number: 2), first)])
        #expect(pool.queued == 0 && pool.inFlight == 1)
    }

    @Test func `closing refuses what waits and what comes, and closes what is idle`() {
        var pool = pool(endpoints: 2)
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        pool.beginClosing(now: 1)
        #expect(actions(&pool) == [])
        #expect(pool.acquire(now: 1) == .refuse(.closing))
        pool.connected(second, now: 2)
        #expect(actions(&pool) == [.close(second)])
    }

    @Test func `a free place goes to the last waiter too, and the driver is told`() {
        var pool = pool {
            $0.maxInFlightPerConnection = 1
            $0.maxConnections = 1
        }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 1)))
        pool.finished(first, now: 1)
        #expect(pool.queued == 0 && pool.hasActions)
        #expect(actions(&pool) == [.assign(WaiterID(number: 1), first)])
        #expect(pool.hasActions == false)
    }

    @Test func `a request waits no longer than it has time, whoever stands before it`() {
        var pool = pool {
            $0.maxInFlightPerConnection = 1
            $0.maxConnections = 1
        }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 1)))
        #expect(pool.acquire(now: 0, patience: 100 * millisecond) == .wait(WaiterID(number: 2)))
        #expect(pool.nextDeadline() == 100 * millisecond)
        pool.deadlinesPassed(now: 100 * millisecond)
        #expect(actions(&pool) == [.fail(WaiterID(number: 2), .overloaded)])
        #expect(pool.nextDeadline() == 500 * millisecond)
        pool.finished(first, now: 200 * millisecond)
        #expect(actions(&pool) == [.assign(WaiterID(number: 1), first)])
    }

    @Test func `on demand a request makes an attempt of its own after one that failed`() {
        var pool = pool { $0.retriesOnDemand = true }
        for number in 0..<3 {
            let id = WaiterID(number: UInt64(2 * number))
            #expect(pool.acquire(now: 0) == .wait(id))
            #expect(actions(&pool) == [.connect(first, endpoint: 0)])
            // Whoever comes meanwhile shares it, and its outcome.
            #expect(pool.acquire(now: 0) == .wait(WaiterID(number: id.number + 1)))
            #expect(actions(&pool) == [])
            pool.connectFailed(first, now: 0)
            let failed = actions(&pool).map { action in
                if case .fail(let waiter, .unavailable) = action { waiter.number } else { UInt64.max }
            }
            #expect(failed == [id.number, id.number + 1])
        }
    }

    @Test func `on demand too, nothing is tried that nobody asks for before the backoff is over`() throws {
        var pool = pool {
            $0.retriesOnDemand = true
            $0.minConnections = 1
        }
        pool.fill(now: 0)
        _ = actions(&pool)
        pool.connectFailed(first, now: 0)
        #expect(actions(&pool) == [])
        let deadline = pool.nextDeadline()
        let retry = try #require(deadline)
        #expect((12 * millisecond...25 * millisecond).contains(retry))
        pool.deadlinesPassed(now: retry - 1)
        #expect(actions(&pool) == [])
        pool.deadlinesPassed(now: retry)
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
    }

    @Test func `on demand an endpoint that is down is left alone while another one serves`() {
        var pool = pool(endpoints: 2) { $0.retriesOnDemand = true }
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connectFailed(first, now: 0)
        pool.connected(second, now: 0)
        _ = actions(&pool)
        for _ in 0..<4 { #expect(pool.acquire(now: 1) == .use(second)) }
        #expect(actions(&pool) == [])
        pool.closed(second, now: 2_000 * millisecond)
        #expect(pool.acquire(now: 2_000 * millisecond) == .wait(WaiterID(number: 1)))
        #expect(actions(&pool).count == 2)
    }

    @Test func `waits and idle connections without a bound have no deadline`() {
        var pool = pool {
            $0.queueTimeout = .max
            $0.idleTimeout = .max
        }
        #expect(pool.acquire(now: 1) == .wait(WaiterID(number: 0)))
        _ = actions(&pool)
        #expect(pool.nextDeadline() == nil)
        pool.deadlinesPassed(now: .max - 1)
        #expect(actions(&pool) == [])
        pool.connected(first, now: 2)
        pool.finished(first, now: 2)
        #expect(pool.nextDeadline() == nil)
        pool.deadlinesPassed(now: .max - 1)
        #expect(actions(&pool) == [.assign(WaiterID(number: 0), first)])
    }

    @Test(arguments: [false, true])
    func `random events keep the books straight`(retriesOnDemand: Bool) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var pool = pool(endpoints: 3) {
                $0.maxInFlightPerConnection = 3
                $0.maxQueued = 10
                $0.retriesOnDemand = retriesOnDemand
            }
            var now: Int64 = 0
            var connecting: [ConnectionID] = []
            var open: [ConnectionID: Int] = [:]
            var waiters: Set<WaiterID> = []
            func drain() {
                while let action = pool.nextAction() {
                    switch action {
                    case .connect(let id, _): connecting.append(id)
                    case .close(let id):
                        #expect(open[id] == 0)
                        open[id] = nil
                        pool.closed(id, now: now)
                    case .assign(let waiter, let id):
                        #expect(waiters.remove(waiter) != nil)
                        open[id, default: -1000] += 1
                    case .fail(let waiter, _): #expect(waiters.remove(waiter) != nil)
                    }
                }
            }
            for _ in 0..<300 {
                now += Int64.random(in: 0...20_000_000, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0, 1, 2:
                    switch pool.acquire(now: now) {
                    case .use(let id): open[id, default: -1000] += 1
                    case .wait(let waiter): waiters.insert(waiter)
                    case .refuse: break
                    }
                case 3:
                    if let index = connecting.indices.randomElement(using: &random) {
                        let id = connecting.remove(at: index)
                        open[id] = 0
                        pool.connected(id, now: now)
                    }
                case 4:
                    if let index = connecting.indices.randomElement(using: &random) {
                        pool.connectFailed(connecting.remove(at: index), now: now)
                    }
                case 5:
                    if let id = open.keys.randomElement(using: &random) {
                        open[id] = nil
                        pool.closed(id, now: now)
                    }
                case 6:
                    if let id = open.filter({ $0.value > 0 }).keys.randomElement(using: &random) {
                        open[id, default: 0] -= 1
                        pool.finished(id, now: now)
                    }
                default:
                    pool.deadlinesPassed(now: now)
                }
                drain()
                #expect(pool.queued == waiters.count)
                #expect(pool.openConnections == open.count)
                #expect(pool.inFlight == open.values.reduce(0, +))
                #expect(open.values.allSatisfy { 0...3 ~= $0 })
            }
        }
    }
}
