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
    /// The soft limit; `nil` for none.
    package var maxDescriptors: Int?
    package var threads: Int

    /// The present, as `/proc` has it; `nil` where there is no such thing. Reads files: not for an event loop.
    package static func current() -> ProcessFacts? {
        let files = DiskFileSource(maxBytes: 1 << 20)
        guard let stat = try? files.read("/proc/self/stat"), let names = try? files.list("/proc/self/fd") else {
            return nil
        }
        // The second field is the program's name in parentheses, which may hold anything.
        let text = String(decoding: stat, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return ProcessFacts(
            startedAt: bootTime + fields[19] / ticks, cpuSeconds: cpuSeconds,
            residentBytes: Int(fields[21]) * sysconf(Int32(_SC_PAGESIZE)), virtualBytes: Int(fields[20]),
            // One of them is the folder that was just read.
            openDescriptors: names.count - 1, maxDescriptors: maxDescriptors, threads: Int(fields[17]))
    }

    /// What the calling thread has used, nanoseconds.
    static var threadCPUNanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static var maxDescriptors: Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return nil }
        return Int(exactly: limit.rlim_cur)
    }

    /// When the system was started, seconds since 1970, as the clocks stood when it was first asked for: a process must not seem to start
    /// again when the time is set.
    private static let bootTime: Double = {
        #if os(Linux)
            var (now, uptime) = (timespec(), timespec())
            clock_gettime(CLOCK_REALTIME, &now)
            // Also in a process that sees nothing of `/proc` but itself.
            clock_gettime(CLOCK_BOOTTIME, &uptime)
            return Double(now.tv_sec - uptime.tv_sec) + Double(now.tv_nsec - uptime.tv_nsec) / 1e9
        #else
            return 0
        #endif
    }()
}

extension ProcessFacts {
    /// The metrics that every Prometheus client has, under the names that they have everywhere.
    var families: [MetricFamily] {
        func one(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double) -> MetricFamily {
            MetricFamily(
                name, kind, help, series: [MetricFamily.Series(labels: [], value: .number(value))])
        }
        return [
            one("process_cpu_seconds_total", .counter, "User and system time of the process.", cpuSeconds),
            one("process_resident_memory_bytes", .gauge, "Memory that the process has.", Double(residentBytes)),
            one("process_virtual_memory_bytes", .gauge, "Addresses that the process uses.", Double(virtualBytes)),
            one("process_start_time_seconds", .gauge, "When the process was started.", startedAt),
            one("process_open_fds", .gauge, "Open file descriptors.", Double(openDescriptors)),
            one(
                "process_max_fds", .gauge, "How many file descriptors the process may have open.",
                maxDescriptors.map(Double.init) ?? .infinity),
            one("process_threads", .gauge, "Threads of the process.", Double(threads)),
        ]
    }
}
