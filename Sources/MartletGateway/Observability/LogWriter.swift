import Dispatch
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes log lines to a file descriptor or a file without ever making an event loop wait.
///
/// Lines are gathered in memory and written by a queue of its own. When they cannot be written (a full pipe, a full disk), lines
/// above the bound are dropped and counted; a line says so when there is room again. Requests never notice.
///
/// A file is opened for appending, and opened again by ``reopenAll()``: whoever rotates it renames it first.
///
/// World: called from anywhere; one short lock for each hand-over, and loops hand over once for each tick.
public final class LogWriter: Sendable {
    private struct State: ~Copyable {
        var pending = WaitingLines()
        var dropped = 0
        /// A drain will come when patience has ended.
        var isScheduled = false
        /// No line that is pending is older; `nil` before the first drain.
        var drainedAt: DispatchTime?
        /// A drain is on its way without delay.
        var isUrgent = false
    }

    private struct Writing: ~Copyable {
        var output: LogOutput
        /// Memory for the next lines.
        var spare = WaitingLines()
    }

    private let maxPendingBytes: Int
    private let state = Mutex(State())
    private let writing: Mutex<Writing>
    private let queue: DispatchQueue

    /// The writer of standard output.
    public static let standardOutput = LogWriter(descriptor: STDOUT_FILENO)
    /// The writer of standard error.
    public static let standardError = LogWriter(descriptor: STDERR_FILENO)

    /// Bytes kept in memory at most while nothing can be written.
    public static let standardBound = 4 * 1024 * 1024
    /// The same for a file, and as much again that is being written: a disk may take nothing for a quarter of a second.
    private static let fileBound = 16 * 1024 * 1024
    /// Lines of requests wait so long for others: a write for each tick of a loop would cost more than the lines.
    private static let patience = DispatchTimeInterval.milliseconds(50)
    /// More is written at once, as is a quarter of what may be pending. To begin a write costs as much as some hundred lines.
    private static let promptBytes = 2 * 1024 * 1024
    /// How long ``flush()`` waits for a reader that takes nothing.
    private static let flushTime = DispatchTimeInterval.seconds(2)

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - descriptor: An open file descriptor; it is not closed by this writer.
    ///   - maxPendingBytes: Bytes kept in memory at most while the descriptor takes none; 4 MiB unless set otherwise.
    public init(descriptor: Int32, maxPendingBytes: Int = standardBound) {
        self.maxPendingBytes = maxPendingBytes
        writing = Mutex(Writing(output: LogOutput(descriptor: descriptor, path: nil)))
        queue = DispatchQueue(label: "martlet.log.\(descriptor)")
    }

    private init(path: String) throws(LogFileError) {
        let output = LogOutput(descriptor: try LogOutput.open(path), path: path)
        maxPendingBytes = output.end == nil ? Self.standardBound : Self.fileBound
        writing = Mutex(Writing(output: output))
        queue = DispatchQueue(label: "martlet.log.file")
    }

    // MARK: Files

    private struct WeakWriter {
        weak var writer: LogWriter?
    }

    private static let files = Mutex<[String: WeakWriter]>([:])

    /// The writer of a file: the same for all who name the same path, as long as one of them holds it.
    ///
    /// - Parameter path: Is made when it does not exist, readable for its owner and group.
    /// - Returns: A writer that appends.
    /// - Throws: ``LogFileError`` when the file cannot be opened for appending.
    public static func file(_ path: String) throws(LogFileError) -> LogWriter {
        do {
            return try files.withLock { files in
                files = files.filter { $0.value.writer != nil }
                if let known = files[path]?.writer { return known }
                let writer = try LogWriter(path: path)
                files[path] = WeakWriter(writer: writer)
                return writer
            }
        } catch {
            throw error as? LogFileError ?? LogFileError(path: path, reason: "\(error)")
        }
    }

    /// Opens every file again, under the name it was opened with, behind the lines handed over so far. A file that cannot be opened
    /// goes on where it is, and standard error says why.
    public static func reopenAll() {
        let writers = files.withLock { files in files.values.compactMap(\.writer) }
        for writer in writers { writer.reopen() }
    }

    private func reopen() {
        queue.async {
            self.drain()
            let complaint = self.writing.withLock { $0.output.reopen() }
            if let complaint { Self.standardError.write(line: complaint) }
        }
    }

    // MARK: Lines

    /// Hands over whole lines.
    public func write(_ lines: ByteBuffer) {
        lines.withUnsafeReadableBytes { write($0, isPatient: false) }
    }

    /// Hands over one line; the line feed is added.
    public func write(line: String) {
        write(ByteBuffer(string: line + "\n"))
    }

    /// Hands over whole lines.
    ///
    /// - Parameters:
    ///   - lines: Copied before this returns.
    ///   - isPatient: Whether they may wait some milliseconds for others.
    func write(_ lines: UnsafeRawBufferPointer, isPatient: Bool) {
        let schedule: (isNeeded: Bool, isNow: Bool) = state.withLock { state in
            guard state.pending.count + lines.count <= maxPendingBytes else {
                let count = Self.count(lines)
                state.dropped += count
                Self.lost(count)
                return (false, false)
            }
            state.pending.append(lines, isStreamed: isPatient)
            let isNow = !isPatient || state.pending.count > min(Self.promptBytes, maxPendingBytes / 4)
            if isNow ? state.isUrgent : state.isScheduled { return (false, false) }
            if isNow { state.isUrgent = true } else { state.isScheduled = true }
            return (true, isNow)
        }
        guard schedule.isNeeded else { return }
        if schedule.isNow {
            queue.async { self.drain() }
        } else {
            drain(atLatest: .now() + Self.patience)
        }
    }

    /// Writes what is pending then, unless it has come since a drain that was sooner: one at a time, since each costs two threads that wake
    /// on a loop's core.
    private func drain(atLatest deadline: DispatchTime) {
        queue.asyncAfter(deadline: deadline) {
            let now = DispatchTime.now()
            let next = self.state.withLock { state in
                let next = state.drainedAt.map { $0 + Self.patience }.flatMap { $0 > now ? $0 : nil }
                state.isScheduled = state.pending.count > 0 && next != nil
                return state.isScheduled ? next : nil
            }
            if let next { self.drain(atLatest: next) } else { self.drain() }
        }
    }

    /// Lines of all logs of the process that could not be written, since the start.
    static var droppedLines: UInt64 { dropped.load(ordering: .relaxed) }
    private static let dropped = Atomic<UInt64>(0)

    /// Counts lines that could not be written.
    static func lost(_ count: Int) { dropped.add(UInt64(max(count, 0)), ordering: .relaxed) }

    /// Returns when everything handed over before has been written, or when a reader has taken nothing for two seconds. For the end
    /// of a process.
    public func flush() {
        _ = scheduleDrain().wait(timeout: .now() + Self.flushTime)
    }

    /// Returns when everything handed over before has been written, by the standard writers and those of all files, or after two
    /// seconds in which some reader has taken nothing. For the end of a process.
    public static func flushAll() {
        let deadline = DispatchTime.now() + flushTime
        let writers = [standardOutput, standardError] + files.withLock { $0.values.compactMap(\.writer) }
        for drained in writers.map({ $0.scheduleDrain() }) { _ = drained.wait(timeout: deadline) }
        // What files had to complain of.
        _ = standardError.scheduleDrain().wait(timeout: deadline)
    }

    private func scheduleDrain() -> DispatchWorkItem {
        let drained = DispatchWorkItem { self.drain() }
        queue.async(execute: drained)
        return drained
    }

    private func drain() {
        let complaint = writing.withLock { writing in
            let end = writing.output.end
            let dropped = state.withLock { state in
                state.isUrgent = false
                guard state.pending.count > 0 else { return 0 }
                swap(&state.pending, &writing.spare)
                state.pending.begin(at: (end ?? 0) + writing.spare.count)
                state.drainedAt = .now()
                defer { state.dropped = 0 }
                return state.dropped
            }
            guard writing.spare.count > 0 else { return nil as String? }
            defer { writing.spare.clear(keeping: Self.maxKeptBytes) }
            return writing.output.write(writing.spare.bytes, dropped: dropped)
        }
        // Standard error has nobody else to tell.
        if let complaint, self !== Self.standardError { Self.standardError.write(line: complaint) }
    }

    /// Memory grows by doubling: twice what is written at once.
    private static let maxKeptBytes = 2 * promptBytes

    private static func count(_ lines: UnsafeRawBufferPointer) -> Int {
        lines.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 }
    }
}
