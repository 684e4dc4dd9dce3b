import Foundation
import TestSupport

/// An authority of its own in a folder of its own, and the certificates that it has issued: made by OpenSSL's commands.
struct TestAuthority: Sendable {
    let folder: URL
    /// The authority's certificate.
    var ca: String { path("ca.pem") }

    init(_ name: String) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await openssl(
            ["req", "-x509"] + Self.key + [
                "-days", "30", "-keyout", path("ca.key"), "-out", ca, "-subj", "/CN=\(name)",
            ])
    }

    /// A file of the folder.
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Issues a certificate for a name: `NAME.pem` and `NAME.key`.
    func issue(_ name: String) async throws {
        let names = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try "subjectAltName=DNS:\(name),IP:127.0.0.1".write(to: names, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: names) }
        try await openssl(
            ["req"] + Self.key + ["-keyout", path("\(name).key"), "-out", path("\(name).csr"), "-subj", "/CN=\(name)"])
        try await openssl([
            "x509", "-req", "-in", path("\(name).csr"), "-CA", ca, "-CAkey", path("ca.key"), "-CAcreateserial",
            "-days", "30", "-extfile", names.path, "-out", path("\(name).pem"),
        ])
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    private static let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    private func openssl(_ arguments: [String]) async throws {
        let result = try await Command.run("openssl", arguments)
        guard result.status == 0 else { throw NeverHappened("openssl \(arguments[0]): \(result.errors)") }
    }

    struct NeverHappened: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
