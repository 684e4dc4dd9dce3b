import MartletGateway
import Routing
import TestSupport
import Testing

@testable import martlet

/// `martlet explain` of routes whose guards know who asks.
@Suite struct ExplainGuardsTests {
    private func explain(_ jwks: String, _ headers: [(String, String)]) async throws -> [String] {
        let file = try RouteFile.load(
            text: """
                version: 1
                use:
                  guards:
                    - Jwt: { jwks: "\(jwks)", algorithms: [ES256] }
                    - Roles: { any: [admin] }
                services: { s: { endpoints: ["a:1"] } }
                routes: [{ id: r, match: GET /r, send: { service: s, pattern: p }, payload: { who: $auth.sub } }]
                """, name: "r.yaml", variables: [:])
        let explanation = try await Explanation(
            method: "GET", target: "/r", host: "h", headers: headers, body: nil, peer: "127.0.0.1", file: file)
        return Explain.rows(explanation, file).map { $0.joined(separator: " | ") }
    }

    @Test func `a good token passes, and the message shows its claims`() async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let token = try await TokenSigner.es256().token(#""sub":"u1","roles":["admin"]"#)
        let lines = try await explain(path, [("authorization", "Bearer \(token)")])
        #expect(lines.contains("guards | Jwt  r.yaml:4:7  passes"))
        #expect(lines.contains(" | Roles  r.yaml:5:7  passes"))
        #expect(
            lines.last
                == "send | 59#{\"pattern\":\"p\",\"data\":{\"who\":\"u1\"},\"id\":\"0000000000000000\"}")
        #expect(!lines.joined().contains(token))
    }

    @Test func `a bad one does not, and nothing of it is shown`() async throws {
        let folder = try TestFolder()
        let path = try folder.write("keys.json", KeySets.of(TestKeys.p256.jwk))
        let token = try await TokenSigner.es256(TestKeys.attacker).token()
        let lines = try await explain(path, [("authorization", "Bearer \(token)")])
        #expect(
            lines.contains(
                "guards | Jwt  r.yaml:4:7  refuses: 401 invalid_token: The token is refused: the signature is wrong."))
        #expect(lines.contains(" | Roles  r.yaml:5:7  is not asked any more"))
        #expect(!lines.joined().contains(token))
        #expect(try await explain(path, []).last == "answer | 401: This needs a token.")
    }

    @Test func `keys of an address are not fetched`() async throws {
        let server = try await KeyServer(keys: KeySets.of(TestKeys.p256.jwk))
        let token = try await TokenSigner.es256().token()
        let lines = try await explain(server.address, [("authorization", "Bearer \(token)")])
        #expect(lines.contains("guards | Jwt  r.yaml:4:7  decides at run time"))
        #expect(lines.contains(" | Roles  r.yaml:5:7  decides at run time"))
        #expect(server.requestCount == 0)
        await server.stop()
    }
}
