import CProcess
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A Unix socket that keeps messages apart and passes descriptors: one end of a hand-over, or what listens for one.
///
/// World: a thread that may wait. Nothing waits longer than it is told.
package struct MessageSocket: ~Copyable, Sendable {
    /// Who is at the other end, by the word of the system.
    package struct Peer: Sendable {
        package let process: Int32
        package let user: UInt32
    }

    let descriptor: CInt

    private init(descriptor: CInt) { self.descriptor = descriptor }

    deinit { systemClose(descriptor) }

    // MARK: Opening

    private static func open() throws(HandOverError) -> MessageSocket {
        #if canImport(Glibc)
            let type = CInt(SOCK_SEQPACKET.rawValue)
        #else
            let type = CInt(SOCK_SEQPACKET)
        #endif
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw failure("socket") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return MessageSocket(descriptor: descriptor)
    }

    /// Connects to whoever listens at a path.
    ///
    /// - Parameters:
    ///   - path: Where.
    ///   - waits: Whether to wait while the queue of those who want in is full.
    /// - Returns: `nil` when nobody does: there is no such file, or its process has ended.
    /// - Throws: ``HandOverError`` for a path that is something else, or not ours to open.
    package static func connect(to path: String, waits: Bool = true) throws(HandOverError) -> MessageSocket? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw HandOverError("\(path) exists and is no socket; remove it or choose another path")
        }
        let socket = try open()
        if !waits { _ = fcntl(socket.descriptor, F_SETFL, O_NONBLOCK) }
        let result = try withAddress(path) { connectSystem(socket.descriptor, $0, $1) }
        guard result != 0 else { return socket }
        if errno == ECONNREFUSED || errno == ENOENT { return nil }
        throw failure(path)
    }

    /// Listens at a path, for processes of the same user only, in the place of whatever socket was there.
    ///
    /// The file appears at once and whole: made under another name, then renamed.
    package static func listen(at path: String) throws(HandOverError) -> MessageSocket {
        let socket = try open()
        let draft = "\(path).\(getpid())"
        unlink(draft)
        // Nobody can connect before `listen`, so the mode is in time.
        guard try withAddress(draft, { systemBind(socket.descriptor, $0, $1) }) == 0 else { throw failure(draft) }
        guard chmod(draft, 0o600) == 0, systemListen(socket.descriptor, 8) == 0, rename(draft, path) == 0 else {
            let failure = Self.failure(path)
            unlink(draft)
            throw failure
        }
        return socket
    }

    /// Removes a path, if this socket is what is there.
    package borrowing func remove(_ path: String, ifStill file: UInt64?) {
        guard let file, Self.file(at: path) == file else { return }
        unlink(path)
    }

    /// What tells one file from another that has its name later.
    package static func file(at path: String) -> UInt64? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws(HandOverError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else {
            throw HandOverError("\(path): a socket's path has at most \(room - 1) bytes")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafeBytes(of: &address) { raw in
            guard let base = raw.baseAddress else { return -1 }
            return body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
        }
    }

    // MARK: Talking

    /// The next that connects.
    ///
    /// - Returns: `nil` once ``wake(_:)`` was called, or when the socket is of no use any more.
    package borrowing func accept() -> MessageSocket? {
        while true {
            let peer = acceptSystem(descriptor, nil, nil)
            if peer >= 0 {
                _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
                return MessageSocket(descriptor: peer)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                // Whoever asks stays in the system's queue.
                guard !isWoken(within: .milliseconds(100)) else { return nil }
            default: return nil
            }
        }
    }

    /// Waits for a time, or until somebody calls ``wake(_:)``: the only thing that is not asked for, and told all the same.
    private borrowing func isWoken(within time: Duration) -> Bool {
        var question = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&question, 1, CInt(time / .milliseconds(1))) == 1
    }

    /// Ends whatever waits on a socket, from another thread.
    static func wake(_ descriptor: CInt) { shutdown(descriptor, CInt(SHUT_RDWR)) }

    package borrowing func peer() -> Peer? {
        var (process, user): (Int32, UInt32) = (0, 0)
        return martlet_peer(descriptor, &process, &user) == 0 ? Peer(process: process, user: user) : nil
    }

    package borrowing func send(_ message: HandOverMessage, descriptors: [CInt] = []) throws(HandOverError) {
        let bytes = Array(message.text.utf8)
        limit(SO_SNDTIMEO, .seconds(5))
        let sent = martlet_send_descriptors(descriptor, bytes, bytes.count, descriptors, CInt(descriptors.count))
        guard sent == bytes.count else { throw Self.failure("the other process does not listen") }
    }

    /// Waits for the next message.
    ///
    /// - Parameter time: How long.
    /// - Returns: The message and the descriptors that came with it, which are the caller's.
    /// - Throws: ``HandOverError`` when none comes in time, when the other process ended, or says something else.
    package borrowing func receive(
        within time: Duration
    ) throws(HandOverError) -> (message: HandOverMessage, descriptors: [CInt]) {
        limit(SO_RCVTIMEO, time)
        var bytes = [UInt8](repeating: 0, count: HandOverMessage.maxBytes)
        var descriptors = [CInt](repeating: -1, count: Int(martlet_max_descriptors))
        var count: CInt = 0
        let received = martlet_receive_descriptors(descriptor, &bytes, bytes.count, &descriptors, &count)
        guard received != 0 || count > 0 else { throw HandOverError("the other process went away") }
        guard received > 0 else {
            if errno == EAGAIN { throw HandOverError("the other process said nothing for \(time)") }
            throw Self.failure("the other process")
        }
        let passed = Array(descriptors.prefix(Int(count)))
        guard let message = HandOverMessage(String(decoding: bytes.prefix(received), as: UTF8.self)) else {
            for descriptor in passed { systemClose(descriptor) }
            throw HandOverError("the other process says something that this version does not know")
        }
        return (message, passed)
    }

    private borrowing func limit(_ option: CInt, _ time: Duration) {
        let (seconds, attoseconds) = time.components
        var value = timeval(
            tv_sec: numericCast(seconds),
            tv_usec: numericCast(max(attoseconds / 1_000_000_000_000, seconds == 0 ? 1 : 0)))
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func failure(_ what: String) -> HandOverError {
        HandOverError("\(what): \(IOError(errnoCode: errno, reason: "").reasonText)")
    }
}

// For types that have a method of the same name.
private func connectSystem(_ descriptor: CInt, _ name: UnsafePointer<sockaddr>, _ size: socklen_t) -> CInt {
    connect(descriptor, name, size)
}

private func acceptSystem(
    _ descriptor: CInt, _ name: UnsafeMutablePointer<sockaddr>?, _ size: UnsafeMutablePointer<socklen_t>?
) -> CInt {
    accept(descriptor, name, size)
}
