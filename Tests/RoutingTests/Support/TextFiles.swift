import Routing

/// Files that are texts in memory.
struct TextFiles: FileSource {
    var files: [String: [UInt8]]
    /// Other names of files.
    let links: [String: String]

    init(_ files: [String: String], links: [String: String] = [:]) {
        self.files = files.mapValues { Array($0.utf8) }
        self.links = links
    }

    func canonical(_ path: String) -> String { links[path] ?? path }

    func kind(of path: String) -> FileKind {
        if files[canonical(path)] != nil { return .file }
        if path == "." || files.keys.contains(where: { $0.hasPrefix(path + "/") }) { return .folder }
        return .missing
    }

    func read(_ path: String) throws(FileSourceError) -> [UInt8] {
        guard let bytes = files[canonical(path)] else { throw FileSourceError(reason: "no such file or directory") }
        return bytes
    }

    func list(_ folder: String) throws(FileSourceError) -> [String] {
        let prefix = folder == "." ? "" : folder + "/"
        let names = files.keys.filter { $0.hasPrefix(prefix) }.compactMap {
            $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init)
        }
        return Array(Set(names))
    }
}

/// What came out of loading.
enum LoadResult {
    case loaded(RouteFile)
    case refused(RouteFileError)

    /// The errors' texts without the file, or none.
    var errors: [String] {
        guard case .refused(let error) = self else { return [] }
        return error.errors.map(\.description)
    }

    var file: RouteFile? {
        guard case .loaded(let file) = self else { return nil }
        return file
    }

    var warnings: [String] {
        switch self {
        case .loaded(let file): file.warnings.map(\.description)
        case .refused(let error): error.warnings.map(\.description)
        }
    }
}

/// Loads one text as the file `r.yaml`.
func load(_ text: String, environment: [String: String] = [:]) -> LoadResult {
    load(files: ["r.yaml": text], path: "r.yaml", environment: environment)
}

func load(
    files: [String: String], links: [String: String] = [:], path: String, environment: [String: String] = [:]
) -> LoadResult {
    do {
        let source = TextFiles(files, links: links)
        return .loaded(try RouteFile.load(path, from: source, environment: { environment[$0] }))
    } catch {
        return .refused(error)
    }
}

/// A file with one service `math` and these routes, which begin at line 4.
func routes(_ text: String) -> String {
    "version: 1\nservices: { math: { endpoints: [\"localhost:3001\"] } }\nroutes:\n" + text
}

/// One route `r` with the given keys under `match` and `send`, beginning at line 7.
func route(_ match: String, _ rest: String = "") -> String {
    routes("  - id: r\n    match: \(match)\n    send: { service: math, pattern: p }\n" + rest)
}
