import Logging
import NIOCore
import Synchronization

/// Takes ended spans out of their queue and sends them, a batch at a time, until it is told that nothing more will come.
///
/// A receiver that is slow, down or overloaded costs spans and nothing else: the queue is bounded, what finds no room is dropped
/// and counted. Batches are tried again with growing pauses, as the receiver asks for them.
///
/// World: structured concurrency; requests to the receiver have a thread of their own.
final class OTLPExporter: Sendable {
    private let queue: SpanQueue
    private let connection: OTLPConnection
    private let encoder: OTLPEncoder
    private let interval: Duration
    private let logger: Logger
    private let counts = Mutex(Counts())

    private struct Counts {
        var sent: UInt64 = 0
        var lost: UInt64 = 0
        var isFailing = false
    }

    /// Attempts for one batch.
    private static let maxAttempts = 5
    /// The first pause between two attempts; each further one is twice as long.
    private static let firstPause = 1000
    /// Milliseconds that a pause has at most, whatever the receiver asks for.
    private static let longestPause = 30_000
    /// How often a pause looks whether the gateway is stopping, milliseconds.
    private static let glance = 100

    init(queue: SpanQueue, connection: OTLPConnection, encoder: OTLPEncoder, interval: Duration, logger: Logger) {
        self.queue = queue
        self.connection = connection
        self.encoder = encoder
        self.interval = interval
        self.logger = logger
    }

    /// Spans that the receiver took, and those that were given up after they had left the queue.
    var totals: (sent: UInt64, lost: UInt64) { counts.withLock { ($0.sent, $0.lost) } }

    /// Sends until the queue is finished and empty.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [queue, interval] in
                while (try? await Task.sleep(for: interval)) != nil { queue.look() }
            }
            for await _ in queue.wakes {
                while true {
                    let batch = queue.take()
                    guard !batch.isEmpty else { break }
                    await send(batch)
                    // A batch that is not full is for the next time, unless there is none.
                    guard queue.count >= queue.batch || queue.isFinishing else { break }
                }
                if queue.isFinishing { break }
            }
            group.cancelAll()
        }
        queue.close()
    }

    private func send(_ batch: [ByteBuffer]) async {
        let body = encoder.encode(batch)
        var pause = Self.firstPause
        for attempt in 1...Self.maxAttempts {
            let reason: String
            var asked: Int?
            switch await connection.post(body) {
            case .accepted: return delivered(batch.count)
            case .refused(let why): return gaveUp(batch.count, why)
            case .retry(let why, let after):
                reason = why
                asked = after
            }
            failing(reason)
            guard attempt < Self.maxAttempts, !queue.isFinishing else { return gaveUp(batch.count, reason) }
            await wait(milliseconds: Self.pause(upTo: pause, asked: asked))
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// A part of the pause by chance, so that not everybody comes back at once; never earlier than the receiver has asked for.
    ///
    /// - Parameters:
    ///   - longest: Milliseconds.
    ///   - asked: Seconds, in whatever size the receiver has written them.
    /// - Returns: Milliseconds.
    static func pause(upTo longest: Int, asked: Int?) -> Int {
        let least = min(max(asked ?? 0, 0), longestPause / 1000) * 1000
        return max(least, Int.random(in: longest / 2...longest))
    }

    /// Ends early when the gateway stops: there is time for one more attempt then.
    private func wait(milliseconds: Int) async {
        var rest = milliseconds
        while rest > 0, !queue.isFinishing {
            guard (try? await Task.sleep(for: .milliseconds(min(rest, Self.glance)))) != nil else { return }
            rest -= Self.glance
        }
    }

    // MARK: What is said of it

    private func delivered(_ count: Int) {
        let wasFailing = counts.withLock { counts in
            counts.sent += UInt64(count)
            defer { counts.isFailing = false }
            return counts.isFailing
        }
        guard wasFailing else { return }
        logger.notice(
            "spans are delivered again",
            metadata: ["receiver": "\(connection.shown)", "dropped": "\(queue.dropped + totals.lost)"])
    }

    /// The first failure is news; those after it are the same news.
    private func failing(_ reason: String) {
        let isNews = counts.withLock { counts in
            defer { counts.isFailing = true }
            return !counts.isFailing
        }
        logger.log(
            level: isNews ? .warning : .debug, "spans cannot be delivered",
            metadata: ["receiver": "\(connection.shown)", "reason": "\(reason)"])
    }

    private func gaveUp(_ count: Int, _ reason: String) {
        counts.withLock { $0.lost += UInt64(count) }
        failing(reason)
    }
}
