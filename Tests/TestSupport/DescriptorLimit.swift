#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many files and sockets the tests' process may have open.
public enum DescriptorLimit {
    /// The hard limit, which only the system's administrator can raise, is below what a test needs.
    public struct TooLow: Error {
        /// What it is.
        public let limit: UInt
    }

    /// Raises the soft limit, the usual 1024, as far as the process may.
    ///
    /// - Parameter count: What is needed.
    /// - Throws: ``TooLow``.
    public static func raise(toAtLeast count: UInt) throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(count)
        else { return }
        limit.rlim_cur = min(limit.rlim_max, rlim_t(max(count, 65536)))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur >= rlim_t(count) else { throw TooLow(limit: UInt(limit.rlim_cur)) }
    }
}
