import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A folder that is gone when the test is over.
final class LogFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/martlet-log-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        for name in ["access.log", "access.log.1", "sub/access.log"] { unlink("\(path)/\(name)") }
        rmdir("\(path)/sub")
        rmdir(path)
    }

    func read(_ name: String) -> String {
        let descriptor = open("\(path)/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var found: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = Glibc.read(descriptor, &bytes, bytes.count), count > 0 { found += bytes[..<count] }
        return String(decoding: found, as: UTF8.self)
    }
}
