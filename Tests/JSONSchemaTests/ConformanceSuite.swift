import Foundation
import JSONSchema
import MessageWire

/// The official JSON Schema Test Suite, which is not part of the repository.
enum ConformanceSuite {
    /// The folder of third-party test data, from the environment or beside the repository.
    private static let conformance: URL = {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["MARTLET_CONFORMANCE"] { return URL(fileURLWithPath: folder) }
        let repository = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shared =
            environment["MARTLET_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? repository.deletingLastPathComponent().appendingPathComponent("shared")
        return shared.appendingPathComponent("conformance")
    }()

    private static let root = conformance.appendingPathComponent("json-schema")

    static let isPresent = FileManager.default.fileExists(atPath: root.path)
    static let absence = "needs the JSON Schema Test Suite: set MARTLET_CONFORMANCE"

    /// A schema of the suite with the values that are checked against it.
    struct Group {
        let file: String
        let description: String
        let schema: JSONValue
        let tests: [(description: String, data: JSONValue, isValid: Bool)]
    }

    /// The groups of a folder below `tests/draft2020-12`.
    static func groups(in folder: String) throws -> [Group] {
        let folder = root.appendingPathComponent("tests/draft2020-12").appendingPathComponent(folder)
        return try jsonFiles(in: folder).flatMap { file in
            guard case .array(let groups) = try read(file) else { throw CocoaError(.fileReadCorruptFile) }
            return groups.map { group($0, file: file.deletingPathExtension().lastPathComponent) }
        }
    }

    private static func group(_ value: JSONValue, file: String) -> Group {
        var tests: [(description: String, data: JSONValue, isValid: Bool)] = []
        if case .array(let elements)? = value["tests"] {
            tests = elements.map {
                ($0["description"]?.stringValue ?? "", $0["data"] ?? nil, $0["valid"]?.boolValue ?? false)
            }
        }
        return Group(
            file: file, description: value["description"]?.stringValue ?? "", schema: value["schema"] ?? nil,
            tests: tests)
    }

    /// The documents that the suite's schemas refer to, by their URIs.
    static let remotes: [String: JSONValue] = {
        let folder = root.appendingPathComponent("remotes").standardizedFileURL
        var documents: [String: JSONValue] = [:]
        for case let file as URL in FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            ?? FileManager.DirectoryEnumerator()
        where file.pathExtension == "json" {
            let name = file.standardizedFileURL.path.dropFirst(folder.path.count)
            if let document = try? read(file) { documents["http://localhost:1234\(name)"] = document }
        }
        return documents
    }()

    private static func jsonFiles(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private static func read(_ file: URL) throws -> JSONValue {
        try JSONValue.parse(String(decoding: Data(contentsOf: file), as: UTF8.self))
    }
}
