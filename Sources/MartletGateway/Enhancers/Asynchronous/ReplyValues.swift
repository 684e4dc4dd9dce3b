import MessageWire
import Synchronization

/// The values of a service's answer as they come, for whoever takes them at their own pace.
///
/// World: filled on an event loop, taken anywhere.
struct ReplyValues: AsyncSequence, Sendable {
    typealias Element = JSONValue
    typealias Failure = any Error

    /// Values that may wait to be taken; the request is given up above it.
    private static let maxWaitingValues = 65_536
    /// JSON text of such values, in bytes: as much as of an answer that is collected.
    private static let maxWaitingBytes = 16 << 20

    private typealias Piece = (value: JSONValue, bytes: Int)

    /// Where values come in.
    struct Source: Sendable {
        fileprivate let continuation: AsyncThrowingStream<(value: JSONValue, bytes: Int), any Error>.Continuation
        fileprivate let waiting: WaitingBytes

        /// `false` when too much waits already.
        func yield(_ value: JSONValue, bytes: Int) -> Bool {
            guard waiting.add(bytes) <= ReplyValues.maxWaitingBytes || waiting.isOnly(bytes) else { return false }
            if case .dropped = continuation.yield((value, bytes)) { return false }
            return true
        }

        func finish(_ error: (any Error)?) { continuation.finish(throwing: error) }
    }

    fileprivate final class WaitingBytes: Sendable {
        private let count = Atomic(0)

        func add(_ bytes: Int) -> Int { count.add(bytes, ordering: .relaxed).newValue }
        /// A single value has been let through by the frame's own limit.
        func isOnly(_ bytes: Int) -> Bool { count.load(ordering: .relaxed) == bytes }
    }

    private let stream: AsyncThrowingStream<Piece, any Error>
    private let waiting: WaitingBytes

    /// - Parameter abandoned: Called, anywhere, when nobody takes values any more.
    /// - Returns: Both ends.
    static func make(abandoned: @escaping @Sendable () -> Void) -> (ReplyValues, Source) {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Piece.self, bufferingPolicy: .bufferingOldest(maxWaitingValues))
        continuation.onTermination = { if case .cancelled = $0 { abandoned() } }
        let waiting = WaitingBytes()
        return (
            ReplyValues(stream: stream, waiting: waiting), Source(continuation: continuation, waiting: waiting)
        )
    }

    func makeAsyncIterator() -> Iterator { Iterator(pieces: stream.makeAsyncIterator(), waiting: waiting) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var pieces: AsyncThrowingStream<(value: JSONValue, bytes: Int), any Error>.Iterator
        fileprivate let waiting: WaitingBytes

        mutating func next() async throws -> JSONValue? {
            guard let piece = try await pieces.next() else { return nil }
            _ = waiting.add(-piece.bytes)
            return piece.value
        }
    }
}
