import Testing

@testable import Pooling

/// Taking endpoints out of service, and watching those that nobody asks.
@Suite struct PoolDrainingTests {
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

    /// Both endpoints have a connection, of which the first request took the first.
    private func connectedPair() -> PoolState {
        var pool = pool(endpoints: 2)
        pool.warmUp()
        _ = actions(&pool)
        pool.connected(first, now: 0)
        pool.connected(second, now: 0)
        return pool
    }

    private let first = ConnectionID(index: 0)
    private let second = ConnectionID(index: 1)

    @Test func `a draining endpoint gets nothing new, and the others take its share`() {
        var pool = connectedPair()
        pool.setDraining(true, endpoint: 0, now: 1)
        #expect(actions(&pool) == [.close(first)])
        for _ in 0..<3 { #expect(pool.acquire(now: 2) == .use(second)) }
        #expect(pool.acquire(now: 2, isEvent: true) == .use(second))
        let draining = [pool.isDraining(endpoint: 0), pool.isDraining(endpoint: 1)]
        #expect(draining == [true, false])
    }

    @Test func `what is in flight is finished before the connection closes`() {
        var pool = connectedPair()
        #expect(pool.acquire(now: 0) == .use(first))
        #expect(pool.acquire(now: 0) == .use(second))
        #expect(pool.acquire(now: 0) == .use(first))
        pool.setDraining(true, endpoint: 0, now: 1)
        #expect(actions(&pool) == [])
        pool.finished(first, now: 2)
        #expect(actions(&pool) == [])
        pool.finished(first, now: 3)
        #expect(actions(&pool) == [.close(first)])
        pool.closed(first, now: 4)
        #expect(actions(&pool) == [])
    }

    @Test func `with every endpoint draining requests are refused at once`() {
        var pool = connectedPair()
        pool.setDraining(true, endpoint: 0, now: 1)
        pool.setDraining(true, endpoint: 1, now: 1)
        #expect(pool.acquire(now: 2) == .refuse(.unavailable(retryAfter: 0)))
        #expect(actions(&pool) == [.close(first), .close(second)])
        pool.warmUp()
        pool.fill(now: 3)
        #expect(actions(&pool) == [])
    }

    @Test func `whoever waits for a draining endpoint alone is refused`() {
        var pool = pool()
        #expect(pool.acquire(now: 0) == .wait(WaiterID(number: 0)))
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
        pool.setDraining(true, endpoint: 0, now: 1)
        #expect(actions(&pool) == [.fail(WaiterID(number: 0), .unavailable(retryAfter: 0))])
        // The attempt that was under way is of no use any more.
        pool.connected(first, now: 2)
        #expect(actions(&pool) == [.close(first)])
    }

    @Test func `an attempt that fails while its endpoint drains changes nothing`() {
        var pool = pool()
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.setDraining(true, endpoint: 0, now: 1)
        _ = actions(&pool)
        pool.connectFailed(first, now: 2)
        #expect(actions(&pool) == [])
        let isDraining = pool.isDraining(endpoint: 0)
        #expect(isDraining)
    }

    @Test func `an endpoint that is taken back in uses a connection that still finishes`() {
        var pool = pool()
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        _ = actions(&pool)
        pool.setDraining(true, endpoint: 0, now: 1)
        pool.setDraining(false, endpoint: 0, now: 2)
        #expect(pool.acquire(now: 3) == .use(first))
        pool.finished(first, now: 4)
        pool.finished(first, now: 4)
        #expect(actions(&pool) == [])
    }

    @Test func `an endpoint that is taken back in is tried at once, whatever was found out before`() {
        var pool = pool()
        _ = pool.acquire(now: 0)
        _ = actions(&pool)
        pool.connectFailed(first, now: 0)
        _ = actions(&pool)
        pool.setDraining(true, endpoint: 0, now: 1)
        pool.setDraining(false, endpoint: 0, now: 2)
        #expect(pool.acquire(now: 2) == .wait(WaiterID(number: 1)))
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
    }

    @Test func `draining twice, or an endpoint that is none, does nothing`() {
        var pool = connectedPair()
        pool.setDraining(true, endpoint: 0, now: 1)
        pool.setDraining(true, endpoint: 0, now: 1)
        pool.setDraining(true, endpoint: 7, now: 1)
        pool.setDraining(false, endpoint: -1, now: 1)
        #expect(actions(&pool) == [.close(first)])
    }

    // MARK: Watching

    @Test func `a watched endpoint has a connection although nobody asks`() {
        var pool = pool(endpoints: 2)
        pool.watch(now: 0)
        #expect(actions(&pool) == [.connect(first, endpoint: 0), .connect(second, endpoint: 1)])
        pool.watch(now: 0)
        #expect(actions(&pool) == [])
    }

    @Test func `a watched endpoint that hangs up is tried again, and again after the pause`() throws {
        var pool = pool()
        pool.watch(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        let later: Int64 = 5_000_000_000
        pool.closed(first, now: later)
        let atOnce = pool.nextDeadline()
        #expect(try #require(atOnce) <= later)
        pool.deadlinesPassed(now: later)
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
        pool.connectFailed(first, now: later)
        let wanted = pool.nextDeadline()
        let retry = try #require(wanted)
        #expect(retry > later)
        pool.deadlinesPassed(now: retry)
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
    }

    @Test func `the last idle connection of a watched endpoint stays`() {
        var pool = pool()
        pool.watch(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        pool.deadlinesPassed(now: PoolLimits.defaults.idleTimeout * 2)
        #expect(actions(&pool) == [])
    }

    @Test func `a watched endpoint that drains is left alone`() {
        var pool = pool()
        pool.watch(now: 0)
        _ = actions(&pool)
        pool.connected(first, now: 0)
        pool.setDraining(true, endpoint: 0, now: 1)
        #expect(actions(&pool) == [.close(first)])
        pool.closed(first, now: 2)
        pool.deadlinesPassed(now: 3)
        #expect(actions(&pool) == [])
        pool.setDraining(false, endpoint: 0, now: 4)
        #expect(actions(&pool) == [.connect(first, endpoint: 0)])
    }
}
