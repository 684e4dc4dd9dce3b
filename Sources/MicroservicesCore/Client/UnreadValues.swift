import Synchronization

/// What of one answer may wait for its caller.
struct UnreadLimits: Sendable, Hashable {
    /// Values.
    var maxCount = TCPClientLimits.defaults.maxUnreadValues
    /// Bytes of their JSON texts.
    var maxSize = TCPClientLimits.defaults.maxUnreadSize
}

/// The bytes of one answer that wait for their caller: counted up on the event loop, down by whoever takes the values.
final class UnreadSize: Sendable {
    private let size = Atomic<Int>(0)
    private let maxSize: Int

    init(maxSize: Int) { self.maxSize = maxSize }

    /// Counts a value, unless it is one too many; one alone never is: the connection's own limit holds for it.
    func admit(_ bytes: Int) -> Bool {
        let before = size.load(ordering: .relaxed)
        guard before == 0 || before + bytes <= maxSize else { return false }
        size.add(bytes, ordering: .relaxed)
        return true
    }

    /// A value is the caller's.
    func taken(_ bytes: Int) { size.subtract(bytes, ordering: .relaxed) }
}

/// The values of one answer as they come, bounded in count and bytes.
struct UnreadValues<Value: Sendable>: AsyncSequence, Sendable {
    typealias Element = Value

    /// A value with the length of its JSON text.
    struct Received: Sendable {
        let value: Value
        let bytes: Int
    }

    let values: AsyncThrowingStream<Received, any Error>
    let size: UnreadSize

    func makeAsyncIterator() -> Iterator { Iterator(values: values.makeAsyncIterator(), size: size) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var values: AsyncThrowingStream<Received, any Error>.Iterator
        fileprivate let size: UnreadSize

        mutating func next() async throws -> Value? {
            guard let received = try await values.next() else { return nil }
            size.taken(received.bytes)
            return received.value
        }
    }
}
