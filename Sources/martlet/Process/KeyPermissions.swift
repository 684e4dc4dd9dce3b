import Routing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks whether files with keys and secrets can be read or written by anybody on the machine.
enum KeyPermissions {
    /// - Parameter file: The configuration that names them.
    /// - Returns: A line for each file that is too open.
    static func findings(_ file: RouteFile) -> [String] {
        var known: Set<String> = []
        return secretFiles(file).filter { known.insert($0).inserted }.compactMap(finding)
    }

    private static func secretFiles(_ file: RouteFile) -> [String] {
        let listeners = file.gateway.listen.flatMap { $0.tls?.certificates ?? [] }
        let services = file.services.compactMap { $0.tls?.certificate }
        return (listeners + services).map(\.key) + file.enhancers.compactMap { tokenSecret($0.settings) }
    }

    private static func tokenSecret(_ settings: EnhancerSettings) -> String? {
        guard case .guardian(.jwt(let jwt)) = settings, case .secret(.file(let path)) = jwt.keys else { return nil }
        return path
    }

    private static func finding(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let mode = status.st_mode & 0o7777
        guard mode & 0o007 != 0 || mode & 0o020 != 0 else { return nil }
        let whom = mode & 0o007 != 0 ? "everybody on this machine" : "its group"
        let what = mode & 0o022 != 0 ? "write" : "read"
        return
            "\(path): warning: \(whom) may \(what) this secret (mode 0\(String(mode, radix: 8))); chmod 600, or 640 for a group"
    }
}
