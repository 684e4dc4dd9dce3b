import Foundation
import MartletGateway
import NetworkIO
import Routing
import TestSupport
import Testing

@testable import martlet

/// `Basic` over real connections. Spec: RFC 7617
@Suite struct BasicTests {
    private static func hash(_ text: String) -> String {
        SHA256Digest.of(Array(text.utf8)).map { String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
    }

    private static let users = """
        { name: ops, sha256: \(hash("open sesame")) }, { name: salted, salt: x1, sha256: \(hash("x1open sesame")) }, \
        { name: empty, sha256: \(hash("")) }, { name: "Jürgen", sha256: \(hash("пароль:1")) }, { name: "", sha256: \(hash("p")) }
        """

    private func gateway(_ more: String = "", log: CollectedLog? = nil) async throws -> GuardedGateway {
        try await GuardedGateway(
            "{ Basic: { users: [\(Self.users)]\(more) } }", payload: "{ s: $auth.sub, n: $auth.name }", log: log)
    }

    private func basic(_ credentials: String) -> String {
        "authorization: Basic " + Data(credentials.utf8).base64EncodedString()
    }

    private func status(_ gateway: GuardedGateway, _ credentials: String) async throws -> Int {
        try await gateway.get(basic(credentials)).status
    }

    @Test func `the right name and password come in`() async throws {
        let gateway = try await gateway()
        for (credentials, name) in [
            ("ops:open sesame", "ops"), ("salted:open sesame", "salted"), ("empty:", "empty"),
            ("Jürgen:пароль:1", "Jürgen"), (":p", ""),
        ] {
            let answer = try await gateway.get(basic(credentials))
            #expect(answer.status == 200, "\(credentials)")
            #expect(answer.body == "{\"s\":\"\(name)\",\"n\":\"\(name)\"}")
        }
        let field = basic("ops:open sesame").replacing("Basic ", with: "bASIC   ")
        #expect(try await gateway.get(field).status == 200)
        await gateway.stop()
    }

    @Test func `nothing else does`() async throws {
        let gateway = try await gateway()
        for credentials in [
            "ops:open sesam", "ops:open sesame ", "ops:", "ops", "OPS:open sesame", "nobody:open sesame",
            ":open sesame",
            "ops:x1open sesame", "salted:x1open sesame", "salted:", "empty: ", "ops:\(Self.hash("open sesame"))", "",
            ":", "Ju\u{308}rgen:пароль:1", "ops:open sesame\0", "ops\0:open sesame",
        ] {
            let answer = try await gateway.get(basic(credentials))
            #expect(answer.status == 401, "\(credentials)")
            #expect(answer.fields["www-authenticate"] == "Basic realm=\"martlet\", charset=\"UTF-8\"")
            #expect(answer.body.contains("\"code\":\"unauthorized\""))
        }
        let encoded = Data("ops:open sesame".utf8).base64EncodedString()
        for field in [
            "Basic", "Basic ", "Basic\(encoded)", "Bearer \(encoded)", "Basic \(encoded.dropLast())",
            "Basic \(encoded)=",
            "Basic ====", "Basic \(encoded) x", "Basic b3BzOm9wZW4_", "Basic ops:open sesame", encoded, "",
        ] {
            #expect(try await gateway.get("authorization: \(field)").status == 401, "\(field)")
        }
        #expect(try await gateway.get().status == 401)
        #expect(try await gateway.get(basic("ops:open sesame"), basic("ops:open sesame")).status == 401)
        #expect(try await gateway.get(basic("ops:open sesame"), "authorization: Bearer x").status == 401)
        #expect(gateway.packetCount == 0)
        await gateway.stop()
    }

    @Test func `the realm is the file's`() async throws {
        let gateway = try await gateway(", realm: \"the shop\"")
        #expect(try await gateway.get().fields["www-authenticate"] == "Basic realm=\"the shop\", charset=\"UTF-8\"")
        await gateway.stop()
    }

    @Test func `nothing secret is shown`() async throws {
        let log = CollectedLog()
        let gateway = try await gateway(log: log)
        let secrets = [
            "sesame", "hunter2", Self.hash("open sesame"), Data("ops:open sesame".utf8).base64EncodedString(),
        ]
        var shown = ""
        for credentials in ["ops:open sesame", "ops:hunter2", "hunter2:x"] {
            let answer = try await gateway.get(basic(credentials))
            shown += "\(answer.fields) \(answer.body)"
        }
        await gateway.stop()
        shown += log.lines.joined()
        let file = try RouteFile.load(
            text: """
                version: 1
                use: { guards: [{ Basic: { users: [\(Self.users)] } }] }
                services: { s: { endpoints: ["h:1"] } }
                routes: [{ id: r, match: GET /who, send: { service: s, pattern: p }, payload: { s: $auth.sub } }]
                """, name: "r.yaml", variables: [:])
        for credentials in ["ops:open sesame", "ops:hunter2"] {
            let value = String(basic(credentials).dropFirst("authorization: ".count))
            let explanation = try await Explanation(
                method: "GET", target: "/who", host: "h", headers: [("authorization", value)], body: nil,
                peer: "127.0.0.1", file: file)
            shown += Explain.rows(explanation, file).joined().joined()
        }
        #expect(shown.contains("\"s\":\"ops\""))
        for secret in secrets { #expect(!shown.contains(secret), "\(secret)") }
    }
}
