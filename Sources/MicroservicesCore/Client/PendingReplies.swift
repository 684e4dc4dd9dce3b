import MessageWire
import NetworkIO

/// The requests of one connection that wait for an answer: a slot table.
///
/// A slot's number and a sequence number make the packet's id, so an answer is found by an array index, and one that
/// comes too late (its slot is free, or taken by a later request) matches nothing. The sequence never repeats in the life
/// of the connection.
///
/// World: one event loop.
struct PendingReplies: ~Copyable {
    private struct Slot {
        var receiver: (any ReplyReceiver)?
        var sequence: UInt64 = 0
        /// The gap allowed between two frames, nanoseconds.
        var idle: Int64 = .max
        /// When the whole answer must be there.
        var end: Int64 = .max
        /// The deadline in force.
        var deadline: Int64 = .max
        /// When it was sent.
        var sentAt: Int64 = 0
    }

    private var slots: [Slot] = []
    private var free: [UInt16] = []
    private var nextSequence: UInt64 = 0
    private var wheel: DeadlineWheel
    private var expired: [Int] = []
    /// How many requests wait.
    private(set) var count = 0
    /// When the request that was taken out last had been sent.
    private(set) var takenSentAt: Int64 = 0

    /// 8 ms: a time-out is late by no more than that.
    static let wheelTick: Int64 = 8_000_000

    init(tick: Int64 = wheelTick, now: Int64) {
        wheel = DeadlineWheel(tick: tick, now: now)
    }

    /// Takes a slot; the caller keeps to the pool's limit of requests in flight, which is below 65,536.
    mutating func insert(_ receiver: any ReplyReceiver, timeouts: ReplyTimeouts, now: Int64) -> PacketID {
        let slot: UInt16
        if let last = free.popLast() {
            slot = last
        } else {
            precondition(slots.count <= UInt16.max, "the pool's limit keeps requests in flight below 65,536")
            slot = UInt16(slots.count)
            slots.append(Slot())
        }
        let sequence = nextSequence
        nextSequence += 1
        let end = Self.add(now, timeouts.total)
        let deadline = min(end, Self.add(now, timeouts.first))
        slots[Int(slot)] = Slot(
            receiver: receiver, sequence: sequence, idle: timeouts.idle, end: end, deadline: deadline,
            sentAt: now)
        if deadline != .max { wheel.schedule(Int(slot), at: deadline) }
        count += 1
        return PacketID(slot: slot, sequence: sequence)
    }

    /// Whether the request of this id still waits.
    func contains(_ id: PacketID) -> Bool {
        let slot = Int(id.slot)
        return slot < slots.count && slots[slot].sequence == id.sequence && slots[slot].receiver != nil
    }

    /// The receiver of an id, and its slot set free; `nil` for a late or foreign id.
    mutating func take(_ id: PacketID) -> (any ReplyReceiver)? {
        guard contains(id) else { return nil }
        return release(Int(id.slot))
    }

    /// The receiver of an id that goes on waiting for further frames.
    mutating func keep(_ id: PacketID, now: Int64) -> (any ReplyReceiver)? {
        guard contains(id) else { return nil }
        let slot = Int(id.slot)
        let deadline = min(slots[slot].end, Self.add(now, slots[slot].idle))
        if deadline != slots[slot].deadline {
            slots[slot].deadline = deadline
            if deadline == .max { wheel.cancel(slot) } else { wheel.schedule(slot, at: deadline) }
        }
        return slots[slot].receiver
    }

    /// The deadline in force for a request that waits; `Int64.max` for none.
    func deadline(of id: PacketID) -> Int64 { slots[Int(id.slot)].deadline }

    /// The next time ``expire(now:)`` is due.
    var nextDeadline: Int64? { wheel.nextDeadline }

    /// Takes out everything whose time is up.
    mutating func expire(now: Int64) -> [any ReplyReceiver] {
        expired.removeAll(keepingCapacity: true)
        wheel.expire(now: now, into: &expired)
        return expired.compactMap { release($0) }
    }

    /// Takes out everything.
    mutating func takeAll() -> [any ReplyReceiver] {
        slots.indices.compactMap { slots[$0].receiver == nil ? nil : release($0) }
    }

    private mutating func release(_ slot: Int) -> (any ReplyReceiver)? {
        let receiver = slots[slot].receiver.take()
        takenSentAt = slots[slot].sentAt
        wheel.cancel(slot)
        free.append(UInt16(truncatingIfNeeded: slot))
        count -= 1
        return receiver
    }

    private static func add(_ now: Int64, _ duration: Int64) -> Int64 {
        let (sum, overflow) = now.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }
}
