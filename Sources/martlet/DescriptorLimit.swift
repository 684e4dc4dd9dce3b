import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many files and sockets this process may have open.
enum DescriptorLimit {
    /// Raises the limit to what the system allows without being asked: the usual soft limit of 1024 is for programs that
    /// cannot do with more.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Warns when the limit is below the connections that are allowed.
    ///
    /// - Parameters:
    ///   - connections: Client connections at the same time.
    ///   - logger: Gets the warning.
    static func warn(connections: Int, logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        guard limit.rlim_cur < rlim_t(connections) else { return }
        logger.warning(
            "the limit of open files is below gateway.limits.connections; raise it (ulimit -n, LimitNOFILE) or lower those",
            metadata: ["open_files": "\(limit.rlim_cur)", "connections": "\(connections)"])
    }
}
