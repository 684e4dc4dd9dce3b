import MartletGateway
import Routing
import Testing

@testable import martlet

/// `martlet explain`
@Suite struct ExplainTests {
    private static let text = """
        version: 1
        gateway: { trustedProxies: [10.0.0.0/8] }
        use: { guards: [{ RateLimit: { limit: 1, per: 1s } }] }
        services: { s: { endpoints: ["a:1", "b:2"] } }
        routes:
          - id: get
            match: GET|HEAD /users/:id
            host: api.example.com
            when: { query: { lang: [en, de] } }
            send: { service: s, pattern: { cmd: get } }
            payload: { id: { from: $path.id, pipes: [ParseInt] }, ip: $request.ip }
          - id: new
            match: POST /users
            emit: { service: s, pattern: { cmd: new } }
            use:
              guards:
                - IpAllow: { ranges: [192.0.2.0/24] }
                - IpDeny: { ranges: ["::1"] }
        """

    private func explain(
        _ method: String, _ target: String, host: String = "localhost", _ headers: [(String, String)] = [],
        body: String? = nil, from peer: String = "127.0.0.1"
    ) async throws -> [String] {
        let file = try RouteFile.load(text: Self.text, name: "r.yaml", variables: [:])
        let explanation = try await Explanation(
            method: method, target: target, host: host, headers: headers, body: body, peer: peer, file: file)
        return Explain.rows(explanation, file).map { $0.joined(separator: " | ") }
    }

    @Test func `a message is shown as it would be sent`() async throws {
        #expect(
            try await explain(
                "GET", "/users/7?lang=en", host: "api.example.com", [("x-forwarded-for", "192.0.2.9")], from: "10.0.0.1"
            )
                == [
                    "route | get  r.yaml:6:5", "match | GET|HEAD /users/:id, host api.example.com, query lang=en|de",
                    " | id = 7", "client | 192.0.2.9", "guards | RateLimit  r.yaml:3:17  passes",
                    "service | s  a:1, b:2",
                    "send | 82#{\"pattern\":{\"cmd\":\"get\"},\"data\":{\"id\":7,\"ip\":\"192.0.2.9\"},\"id\":\"0000000000000000\"}",
                ])
    }

    @Test func `an event has no id, and a body stays as it is`() async throws {
        let lines = try await explain(
            "POST", "/users", [("content-type", "application/json")], body: "{ \"n\": 1.50 }", from: "192.0.2.1")
        #expect(lines.last == "emit | 52#{\"pattern\":\"{\\\"cmd\\\":\\\"new\\\"}\",\"data\":{ \"n\": 1.50 }}")
    }

    @Test func `a refusal names the guard`() async throws {
        #expect(
            try await explain("POST", "/users", [("content-type", "text/plain")], body: "x") == [
                "route | new  r.yaml:12:5", "match | POST /users", "client | 127.0.0.1",
                "guards | RateLimit  r.yaml:3:17  passes",
                " | IpAllow  r.yaml:17:11  refuses: 403 forbidden: This address is not let in.",
                " | IpDeny  r.yaml:18:11  is not asked any more", "answer | 403: This address is not let in.",
            ])
        #expect(
            try await explain("POST", "/users", [("content-type", "text/plain")], body: "x", from: "192.0.2.1").last?
                .hasPrefix("answer | 415") == true)
        #expect(try await explain("GET", "/users/7?lang=en") == ["answer | 404: no route"])
        #expect(try await explain("DELETE", "/users") == ["answer | 405: allowed are POST, OPTIONS"])
    }
}
