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
    /// How the disk has kept up with what went to it directly.
    private var pace: DiskPace
    /// Nobody holds the file's lock for good.
    private var isLockable = true

    /// How long a pipe may take nothing before it is looked at again.
    private static let pollMilliseconds: Int32 = 1000
    /// So much at once goes past the system's memory: to keep it there would cost more than to wait for the disk.
    private static let directBytes = 1024 * 1024
    /// How often another process that writes to the same file is waited for, a millisecond each.
    private static let lockTries = 1000
    /// Read and written by the owner, read by the group.
    private static let mode: mode_t = 0o640

    init(descriptor: Int32, path: String?, maxDiskWait: Duration = DiskPace.standardWait) {
        self.descriptor = descriptor
        self.path = path
        pace = DiskPace(maxWait: maxDiskWait)
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
            pace = DiskPace(maxWait: pace.maxWait)
            isLockable = true
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

    /// Bytes of the file so far; `nil` for what is no file of ours on a disk.
    var end: Int? {
        #if os(Linux)
            guard path != nil, case let size = martlet_file_size(descriptor), size >= 0 else { return nil }
            return Int(size)
        #else
            return nil
        #endif
    }

    /// - Returns: How many bytes were not written; `nil` when all were.
    private mutating func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard end != nil else { return put(bytes) }
        // Another process may append to the same file: before this or behind it, but not between its parts.
        let isLocked = lock()
        defer { if isLocked { flock(descriptor, LOCK_UN) } }
        // What is written in one piece is torn by nobody.
        guard isLocked, let pages = pages(of: bytes) else { return put(bytes) }
        if let unwritten = put(UnsafeRawBufferPointer(rebasing: bytes[..<pages.lowerBound])) {
            return unwritten + bytes.count - pages.lowerBound
        }
        let written = putDirectly(UnsafeRawBufferPointer(rebasing: bytes[pages]))
        return put(UnsafeRawBufferPointer(rebasing: bytes[(pages.lowerBound + written)...]))
    }

    /// - Returns: Whether the file is this process's for now. Who holds it for good is waited for once; the log goes on without it.
    private mutating func lock() -> Bool {
        guard isLockable else { return false }
        for _ in 0..<Self.lockTries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { break }
            poll(nil, 0, 1)
        }
        isLockable = false
        return false
    }

    /// What of many lines can go to the disk as it is: the pages of memory that will be pages of the file.
    private mutating func pages(of bytes: UnsafeRawBufferPointer) -> Range<Int>? {
        guard bytes.count >= Self.directBytes else { return nil }
        guard pace.mayTry(bytes.count) else { return nil }
        let place = WaitingLines.placeInPage(Int(bitPattern: bytes.baseAddress))
        // Not when something else was written since these lines were gathered.
        guard let end, place == WaitingLines.placeInPage(end) else { return nil }
        let first = WaitingLines.placeInPage(-end)
        return first..<bytes.count - WaitingLines.placeInPage(bytes.count - first)
    }

    /// Writes whole pages past the system's memory.
    ///
    /// - Returns: How many bytes were written; the rest can go the other way.
    private mutating func putDirectly(_ pages: UnsafeRawBufferPointer) -> Int {
        #if os(Linux)
            let wanted = min(pages.count, pace.maxBytes)
            let start = ContinuousClock.now
            var count = 0
            if martlet_set_direct(descriptor, 1) == 0 {
                while count < wanted, let base = pages.baseAddress {
                    let written = systemWrite(descriptor, base + count, wanted - count)
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else { break }
                    count += written
                }
                // It was set, so it can be taken back.
                _ = martlet_set_direct(descriptor, 0)
            }
            if count > 0 { isMidLine = pages[count - 1] != 0x0A }
            pace.wrote(isWhole: count == wanted, in: start.duration(to: .now))
            return count
        #else
            return 0
        #endif
    }

    /// Writes through the system's memory, or to whatever the descriptor is.
    ///
    /// - Returns: How many bytes were not written; `nil` when all were.
    private mutating func put(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let written = systemWrite(descriptor, base, rest.count)
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

/// The system's call, whose name ``LogOutput/write(_:dropped:)`` has taken.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
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
