/// Where route files come from. This target opens nothing itself: the gateway passes a source that reads the disk,
/// a test passes one that holds texts.
package protocol FileSource {
    /// What stands at `path`; symbolic links are followed.
    func kind(of path: String) -> FileKind

    /// One name for a file that can be reached by several: absolute, relative, through links.
    func canonical(_ path: String) -> String

    /// All bytes of a file.
    ///
    /// - Throws: ``FileSourceError`` with a reason for people, such as `permission denied`.
    func read(_ path: String) throws(FileSourceError) -> [UInt8]

    /// The names (not paths) of what stands in a folder, in any order.
    ///
    /// - Throws: ``FileSourceError`` with a reason for people.
    func list(_ folder: String) throws(FileSourceError) -> [String]
}

extension FileSource {
    /// The path itself: a file has one name.
    package func canonical(_ path: String) -> String { path }
}

/// What a path leads to.
package enum FileKind: Sendable, Equatable {
    case file
    case folder
    case missing
}

/// A file or folder that could not be read.
package struct FileSourceError: Error, Sendable, Equatable {
    /// A few words for people: `no such file`, `permission denied`.
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// Paths as text: joined, split and matched without touching any file.
enum FilePath {
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `name` as seen from `folder`; an absolute name stays as it is.
    static func join(_ folder: String, _ name: String) -> String {
        if name.hasPrefix("/") || folder.isEmpty { return name }
        return folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// The same path without `.`, empty and resolvable `..` steps, so that one file has one name.
    static func normalized(_ path: String) -> String {
        var steps: [Substring] = []
        for step in path.split(separator: "/", omittingEmptySubsequences: true) where step != "." {
            if step == "..", let last = steps.last, last != ".." { steps.removeLast() } else { steps.append(step) }
        }
        return (path.hasPrefix("/") ? "/" : "") + steps.joined(separator: "/")
    }

    static func isGlob(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" } }

    /// Whether `name` (one step of a path) has the shape of `pattern`, where `*` is any run of characters and `?` is
    /// one.
    static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
        let (text, shape) = (Array(name.unicodeScalars), Array(pattern.unicodeScalars))
        var (t, s) = (0, 0)
        var star: (shape: Int, text: Int)?
        while t < text.count {
            if s < shape.count, shape[s] == "*" {
                star = (s, t)
                s += 1
            } else if s < shape.count, shape[s] == "?" || shape[s] == text[t] {
                t += 1
                s += 1
            } else if let last = star {
                star = (last.shape, last.text + 1)
                (s, t) = (last.shape + 1, last.text + 1)
            } else {
                return false
            }
        }
        return shape[s...].allSatisfy { $0 == "*" }
    }

    /// All files that `pattern` names, sorted. Hidden names (Kubernetes' `..data`, editors' swap files) match only a
    /// pattern that begins with a dot itself.
    static func expand(_ pattern: String, from source: any FileSource) throws(FileSourceError) -> [String] {
        var found = [pattern.hasPrefix("/") ? "/" : ""]
        let steps = pattern.split(separator: "/", omittingEmptySubsequences: true)
        for (index, step) in steps.enumerated() {
            let wanted: FileKind = index == steps.count - 1 ? .file : .folder
            var next: [String] = []
            for folder in found {
                if !isGlob(String(step)) {
                    next.append(join(folder, String(step)))
                    continue
                }
                let place = folder.isEmpty ? "." : folder
                guard source.kind(of: place) == .folder else { continue }
                for name in try source.list(place).sorted()
                where (step.hasPrefix(".") || !name.hasPrefix(".")) && matches(Substring(name), step) {
                    let path = join(folder, name)
                    if source.kind(of: path) == wanted { next.append(path) }
                }
            }
            found = next
        }
        return found.filter { source.kind(of: $0) == .file }
    }
}
