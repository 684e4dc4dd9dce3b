import Foundation
import MartletGateway
import Routing
import Testing

@testable import martlet

@Suite struct PrivilegesTests {
    private func error(_ text: String) -> String? {
        do throws(ProcessError) {
            _ = try Privileges(text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `users and groups are names or numbers`() throws {
        let numbers = try Privileges("4711:4712")
        #expect((numbers.user, numbers.group) == (4711, 4712))
        let nobody = try #require(getpwnam("nobody")).pointee
        let name = try Privileges("nobody")
        #expect((name.user, name.group) == (nobody.pw_uid, nobody.pw_gid))
        let both = try Privileges("nobody:0")
        #expect(both.group == 0)
    }

    @Test func `whom the system does not know, and root, is refused`() {
        #expect(error("no-such-user")?.contains("no user") == true)
        #expect(error("nobody:no-such-group")?.contains("no group") == true)
        #expect(error("4711")?.contains("GROUP") == true)
        #expect(error("root")?.contains("root") == true)
        #expect(error("0:0")?.contains("root") == true)
        #expect(error("") != nil)
    }

    /// A route file whose listener has a key with some mode.
    private func findings(_ mode: Int) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appendingPathComponent("shop.key").path
        #expect(FileManager.default.createFile(atPath: key, contents: Data()))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
        let text = """
            version: 1
            gateway: { listen: [{ address: "127.0.0.1:0", tls: { cert: shop.pem, key: \(key) } }] }
            services: { s: { endpoints: ["127.0.0.1:3000"] } }
            """
        return KeyPermissions.findings(try RouteFile.load(text: text, name: "r.yaml"))
    }

    @Test func `a key that everybody may read is found`() throws {
        #expect(try findings(0o600) == [])
        #expect(try findings(0o640) == [])
        #expect(try findings(0o400) == [])
        let open = try findings(0o644)
        #expect(open.count == 1)
        #expect(open.first?.contains("everybody on this machine may read this secret (mode 0644)") == true)
        #expect(try findings(0o604).count == 1)
        #expect(try findings(0o660).first?.contains("its group may write") == true)
    }
}
