import NIOCore
import Synchronization

/// Spans that have ended, as they are sent, until they are. Bounded: when it is full, spans are dropped and counted.
///
/// World: filled from event loops (once for each tick) and from anywhere else, emptied by the exporter; one short lock.
final class SpanQueue: Sendable {
    private struct State {
        var spans: [ByteBuffer] = []
        var dropped: UInt64 = 0
        var isFinishing = false
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Spans that may wait.
    let capacity: Int
    /// As many are sent together.
    let batch: Int
    private let wake: AsyncStream<Void>.Continuation
    /// Has something whenever it is time to look: a batch is full, or nothing more will come.
    let wakes: AsyncStream<Void>

    init(capacity: Int, batch: Int) {
        self.capacity = capacity
        self.batch = batch
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes spans, as far as there is room.
    func add(_ spans: [ByteBuffer]) {
        let isDue = state.withLock { state in
            let room = state.isClosed ? 0 : capacity - state.spans.count
            let before = state.spans.count
            if spans.count <= room { state.spans += spans } else { state.spans += spans.prefix(max(room, 0)) }
            state.dropped += UInt64(max(spans.count - room, 0))
            return before < batch && state.spans.count >= batch
        }
        if isDue { wake.yield() }
    }

    /// Up to a batch, the oldest first; empty when there is nothing.
    func take() -> [ByteBuffer] {
        state.withLock { state in
            guard state.spans.count > batch else {
                defer { state.spans = [] }
                return state.spans
            }
            defer { state.spans.removeFirst(batch) }
            return Array(state.spans.prefix(batch))
        }
    }

    /// It is time to look.
    func look() { wake.yield() }

    /// Nothing more will come: what is there is sent, and then the exporter ends.
    func finish() {
        state.withLock { $0.isFinishing = true }
        wake.yield()
    }

    /// Nobody takes anything any more: what is there, and what still comes, is dropped.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.dropped += UInt64(state.spans.count)
            state.spans = []
        }
    }

    var isFinishing: Bool { state.withLock { $0.isFinishing } }
    var count: Int { state.withLock { $0.spans.count } }
    /// Spans that found no room, since the start.
    var dropped: UInt64 { state.withLock { $0.dropped } }
}
