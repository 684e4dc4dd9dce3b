import CProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A descriptor that lines are written to, and what became of those before.
///
/// World: the queue of its ``LogWriter``; it may wait for a pipe's reader.
struct LogOutput: ~Copyable {
    private var descriptor: Int32
    /// `nil` for a descriptor that is somebody else's.
    private let path: String?
    /// Lines that could not be written, since the last that could.
    private var lost = 0
    /// Why.
    private var failure: Int32 = 0
    /// A line was written in part.
    private var isMidLine = false
    /// Bytes behind the end of the file that are this file's already.
    private var bytesAhead = 0
    /// What is written goes to the disk soon, and its memory to others.
    private var leavesBehind = true

    /// How long a pipe may take nothing before it is looked at again.
    private static let pollMilliseconds: Int32 = 1000
    /// So much at once is followed by more.
    private static let muchBytes = 256 * 1024
    /// What is asked for at once, behind the end of a file that grows fast.
    private static let aheadBytes = 8 * 1024 * 1024
    /// So much of a file that grows fast stays in the system's memory, for those who follow it.
    private static let keptBytes = 64 * 1024 * 1024
    /// A disk that keeps the log waiting for longer is slower than the log.
    private static let maxDiskWait: Duration = .milliseconds(100)
    /// Read and written by the owner, read by the group.
    private static let mode: mode_t = 0o640

    init(descriptor: Int32, path: String?) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        if path != nil { close(descriptor) }
    }

    /// Does not wait for the reader of a named pipe: without one that is an error, like a folder that is not there.
    static func open(_ path: String) throws(LogFileError) -> Int32 {
        #if canImport(Glibc)
            let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode)
        #else
            let descriptor = Darwin.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, mode)
        #endif
        guard descriptor >= 0 else {
            throw LogFileError(path: path, reason: errno == ENXIO ? "nobody reads the pipe" : reason(errno))
        }
        return descriptor
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

    /// Opens the file again.
    ///
    /// - Returns: What to complain of; `nil` when all is well.
    mutating func reopen() -> String? {
        guard let path else { return nil }
        do throws(LogFileError) {
            let opened = try Self.open(path)
            close(descriptor)
            descriptor = opened
            isMidLine = false
            bytesAhead = 0
            leavesBehind = true
            return nil
        } catch {
            return "martlet: \(error); the log goes on in the old file"
        }
    }

    /// Writes whole lines, behind what there is to say of lines that were not written.
    ///
    /// - Parameters:
    ///   - lines: Not empty.
    ///   - dropped: Lines that nobody had room for, before these.
    /// - Returns: What to complain of elsewhere; `nil` when all is well, or when it was said already.
    mutating func write(_ lines: UnsafeRawBufferPointer, dropped: Int) -> String? {
        let isFirstFailure = failure == 0
        if lost + dropped > 0 {
            let reason = failure == 0 ? "the log's reader does not keep up" : Self.reason(failure)
            let isJSON = lines.first == UInt8(ascii: "{")
            let text =
                isJSON
                ? "{\"ts\":\"\(Timestamp.now())\",\"level\":\"warning\",\"msg\":\"log lines dropped\",\"count\":\(lost + dropped),\"reason\":\"\(reason)\"}\n"
                : "\(lost + dropped) log lines dropped: \(reason)\n"
            var notice = (isMidLine ? "\n" : "") + text
            let unwritten = notice.withUTF8 { writeAll(UnsafeRawBufferPointer($0)) }
            guard unwritten == nil else {
                lost += dropped
                lose(lines)
                return isFirstFailure ? complaint : nil
            }
            lost = 0
        }
        guard let unwritten = writeAll(lines) else {
            failure = 0
            return nil
        }
        lose(lines.suffix(unwritten))
        guard isFirstFailure, failure != 0 else { return nil }
        return complaint
    }

    private var complaint: String {
        "martlet: cannot write the log\(path.map { " \($0)" } ?? ""): \(Self.reason(failure)); "
            + "lines are dropped until it can be written again"
    }

    /// The lines that end in some bytes will not be written.
    private mutating func lose(_ bytes: some Sequence<UInt8>) {
        let count = bytes.reduce(0) { $1 == 0x0A ? $0 + 1 : $0 }
        lost += count
        LogWriter.lost(count)
    }

    /// Asks for the blocks of a file that grows fast in large pieces: to find each when it is written takes a fifth of a write's time, and
    /// spreads the file over the disk. They lie behind the end, where no reader comes; the last ones may stay unused.
    private mutating func askAhead(_ count: Int) {
        #if os(Linux)
            guard path != nil, bytesAhead != .max else { return }
            bytesAhead -= count
            guard count >= Self.muchBytes, bytesAhead < 0 else { return }
            leaveBehind()
            let wanted = max(Self.aheadBytes, count)
            // No room, or nothing that has blocks: it grows as it is written.
            bytesAhead = martlet_allocate_behind(descriptor, Int64(wanted)) == 0 ? wanted - count : .max
        #endif
    }

    #if os(Linux)
        /// Lets a file that grows fast go round in the memory it has: what nobody follows any more makes room for what comes. Else it would
        /// take all that is free, page by page, and then what others have cached.
        private mutating func leaveBehind() {
            guard leavesBehind else { return }
            let start = ContinuousClock.now
            let result = martlet_leave_behind(descriptor, Int64(Self.aheadBytes), Int64(Self.keptBytes))
            leavesBehind = result == 0 && start.duration(to: .now) < Self.maxDiskWait
        }
    #endif

    /// - Returns: How many bytes were not written; `nil` when all were.
    private mutating func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int? {
        askAhead(bytes.count)
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
                if errno == EAGAIN {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&wanted, 1, Self.pollMilliseconds)
                    continue
                }
                // Nobody reads (EPIPE), the disk is full (ENOSPC): a log must not stop the gateway.
                failure = errno
                return rest.count
            }
            guard written > 0 else {
                // No system should; asking again for ever would be worse than a lost line.
                failure = EIO
                return rest.count
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            isMidLine = bytes[bytes.count - rest.count - 1] != 0x0A
        }
        return nil
    }
}

/// A log file that cannot be opened.
public struct LogFileError: Error, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// Why, in the system's words.
    public let reason: String

    /// One sentence.
    public var description: String { "cannot write the log \(path): \(reason)" }
}
