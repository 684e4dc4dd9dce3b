import Logging
import Synchronization

/// What a gateway has to say, kept for a test.
final class CollectedLog: Sendable {
    private let kept = Mutex<[String]>([])

    /// Level, message and metadata, one line each.
    var lines: [String] { kept.withLock { $0 } }
    func contains(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: CollectedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let shown = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            log.kept.withLock { $0.append("\(event.level) \(event.message) \(shown)") }
        }
    }
}
