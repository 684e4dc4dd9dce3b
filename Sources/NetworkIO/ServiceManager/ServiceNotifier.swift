#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells systemd how the process is doing: a datagram to the socket that `NOTIFY_SOCKET` names.
///
/// A service manager that does not read loses the message; nobody waits for it.
///
/// Spec: sd_notify(3)
package struct ServiceNotifier: Sendable {
    /// A path, or `@` and an abstract name.
    private let socketName: String
    /// How often the service manager wants to hear that we live; `nil` if it does not.
    package let watchdogInterval: Duration?

    /// The service manager that started this process; `nil` without `NOTIFY_SOCKET`.
    ///
    /// - Parameters:
    ///   - process: This process.
    ///   - isSuccessor: It has taken over from another one: what that one was told to do is now its affair.
    ///   - variable: The environment.
    package init?(
        process: Int32 = getpid(), isSuccessor: Bool = false,
        _ variable: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) {
        guard let name = variable("NOTIFY_SOCKET"), name.hasPrefix("/") || name.hasPrefix("@"),
            (2...Self.maxNameBytes).contains(name.utf8.count)
        else { return nil }
        socketName = name
        let isOurs = isSuccessor || variable("WATCHDOG_PID").map { Int32($0) == process } ?? true
        watchdogInterval = variable("WATCHDOG_USEC").flatMap { Int64($0) }
            .flatMap { isOurs && $0 > 0 ? .microseconds($0) : nil }
    }

    private static let maxNameBytes = 107

    /// Serving. The process's number comes along: after a hand-over it is another one.
    package func ready(_ status: String) { send("READY=1\nMAINPID=\(getpid())\nSTATUS=\(Self.line(status))") }

    /// What it is doing, for who looks.
    package func status(_ text: String) { send("STATUS=\(Self.line(text))") }

    /// The configuration is being read again; ``ready(_:)`` says when that is over.
    package func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)\nSTATUS=Reading the configuration again")
    }

    /// The process has begun to end.
    package func stopping(_ status: String) { send("STOPPING=1\nSTATUS=\(Self.line(status))") }

    /// The event loops turn.
    package func alive() { send("WATCHDOG=1") }

    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

    /// - Parameter state: Assignments, one on each line.
    package func send(_ state: String) {
        #if canImport(Glibc)
            let type = CInt(SOCK_DGRAM.rawValue)
        #else
            let type = CInt(SOCK_DGRAM)
        #endif
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(socketName.utf8)
        let isAbstract = name[0] == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let offset = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        // Abstract names are as long as is said, zeros and all.
        let size = isAbstract ? offset + name.count : MemoryLayout<sockaddr_un>.size
        let bytes = Array(state.utf8)
        _ = withUnsafeBytes(of: &address) { raw in
            raw.baseAddress.map {
                sendto(
                    descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT),
                    $0.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
            }
        }
    }
}
