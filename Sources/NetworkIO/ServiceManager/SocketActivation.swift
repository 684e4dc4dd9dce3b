#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Listening sockets that systemd (or anything that does as it does) opened for us: descriptors from 3 on.
///
/// Spec: sd_listen_fds(3)
package enum SocketActivation {
    /// Why the sockets cannot be used.
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    /// The first descriptor; the number of them stands in `LISTEN_FDS`.
    private static let first: CInt = 3
    /// More than any unit file has.
    private static let maxCount = 1024

    /// Takes the sockets that this process was started with, and removes the variables so that no child believes they are its own.
    ///
    /// - Returns: None when there are none, or when the variables are meant for another process.
    /// - Throws: ``Fault`` for variables that are no numbers, and descriptors that are no listening TCP sockets.
    package static func take() throws(Fault) -> [ListeningDescriptor] {
        defer { for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsetenv(name) } }
        let descriptors = try announced(process: getpid()) { getenv($0).map { String(cString: $0) } }
        var sockets: [ListeningDescriptor] = []
        for (descriptor, name) in descriptors {
            do throws(ListeningDescriptor.Fault) {
                sockets.append(try ListeningDescriptor(descriptor, origin: .activation(name: name)))
            } catch {
                let named = name.map { " (\($0))" } ?? ""
                throw Fault(description: "a socket of the service manager\(named) cannot be used: \(error)")
            }
        }
        return sockets
    }

    /// What the environment announces.
    ///
    /// - Parameters:
    ///   - process: This process.
    ///   - variable: The environment.
    /// - Returns: Descriptors with their names.
    /// - Throws: ``Fault``.
    package static func announced(
        process: Int32, _ variable: (String) -> String?
    ) throws(Fault) -> [(descriptor: CInt, name: String?)] {
        guard let pid = variable("LISTEN_PID"), let count = variable("LISTEN_FDS") else { return [] }
        guard let pid = Int32(pid), let count = Int(count), (0...maxCount).contains(count) else {
            throw Fault(description: "LISTEN_PID and LISTEN_FDS must be numbers, LISTEN_FDS at most \(maxCount)")
        }
        // The variables may have come down from a parent that they were meant for.
        guard pid == process else { return [] }
        let names = variable("LISTEN_FDNAMES")?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        return (0..<count).map { index in
            // Without FileDescriptorName= systemd writes "unknown", or the unit's name.
            let name = index < names.count && !names[index].isEmpty ? String(names[index]) : nil
            return (first + CInt(index), name)
        }
    }
}
