import Logging
import Routing
import Synchronization

/// How the lines of loggers look, which are written and where they go; all of it may change while the process runs.
///
/// What the command line says is fixed: neither a route file nor its reload changes it. A level that was set while the process
/// runs (``level``) stays until the route file says another than before.
///
/// World: read for each line, anywhere; changed rarely.
public final class LogSettings: Sendable {
    private struct Changes {
        var writer: LogWriter
        var isLevelFixed = false
        var isFormatFixed = false
        /// What the route file said last.
        var applied = LoggingSettings.defaults
    }

    /// Those of the process: what `martlet` and its admin listener use.
    public static let process = LogSettings()

    private let severity: Atomic<Int>
    private let isJSON: Atomic<Bool>
    private let changes: Mutex<Changes>
    private let standard: (level: Logger.Level, format: LogFormat, writer: LogWriter)

    /// Makes settings.
    ///
    /// - Parameters:
    ///   - level: The lowest level that is written.
    ///   - format: Text or JSON.
    ///   - writer: Where lines go.
    public init(level: Logger.Level = .notice, format: LogFormat = .text, writer: LogWriter = .standardError) {
        severity = Atomic(Self.number(level))
        isJSON = Atomic(format == .json)
        changes = Mutex(Changes(writer: writer))
        standard = (level, format, writer)
    }

    /// The lowest level that is written.
    public var level: Logger.Level {
        get { Self.levels[severity.load(ordering: .relaxed)] }
        set { severity.store(Self.number(newValue), ordering: .relaxed) }
    }

    /// Text or JSON.
    public var format: LogFormat {
        get { isJSON.load(ordering: .relaxed) ? .json : .text }
        set { isJSON.store(newValue == .json, ordering: .relaxed) }
    }

    /// Where lines go.
    public var writer: LogWriter {
        get { changes.withLock { $0.writer } }
        set { changes.withLock { $0.writer = newValue } }
    }

    /// Takes what the command line says; a route file changes none of it any more.
    ///
    /// - Parameters:
    ///   - level: `nil` for what the route file says.
    ///   - format: `nil` for what the route file says.
    public func fix(level: Logger.Level?, format: LogFormat?) {
        if let level { self.level = level }
        if let format { self.format = format }
        changes.withLock { changes in
            changes.isLevelFixed = level != nil
            changes.isFormatFixed = format != nil
        }
    }

    /// Takes what a route file says, as far as it says something else than before.
    ///
    /// - Parameters:
    ///   - settings: What stands under `gateway.logging`.
    ///   - writer: Where lines are to go; `nil` when the file does not say.
    func apply(_ settings: LoggingSettings, writer: LogWriter?) {
        let (before, isFixed) = changes.withLock { changes in
            defer { changes.applied = settings }
            if settings.destination != changes.applied.destination { changes.writer = writer ?? standard.writer }
            return (changes.applied, (level: changes.isLevelFixed, format: changes.isFormatFixed))
        }
        if settings.level != before.level, !isFixed.level {
            level = settings.level.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? standard.level
        }
        if settings.format != before.format, !isFixed.format {
            format = settings.format.map { $0 == .json ? .json : .text } ?? standard.format
        }
    }

    private static let levels = Logger.Level.allCases
    private static func number(_ level: Logger.Level) -> Int { levels.firstIndex(of: level) ?? 0 }
}

extension LogWriter {
    /// The writer of a destination.
    static func writer(for destination: LogDestination?, standard: LogWriter) throws(LogFileError) -> LogWriter {
        switch destination {
        case nil: standard
        case .standardOutput: .standardOutput
        case .standardError: .standardError
        case .file(let path, _): try .file(path)
        }
    }
}
