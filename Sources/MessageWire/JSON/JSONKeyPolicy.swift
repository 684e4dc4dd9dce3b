/// Hears of the objects and keys that a ``JSONCursor`` passes, and may object to a key.
protocol JSONKeyPolicy: ~Copyable {
    mutating func objectOpened()
    /// `content` is the key's raw text between its quotes, in `base`.
    mutating func key(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) throws(JSONScanError)
    mutating func objectClosed()
}

/// Takes every key. Costs nothing.
struct AnyKeys: JSONKeyPolicy {
    @inline(__always) mutating func objectOpened() {}
    @inline(__always)
    mutating func key(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) throws(JSONScanError) {}
    @inline(__always) mutating func objectClosed() {}
}
