#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the system says of this process.
package struct ProcessFacts: Sendable {
    /// Since 1970, seconds.
    package var startedAt: Double
    /// User and system time together, seconds.
    package var cpuSeconds: Double
    package var residentBytes: Int
    package var virtualBytes: Int
    package var openDescriptors: Int
    package var maxDescriptors: Int
    package var threads: Int

    /// What the calling thread has used, nanoseconds.
    static var threadCPUNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
