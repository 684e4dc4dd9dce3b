/// A hashed timing wheel over the integer handles of somebody else's table.
///
/// Pending requests and connections all carry a deadline, and nearly none of them is ever reached; so setting and
/// clearing one must cost a few stores and no allocation. A handle is an index of the owner's own table (a slot, a
/// connection number); the wheel keeps one list node for each and never looks at what the handle stands for.
///
/// A deadline is never reported early, and at most one `tick` late. Deadlines further away than one turn of the wheel
/// stay in their bucket and are passed over until their turn comes.
///
/// World: owned by one event loop; pure, so it is tested without one.
package struct DeadlineWheel: Sendable {
    private struct Node {
        var next: Int32 = absent
        var previous: Int32 = absent
        /// The tick in which the deadline is reported; `Node.unscheduled` when it is in no list.
        var tick: Int64 = unscheduled

        static let unscheduled = Int64.min
    }

    private static let absent: Int32 = -1

    private let tickNanoseconds: Int64
    private let mask: Int64
    private var heads: [Int32]
    private var occupied: [UInt64]
    private var nodes: [Node] = []
    /// Every tick up to and including this one has been reported.
    private var currentTick: Int64
    /// How many handles are scheduled.
    package private(set) var count = 0

    /// Makes an empty wheel.
    ///
    /// - Parameters:
    ///   - tick: The resolution in nanoseconds.
    ///   - buckets: A power of two, at least 64; `tick * buckets` is one turn of the wheel.
    ///   - now: The present, in nanoseconds of the clock that all later calls use.
    package init(tick: Int64, buckets: Int = 512, now: Int64) {
        precondition(buckets >= 64 && buckets & (buckets - 1) == 0, "a wheel needs a power of two of buckets")
        self.tickNanoseconds = tick
        self.mask = Int64(buckets - 1)
        self.heads = Array(repeating: Self.absent, count: buckets)
        self.occupied = Array(repeating: 0, count: buckets / 64)
        self.currentTick = now / tick
    }

    /// Sets, or moves, the deadline of a handle.
    ///
    /// - Parameters:
    ///   - handle: A small non-negative integer of the owner's table.
    ///   - deadline: Nanoseconds. One in the past is reported by the next ``expire(now:into:)`` of a later tick.
    package mutating func schedule(_ handle: Int, at deadline: Int64) {
        if handle >= nodes.count {
            let missing = max(handle + 1 - nodes.count, nodes.count, 16)
            nodes.append(contentsOf: repeatElement(Node(), count: missing))
        }
        if nodes[handle].tick != Node.unscheduled { unlink(handle) }
        // Rounded up: never early.
        let tick = max((deadline + tickNanoseconds - 1) / tickNanoseconds, currentTick + 1)
        let bucket = Int(tick & mask)
        let head = heads[bucket]
        nodes[handle] = Node(next: head, previous: Self.absent, tick: tick)
        if head != Self.absent { nodes[Int(head)].previous = Int32(truncatingIfNeeded: handle) }
        heads[bucket] = Int32(truncatingIfNeeded: handle)
        occupied[bucket >> 6] |= 1 << UInt64(bucket & 63)
        count += 1
    }

    /// Forgets the deadline of a handle; does nothing when it has none.
    package mutating func cancel(_ handle: Int) {
        guard handle < nodes.count, nodes[handle].tick != Node.unscheduled else { return }
        unlink(handle)
    }

    /// Takes out every handle whose deadline has passed.
    ///
    /// - Parameters:
    ///   - now: The present, in nanoseconds.
    ///   - expired: The handles are appended here, in no particular order within one tick.
    package mutating func expire(now: Int64, into expired: inout [Int]) {
        let last = now / tickNanoseconds
        guard last > currentTick else { return }
        // After a long pause one turn of the wheel visits every bucket.
        var tick = max(currentTick, last - mask - 1)
        currentTick = last
        while tick < last && count > 0 {
            tick += 1
            let bucket = Int(tick & mask)
            guard occupied[bucket >> 6] & (1 << UInt64(bucket & 63)) != 0 else { continue }
            var handle = heads[bucket]
            while handle != Self.absent {
                let next = nodes[Int(handle)].next
                if nodes[Int(handle)].tick <= last {
                    unlink(Int(handle))
                    expired.append(Int(handle))
                }
                handle = next
            }
        }
    }

    /// When ``expire(now:into:)`` should be called next, in nanoseconds; `nil` when nothing is scheduled.
    ///
    /// May be earlier than the earliest deadline (by whole turns of the wheel), never later.
    package var nextDeadline: Int64? {
        guard count > 0 else { return nil }
        let words = occupied.count
        let start = Int((currentTick + 1) & mask)
        var word = start >> 6
        var bits = occupied[word] & (~0 << UInt64(start & 63))
        for step in 0...words {
            if bits != 0 {
                let bucket = word << 6 + bits.trailingZeroBitCount
                let distance = (Int64(bucket) - Int64(start)) & mask
                return (currentTick + 1 + distance) * tickNanoseconds
            }
            word = (word + 1) % words
            bits = occupied[word]
            // Back at the first word: now its lower half.
            if step == words - 1 { bits &= ~(~0 << UInt64(start & 63)) }
        }
        return nil
    }

    private mutating func unlink(_ handle: Int) {
        let node = nodes[handle]
        let bucket = Int(node.tick & mask)
        if node.previous == Self.absent {
            heads[bucket] = node.next
            if node.next == Self.absent { occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63)) }
        } else {
            nodes[Int(node.previous)].next = node.next
        }
        if node.next != Self.absent { nodes[Int(node.next)].previous = node.previous }
        nodes[handle].tick = Node.unscheduled
        count -= 1
    }
}
