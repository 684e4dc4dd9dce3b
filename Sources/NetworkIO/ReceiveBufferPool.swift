import NIOCore

/// Receive buffers that the channels of one event loop share, so that an idle connection holds none.
///
/// SwiftNIO keeps one receive buffer for each channel. With thousands of idle keep-alive connections that is most of
/// the memory of a gateway. Here a channel borrows a buffer for one read; the handler gives it back with
/// ``give(_:)`` when it has consumed the bytes (and simply keeps it when it has not).
///
/// World: one event loop.
package final class ReceiveBufferPool {
    private var free: [ByteBuffer] = []
    private let capacity: Int
    private let maxKept: Int

    /// - Parameters:
    ///   - capacity: Bytes of every buffer, the most that one read can take.
    ///   - maxKept: How many free buffers are kept at most.
    package init(capacity: Int, maxKept: Int = 8) {
        self.capacity = capacity
        self.maxKept = maxKept
    }

    func take(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        if var buffer = free.popLast() {
            buffer.clear()
            return buffer
        }
        return allocator.buffer(capacity: capacity)
    }

    /// Gives back a buffer that came from a read. Buffers of another size are ignored: the small first one, and those that grew
    /// with a large message, which would stay for good.
    package func give(_ buffer: consuming ByteBuffer) {
        guard free.count < maxKept, (capacity...2 * capacity).contains(buffer.storageCapacity) else { return }
        free.append(buffer)
    }
}

/// Lends the buffers of a ``ReceiveBufferPool`` to the channels of its event loop.
///
/// The channel's own pool keeps the first buffer it ever got for good; so the first one is small. Reporting "may grow"
/// after every read and no next size makes SwiftNIO ask here for every later read, and (with one message per read)
/// keep nothing. See `NIOPooledRecvBufferAllocator`.
struct SharedReceiveBufferAllocator: RecvByteBufferAllocator, @unchecked Sendable {
    // Invariant for `@unchecked Sendable`: used by channels of the pool's own event loop only, on that loop.
    private let pool: ReceiveBufferPool
    private let firstCapacity: Int
    private var isFirst = true

    init(pool: ReceiveBufferPool, firstCapacity: Int = 512) {
        self.pool = pool
        self.firstCapacity = firstCapacity
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        isFirst ? allocator.buffer(capacity: firstCapacity) : pool.take(allocator)
    }

    func nextBufferSize() -> Int? { nil }

    mutating func record(actualReadBytes: Int) -> Bool {
        isFirst = false
        return true
    }
}
