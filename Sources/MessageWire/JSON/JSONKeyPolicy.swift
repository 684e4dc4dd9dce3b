/// Hears of the objects and keys that a ``JSONCursor`` passes, and may object to a key.
protocol JSONKeyPolicy: ~Copyable {
    mutating func objectOpened()
    /// `content` is the key's raw text between its quotes, in `base`.
    mutating func key(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) throws(JSONScanError)
    mutating func objectClosed()
    /// The place behind the colon if the key whose opening quote is at `place` is one that needs no further look, and a value
    /// follows it at once; `nil` when the key has to be read.
    mutating func behindRepeatedKey(at place: Int, end: Int, in base: UnsafeRawPointer) -> Int?
}

/// Takes every key. Costs nothing.
struct AnyKeys: JSONKeyPolicy {
    @inline(__always) mutating func objectOpened() {}
    @inline(__always)
    mutating func key(_ content: Range<Int>, hasEscapes: Bool, in base: UnsafeRawPointer) throws(JSONScanError) {}
    @inline(__always) mutating func objectClosed() {}
    @inline(__always)
    mutating func behindRepeatedKey(at place: Int, end: Int, in base: UnsafeRawPointer) -> Int? { nil }
}
