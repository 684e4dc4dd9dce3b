import Foundation

/// Where test data lies.
enum Fixtures {
    /// The repository's root, found from this file's place.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// `Tests/Fixtures` of the repository.
    static let own = repository.appendingPathComponent("Tests/Fixtures")

    /// Third-party test data, which is not part of the repository.
    static let shared: URL =
        ProcessInfo.processInfo.environment["MARTLET_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? repository.deletingLastPathComponent().appendingPathComponent("shared")

    /// Whether the third-party test data is there.
    static var hasShared: Bool { FileManager.default.fileExists(atPath: shared.path) }

    /// The files of a folder whose names start with `prefix`, sorted by name.
    static func files(in folder: URL, prefix: String = "") throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.lastPathComponent.hasPrefix(prefix) }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// A file's bytes.
    static func bytes(_ file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }
}
