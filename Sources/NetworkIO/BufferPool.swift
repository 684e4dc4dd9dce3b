import NIOCore

/// Output buffers that the connections of one event loop share.
///
/// An idle connection then holds no buffer at all, and a busy loop works on few, cache-warm ones. A buffer that the
/// channel still holds (a write that the socket did not take whole) may be given back all the same: it is a value, the
/// next user's first write copies it.
///
/// World: one event loop.
package struct BufferPool {
    private var free: [ByteBuffer] = []
    private let allocator = ByteBufferAllocator()
    private let initialCapacity: Int
    private let maxKeptCapacity: Int
    private let maxKept: Int

    /// - Parameters:
    ///   - initialCapacity: Bytes of a new buffer.
    ///   - maxKeptCapacity: A buffer that grew above this is given back to the system instead of kept.
    ///   - maxKept: How many free buffers are kept at most.
    package init(initialCapacity: Int = 4096, maxKeptCapacity: Int = 256 * 1024, maxKept: Int = 128) {
        self.initialCapacity = initialCapacity
        self.maxKeptCapacity = maxKeptCapacity
        self.maxKept = maxKept
    }

    /// An empty buffer.
    package mutating func take() -> ByteBuffer {
        if var buffer = free.popLast() {
            buffer.clear()
            return buffer
        }
        return allocator.buffer(capacity: initialCapacity)
    }

    /// Gives a buffer back; its contents are of no interest any more.
    package mutating func give(_ buffer: consuming ByteBuffer) {
        guard free.count < maxKept, buffer.capacity <= maxKeptCapacity, buffer.capacity > 0 else { return }
        free.append(buffer)
    }
}
