import Synchronization

/// How much each key has used up of its allowance, for all event loops together: a token bucket for every key.
///
/// A bucket is one number: when it would be full again (the "theoretical arrival time" of the generic cell rate algorithm). A
/// request moves it on by one interval, in one compare-and-exchange; so it is exact whoever asks at the same time. A bucket that
/// is full is as good as none, and its place may be taken.
///
/// No lock is taken. Only while a key takes over a place do others that look at its set look again, for a few instructions.
///
/// Keys lie in sets of ``ways`` places. Where all places of a set belong to keys whose buckets are not full, the fullest
/// is forgotten: memory never grows, and with more keys than places it is those that owe least that get away.
///
/// World: any thread.
///
/// Spec: ITU-T I.371, Annex A
final class RateLimitTable: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: constants, and places that are atomics.

    /// What became of one request.
    struct Outcome: Sendable, Equatable {
        var isAllowed: Bool
        /// Requests that may still come at once.
        var remaining: Int
        /// Nanoseconds until the bucket is full; when refused, until the next request may come.
        var wait: Int64
    }

    private struct Place: ~Copyable {
        /// The key's hash, zero for none.
        let key = Atomic<UInt64>(0)
        /// When the bucket is full again, in units of 1/16 ns since the clock's zero.
        let full = Atomic<UInt64>(0)
    }

    private static let ways = 8
    private let places: UnsafeMutablePointer<Place>
    private let setMask: UInt64
    /// Bytes of all places.
    let byteCount: Int
    /// Between two requests at the steady rate, and for the whole burst; 1/16 ns.
    private let interval: UInt64
    private let capacity: UInt64

    /// - Parameters:
    ///   - interval: Nanoseconds between two requests at the steady rate, at least 1.
    ///   - burst: Requests that a full bucket allows at once; `interval * burst` is at most some years.
    ///   - maxKeys: Keys that are kept apart, rounded up to a power of two.
    init(interval: Double, burst: Int, maxKeys: Int) {
        self.interval = UInt64((interval * 16).rounded())
        capacity = self.interval * UInt64(burst)
        var sets = 1
        while sets * Self.ways < maxKeys { sets *= 2 }
        setMask = UInt64(sets - 1)
        let count = sets * Self.ways
        byteCount = count * MemoryLayout<Place>.stride
        places = .allocate(capacity: count)
        for index in 0..<count { (places + index).initialize(to: Place()) }
    }

    deinit {
        places.deinitialize(count: Int(setMask + 1) * Self.ways)
        places.deallocate()
    }

    /// Takes one request out of a key's bucket, if there is one in it.
    ///
    /// - Parameters:
    ///   - key: The key's hash, not zero.
    ///   - now: The present, nanoseconds.
    /// - Returns: Whether there was one, and what is left.
    func spend(_ key: UInt64, now: Int64) -> Outcome {
        // Never zero, so that a place that was never used is behind it.
        let now = (UInt64(max(0, now)) &<< 4) &+ 16
        while true {
            let place = place(of: key, now: now)
            // First the time, then the key: whoever takes a place over writes them the other way round, and changes the time
            // before anything else. So if the exchange succeeds, the place was this key's all the while.
            let full = places[place].full.load(ordering: .acquiring)
            guard full != Self.taken, places[place].key.load(ordering: .acquiring) == key else { continue }
            let owed = max(full, now) - now
            guard owed + interval <= capacity else {
                return Outcome(isAllowed: false, remaining: 0, wait: Int64((owed + interval - capacity + 15) >> 4))
            }
            let (isDone, _) = places[place].full.compareExchange(
                expected: full, desired: now + owed + interval, ordering: .acquiringAndReleasing)
            guard isDone else { continue }
            let left = (capacity - owed - interval) / interval
            return Outcome(isAllowed: true, remaining: Int(left), wait: Int64((owed + interval + 15) >> 4))
        }
    }

    /// The time of a place that is being taken over, for a few instructions.
    private static let taken = UInt64.max

    /// The key's place; takes one if it has none.
    private func place(of key: UInt64, now: UInt64) -> Int {
        let first = Int((key &>> 20) & setMask) * Self.ways
        while true {
            var (victim, victimFull) = (first, UInt64.max)
            var isBusy = false
            for place in first..<first + Self.ways {
                let full = places[place].full.load(ordering: .acquiring)
                isBusy = isBusy || full == Self.taken
                if places[place].key.load(ordering: .acquiring) == key { return place }
                if full < victimFull { (victim, victimFull) = (place, full) }
            }
            // The place that is being taken may be for this key: two would be twice the allowance.
            guard !isBusy else { continue }
            let (isTaken, _) = places[victim].full.compareExchange(
                expected: victimFull, desired: Self.taken, ordering: .acquiringAndReleasing)
            guard isTaken else { continue }
            places[victim].key.store(key, ordering: .releasing)
            // Another time than before, so that nobody who read that can use it; and no debt, that was another's.
            places[victim].full.store(victimFull == now ? now - 1 : now, ordering: .releasing)
            return victim
        }
    }
}
