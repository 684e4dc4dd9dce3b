import MartletGateway
import Routing
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Route files on a disk.
@Suite struct DiskFileSourceTests {
    /// A folder that is gone when the body is over.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `a file that is named relatively, absolutely and through a link is read once`() throws {
        try withFolder { folder in
            let routes = "routes:\n  - { id: a, match: GET /a, send: { service: s, pattern: p } }\n"
            let main = """
                version: 1
                include: [a.yaml, \(folder)/a.yaml, link.yaml]
                services: { s: { endpoints: ["a:1"] } }

                """
            try Data(routes.utf8).write(to: URL(fileURLWithPath: folder + "/a.yaml"))
            try Data(main.utf8).write(to: URL(fileURLWithPath: folder + "/main.yaml"))
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link.yaml", withDestinationPath: "a.yaml")
            let file = try RouteFile.load(diskPath: folder + "/main.yaml")
            #expect(file.files == [folder + "/main.yaml", folder + "/a.yaml"])
            #expect(file.routes.map(\.id) == ["a"])
        }
    }

    @Test func `a pipe that nobody writes to holds nobody`() throws {
        try withFolder { folder in
            #expect(mkfifo(folder + "/pipe.yaml", 0o600) == 0)
            let error = #expect(throws: FileSourceError.self) { try DiskFileSource().read(folder + "/pipe.yaml") }
            #expect(error?.reason == "not a regular file")
        }
    }

    @Test func `a file that cannot be read says why`() {
        func reason(_ path: String) -> String? {
            do throws(FileSourceError) {
                _ = try DiskFileSource().read(path)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason("/no/such/file") == "no such file")
        #expect(reason("/") == "is a directory")
    }
}
