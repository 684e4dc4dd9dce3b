/// What each event loop has for itself; touched by its own loop only.
final class LoopLocal<Value>: @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: the value at an index is touched by the event loop of that number only.
    private let values: UnsafeMutablePointer<Value>
    private let count: Int

    init(loops: Int, _ make: () -> Value) {
        count = max(loops, 1)
        values = .allocate(capacity: count)
        for index in 0..<count { (values + index).initialize(to: make()) }
    }

    deinit {
        values.deinitialize(count: count)
        values.deallocate()
    }

    /// The value of a loop; to be asked for on that loop.
    subscript(loop: Int) -> Value {
        unsafeAddress {
            precondition(loop >= 0 && loop < count, "no such event loop")
            return UnsafePointer(values + loop)
        }
        unsafeMutableAddress {
            precondition(loop >= 0 && loop < count, "no such event loop")
            return values + loop
        }
    }
}
