import NetworkIO
import Routing
import Synchronization

/// Route files as they were read once: what they say, and what tells this state of them from another.
package struct RouteFileReading: Sendable {
    package let file: RouteFile
    /// The first bytes of a SHA-256 over every file and its name, in hexadecimal: equal for equal configurations.
    package let hash: String
    /// SHA-256 of each file by its path.
    let digests: [String: [UInt8]]

    /// A configuration that was not read from files.
    package init(_ file: RouteFile) {
        self.file = file
        hash = "-"
        digests = [:]
    }

    private init(_ file: RouteFile, digests: [String: [UInt8]]) {
        self.file = file
        self.digests = digests
        let all = digests.sorted { $0.key < $1.key }.reduce(into: [UInt8]()) { all, file in
            all += Array(file.key.utf8) + [0] + file.value
        }
        hash = SHA256Digest.of(all).prefix(6).map { String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
    }

    /// Reads the route files at a path and all that they name.
    ///
    /// - Parameters:
    ///   - path: A file or folder.
    ///   - variables: Go before the environment's.
    ///   - custom: Names of enhancers that are registered beside the built-in ones.
    ///   - observed: Gets the paths that were looked at, whether or not they could be read, and what was there before: what to watch.
    /// - Returns: The configuration.
    /// - Throws: `RouteFileError` with every error of every file.
    package static func read(
        _ path: String, variables: [String: String] = [:], custom: [EnhancerKind: Set<String>] = [:],
        observed: ([String: FileStamp]) -> Void = { _ in }
    ) throws(RouteFileError) -> RouteFileReading {
        let source = ObservedFileSource(DiskFileSource())
        defer { observed(source.stamps) }
        let file = try RouteFile.load(path, from: source, custom: custom) {
            variables[$0] ?? ProcessEnvironment.value(of: $0)
        }
        return RouteFileReading(file, digests: source.digests)
    }
}

/// Reads through another source and notes what was read.
private final class ObservedFileSource: FileSource {
    private struct Seen {
        /// By path, as it was before it was looked at for the first time.
        var stamps: [String: FileStamp] = [:]
        /// Digests by path.
        var digests: [String: [UInt8]] = [:]
    }

    private let source: DiskFileSource
    private let seen = Mutex(Seen())

    init(_ source: DiskFileSource) { self.source = source }

    var stamps: [String: FileStamp] { seen.withLock { $0.stamps } }

    var digests: [String: [UInt8]] { seen.withLock { $0.digests } }

    func kind(of path: String) -> FileKind {
        note(path)
        return source.kind(of: path)
    }

    func canonical(_ path: String) -> String { source.canonical(path) }

    func read(_ path: String) throws(FileSourceError) -> [UInt8] {
        note(path)
        let bytes = try source.read(path)
        seen.withLock { $0.digests[path] = SHA256Digest.of(bytes) }
        return bytes
    }

    func list(_ folder: String) throws(FileSourceError) -> [String] {
        note(folder)
        return try source.list(folder)
    }

    private func note(_ path: String) {
        let stamp = FileStamp(path)
        seen.withLock { seen in
            if seen.stamps[path] == nil { seen.stamps[path] = stamp }
        }
    }
}
