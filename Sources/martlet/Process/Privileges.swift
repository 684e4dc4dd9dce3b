#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The user and groups that a process started as root goes on as.
struct Privileges {
    let name: String
    let user: uid_t
    let group: gid_t

    /// - Parameter text: `name`, `name:group`, or their numbers.
    /// - Throws: ``ProcessError`` for names that the system does not know, and for root itself.
    init(_ text: String) throws(ProcessError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        name = parts[0]
        let entry = getpwnam(parts[0])
        guard let user = entry?.pointee.pw_uid ?? uid_t(parts[0]) else {
            throw ProcessError("--user: the system knows no user \"\(parts[0])\"")
        }
        guard user != 0 else { throw ProcessError("--user: root is whom this option is to get rid of") }
        self.user = user
        if parts.count == 2 {
            guard let group = getgrnam(parts[1])?.pointee.gr_gid ?? gid_t(parts[1]) else {
                throw ProcessError("--user: the system knows no group \"\(parts[1])\"")
            }
            self.group = group
        } else {
            guard let group = entry?.pointee.pw_gid else {
                throw ProcessError("--user: user \(user) has no entry and so no group; write \(user):GROUP")
            }
            self.group = group
        }
    }

    /// Gives all other rights up, for good: a way back that the system would still allow is an error.
    ///
    /// - Throws: ``ProcessError``; the process must end then.
    func drop() throws(ProcessError) {
        guard geteuid() != user || getuid() != user || getegid() != group else { return }
        guard geteuid() == 0 else {
            throw ProcessError("--user: only root can become another user; leave the option out")
        }
        // Groups first, while we still may.
        try check(initgroups(name, group) == 0 || setgroups(1, [group]) == 0, "setgroups")
        try check(setgid(group) == 0, "setgid")
        try check(setuid(user) == 0, "setuid")
        let isDropped =
            getuid() == user && geteuid() == user && getgid() == group && getegid() == group
            && setuid(0) != 0 && seteuid(0) != 0 && (group == 0 || setgid(0) != 0)
        guard isDropped else { throw ProcessError("--user: the system would let this process become root again") }
    }

    private func check(_ isDone: Bool, _ what: String) throws(ProcessError) {
        guard !isDone else { return }
        throw ProcessError("--user \(name): \(what): \(String(cString: strerror(errno)))")
    }
}
