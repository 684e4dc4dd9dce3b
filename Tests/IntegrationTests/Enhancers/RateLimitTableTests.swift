import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import MartletGateway

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct RateLimitTableTests {
    private static let second: Int64 = 1_000_000_000

    private func allowed(_ table: RateLimitTable, _ key: UInt64, _ count: Int, now: Int64) -> Int {
        (0..<count).reduce(0) { sum, _ in sum + (table.spend(key, now: now).isAllowed ? 1 : 0) }
    }

    @Test func `a full bucket allows its burst, then the steady rate`() {
        let table = RateLimitTable(interval: 100_000_000, burst: 5, maxKeys: 64)
        #expect(allowed(table, 1, 20, now: 1) == 5)
        #expect(allowed(table, 1, 20, now: 1 + Self.second / 10) == 1)
        #expect(allowed(table, 1, 20, now: 1 + Self.second / 10 * 4) == 3)
        #expect(allowed(table, 1, 20, now: 1 + Self.second * 60) == 5)
    }

    @Test func `the outcome says what is left and how long to wait`() {
        let table = RateLimitTable(interval: 100_000_000, burst: 3, maxKeys: 64)
        #expect(table.spend(1, now: 0) == .init(isAllowed: true, remaining: 2, wait: 100_000_000))
        #expect(table.spend(1, now: 0) == .init(isAllowed: true, remaining: 1, wait: 200_000_000))
        #expect(table.spend(1, now: 0) == .init(isAllowed: true, remaining: 0, wait: 300_000_000))
        #expect(table.spend(1, now: 0) == .init(isAllowed: false, remaining: 0, wait: 100_000_000))
        #expect(table.spend(1, now: 40_000_000) == .init(isAllowed: false, remaining: 0, wait: 60_000_000))
    }

    @Test func `keys are counted apart`() {
        let table = RateLimitTable(interval: 1_000_000, burst: 2, maxKeys: 1024)
        for key in UInt64(1)...200 { #expect(allowed(table, key << 20 | 1, 5, now: 7) == 2) }
        for key in UInt64(1)...200 { #expect(allowed(table, key << 20 | 1, 5, now: 7) == 0) }
    }

    @Test func `a rate that is no whole number of nanoseconds keeps its pace`() {
        // 3,000 a second.
        let table = RateLimitTable(interval: 1e9 / 3000, burst: 1, maxKeys: 1)
        var count = 0
        for now in stride(from: Int64(0), to: 10 * Self.second, by: 100_000) {
            if table.spend(1, now: now).isAllowed { count += 1 }
        }
        // Asked every 100 us, it can only let in at every fourth question.
        #expect(count == 25_000)
        let patient = RateLimitTable(interval: 1e9 / 3000, burst: 3000, maxKeys: 1)
        #expect(allowed(patient, 1, 4000, now: 0) == 3000)
        #expect(allowed(patient, 1, 40_000, now: 10 * Self.second) == 3000)
    }

    /// Four threads at once: not one request too many, not one too few.
    @Test func `it is exact across threads`() {
        let table = RateLimitTable(interval: 1_000_000, burst: 1000, maxKeys: 64)
        for round in Int64(1)...20 {
            let counts = Counts(4)
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                counts[thread] = (0..<5_000).reduce(0) { sum, _ in
                    sum + (table.spend(1, now: round * Self.second).isAllowed ? 1 : 0)
                }
            }
            #expect(counts.sum == 1000)
        }
    }

    /// Two keys at the same instant, one of which takes the place of the other's full bucket: neither pays for the other.
    @Test func `a key that takes over a place has its own allowance`() async {
        let rounds: UInt64 = 100_000
        let table = RateLimitTable(interval: 1000, burst: 1, maxKeys: 8)
        let counts = Counts(2)
        let (arrived, begun) = (Counter(), Counter())
        await onThreads(2) { thread in
            for round in 0..<rounds {
                let now = Int64(round + 1) * 2_000_000
                if thread == 0 {
                    // All eight places are this round's keys'.
                    for key in UInt64(0)..<8 { _ = table.spend((round &* 16 &+ key) &<< 1 | 1, now: now) }
                    arrived.await(Int(round) + 1)
                    begun.increment()
                } else {
                    arrived.increment()
                    begun.await(Int(round) + 1)
                }
                let key = thread == 0 ? (round &* 16) &<< 1 | 1 : (round &* 16 &+ 9) &<< 1 | 1
                if table.spend(key, now: now + 1_000_000).isAllowed { counts[thread] += 1 }
            }
        }
        #expect(counts[0] == Int(rounds))
        #expect(counts[1] == Int(rounds))
    }

    /// Two threads meet by it, to the nanosecond.
    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        func increment() { count.add(1, ordering: .acquiringAndReleasing) }
        func await(_ wanted: Int) {
            while count.load(ordering: .acquiring) < wanted { sched_yield() }
        }
    }

    /// Each thread writes its own place.
    private final class Counts: @unchecked Sendable {
        // Invariant for `@unchecked Sendable`: no two threads write the same place, and it is read after they have ended.
        private let counts: UnsafeMutableBufferPointer<Int>
        init(_ count: Int) {
            counts = .allocate(capacity: count)
            counts.initialize(repeating: 0)
        }
        deinit { counts.deallocate() }
        subscript(index: Int) -> Int {
            get { counts[index] }
            set { counts[index] = newValue }
        }
        var sum: Int { counts.reduce(0, +) }
    }

    @Test func `many keys take no more memory, and those who owe most are kept`() async {
        let table = RateLimitTable(interval: Double(Self.second), burst: 100, maxKeys: 4096)
        #expect(table.byteCount == 4096 * 16)
        let greedy: UInt64 = 0xABCD_0001_2345_6789
        #expect(allowed(table, greedy, 200, now: 1) == 100)
        await onThreadOfItsOwn {
            for key in UInt64(1)...1_000_000 { _ = table.spend(key &* 0x9E37_79B9_7F4A_7C15 | 1, now: 1) }
        }
        #expect(table.byteCount == 4096 * 16)
        #expect(allowed(table, greedy, 10, now: 1) == 0)
    }
}
