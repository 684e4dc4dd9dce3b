import Glibc
import Routing

/// Reads route files from the disk. Load time only; calls block.
package struct DiskFileSource: FileSource {
    /// Of a larger file only the beginning is read.
    private let maxBytes: Int

    /// - Parameter maxBytes: by default one byte more than the route file's own limit, so that a larger file is told apart.
    package init(maxBytes: Int = (4 << 20) + 1) {
        self.maxBytes = maxBytes
    }

    package func kind(of path: String) -> FileKind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    package func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    package func read(_ path: String) throws(FileSourceError) -> [UInt8] {
        let file = try Self.open(path)
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < maxBytes {
            let count = fread(&block, 1, block.count, file)
            bytes.append(contentsOf: block[..<count])
            if count < block.count {
                guard ferror(file) == 0 else { throw Self.lastError() }
                break
            }
        }
        return bytes
    }

    /// Never waits: a pipe that nobody writes to would hold the reader for good.
    private static func open(_ path: String) throws(FileSourceError) -> UnsafeMutablePointer<FILE> {
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? FileSourceError(reason: "no such file") : lastError()
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else {
            close(descriptor)
            throw FileSourceError(reason: "not a regular file")
        }
        guard let file = fdopen(descriptor, "r") else {
            defer { close(descriptor) }
            throw lastError()
        }
        return file
    }

    package func list(_ folder: String) throws(FileSourceError) -> [String] {
        guard let directory = opendir(folder) else { throw Self.lastError() }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func lastError() -> FileSourceError {
        FileSourceError(reason: String(cString: strerror(errno)).lowercased())
    }
}

extension RouteFile {
    /// Loads route files from the disk with the environment of this process.
    ///
    /// - Parameters:
    ///   - path: A file or a folder.
    ///   - variables: Go before the environment's.
    ///   - custom: Names of enhancers that are registered beside the built-in ones.
    /// - Returns: The configuration.
    /// - Throws: `RouteFileError` with every error of every file.
    package static func load(
        diskPath path: String, variables: [String: String] = [:], custom: [EnhancerKind: Set<String>] = [:]
    ) throws(RouteFileError) -> RouteFile {
        try load(path, from: DiskFileSource(), custom: custom) { variables[$0] ?? ProcessEnvironment.value(of: $0) }
    }

    /// Loads a route file that is a text in memory, with the environment of this process.
    ///
    /// - Parameters:
    ///   - text: What stands in it.
    ///   - name: Its name in messages.
    ///   - variables: Go before the environment's.
    /// - Returns: The configuration.
    /// - Throws: `RouteFileError` with every error of the text.
    package static func load(
        text: String, name: String, variables: [String: String] = [:]
    ) throws(RouteFileError) -> RouteFile {
        try load(name, from: OneFileSource(name: name, text: text)) {
            variables[$0] ?? ProcessEnvironment.value(of: $0)
        }
    }
}

/// The environment of this process.
package enum ProcessEnvironment {
    /// The value of a variable; `nil` when it is not set.
    package static func value(of name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// One route file that is a text in memory.
private struct OneFileSource: FileSource {
    let name: String
    let text: String

    func kind(of path: String) -> FileKind { path == name ? .file : .missing }

    func read(_ path: String) throws(FileSourceError) -> [UInt8] {
        guard path == name else { throw FileSourceError(reason: "no such file") }
        return Array(text.utf8)
    }

    func list(_ folder: String) throws(FileSourceError) -> [String] { [] }
}
