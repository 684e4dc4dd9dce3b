import Routing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Route files on the disk.
///
/// World: blocking calls, for start-up and commands; never on an event loop.
package struct DiskFileSource: FileSource {
    /// The largest file that is read, in bytes: a route file is text that people write.
    private static let maxBytes = 16 << 20

    package init() {}

    package func kind(of path: String) -> FileKind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    package func read(_ path: String) throws(FileSourceError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.lastError }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, &piece, piece.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, &piece, piece.count)
            #else
                let count = Darwin.read(descriptor, &piece, piece.count)
            #endif
            if count == 0 { return bytes }
            guard count > 0 else { throw Self.lastError }
            bytes += piece[..<count]
            guard bytes.count <= Self.maxBytes else { throw FileSourceError(reason: "larger than 16 MiB") }
        }
    }

    package func list(_ folder: String) throws(FileSourceError) -> [String] {
        guard let directory = opendir(folder) else { throw Self.lastError }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    private static var lastError: FileSourceError {
        FileSourceError(reason: strerror(errno).map { String(cString: $0).lowercased() } ?? "error \(errno)")
    }
}

extension RouteFile {
    /// Loads route files from the disk with the environment of this process.
    ///
    /// - Throws: `RouteFileError` with every error of every file.
    package static func load(diskPath path: String) throws(RouteFileError) -> RouteFile {
        try load(path, from: DiskFileSource()) { name in getenv(name).map { String(cString: $0) } }
    }
}
