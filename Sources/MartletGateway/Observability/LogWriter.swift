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

/// Writes log lines to a file descriptor without ever making an event loop wait.
///
/// Lines are gathered in memory and written by a queue of its own. When the reader of the descriptor does not keep up
/// (a full pipe), lines above the bound are dropped and counted; a line says so when there is room again.
///
/// World: called from anywhere; one short lock for each hand-over, and loops hand over once for each tick.
public final class LogWriter: Sendable {
    private struct State {
        var pending = ByteBuffer()
        var dropped = 0
        var isScheduled = false
    }

    private let descriptor: Int32
    private let maxPendingBytes: Int
    private let state = Mutex(State())
    private let queue: DispatchQueue

    /// The writer of standard output.
    public static let standardOutput = LogWriter(descriptor: STDOUT_FILENO)
    /// The writer of standard error.
    public static let standardError = LogWriter(descriptor: STDERR_FILENO)

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - descriptor: An open file descriptor; it is not closed by this writer.
    ///   - maxPendingBytes: Bytes kept in memory at most while the descriptor takes none; 4 MiB unless set otherwise.
    public init(descriptor: Int32, maxPendingBytes: Int = 4 * 1024 * 1024) {
        self.descriptor = descriptor
        self.maxPendingBytes = maxPendingBytes
        self.queue = DispatchQueue(label: "martlet.log.\(descriptor)")
    }

    /// Hands over whole lines.
    public func write(_ lines: ByteBuffer) {
        let mustSchedule = state.withLock { state in
            guard state.pending.readableBytes + lines.readableBytes <= maxPendingBytes else {
                state.dropped += 1
                return false
            }
            state.pending.writeImmutableBuffer(lines)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { queue.async { self.drain() } }
    }

    /// Hands over one line; the line feed is added.
    public func write(line: String) {
        write(ByteBuffer(string: line + "\n"))
    }

    /// Returns when everything handed over before has been written. For the end of a process.
    public func flush() {
        queue.sync { self.drain() }
    }

    private func drain() {
        while true {
            let (batch, dropped) = state.withLock { state in
                defer {
                    state.pending = ByteBuffer()
                    state.dropped = 0
                    if state.pending.readableBytes == 0 { state.isScheduled = false }
                }
                return (state.pending, state.dropped)
            }
            guard batch.readableBytes > 0 else { return }
            var whole = batch
            if dropped > 0 { whole.writeString("\(dropped) log lines dropped: the log's reader does not keep up\n") }
            whole.withUnsafeReadableBytes { writeAll($0) }
        }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            #if canImport(Darwin)
                let written = Darwin.write(descriptor, base, rest.count)
            #elseif canImport(Glibc)
                let written = Glibc.write(descriptor, base, rest.count)
            #else
                let written = Musl.write(descriptor, base, rest.count)
            #endif
            if written < 0 {
                if errno == EINTR { continue }
                // Nobody reads (EPIPE) or nothing can be done: a log must not stop the gateway.
                if errno != EAGAIN { return }
                usleep(1000)
                continue
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }
}
