import Logging
import MessageWire
import NetworkIO
import Routing
import TestSupport
import Testing

@testable import MartletGateway

/// The admin listener of a real gateway, over real sockets.
@Suite struct AdminListenerTests {
    private static let admin = "admin: { address: \"127.0.0.1:0\", ready: { services: [s] } }"

    private func gateway(
        _ server: ScriptedServer, admin: String = Self.admin, services: String = "", collecting: CollectedLog? = nil
    ) async throws -> TestGateway {
        try await TestGateway(
            routes: standardRoutes, servicePorts: [server.port], gateway: admin, services: services,
            collecting: collecting)
    }

    @Test func `a gateway without the section has no admin listener`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server, admin: "")
        #expect(gateway.gateway.adminAddress == nil)
        await gateway.stop()
        await server.stop()
    }

    @Test func `requests are counted by route, service and endpoint`() async throws {
        let server = try await ScriptedServer()
        let answers = answering(server) { packet, id in
            packet.contains("\"sum\"") ? value("3", id) : nil
        }
        let gateway = try await gateway(server)
        let admin = try gateway.admin()
        for _ in 0..<3 {
            let answer = try await gateway.exchange(
                "POST /sum HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
            )
            #expect(answer.first?.status == 200)
        }
        _ = try await gateway.exchange("GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        let status = try #require(try await admin.get("/status").json)
        #expect(status["phase"] == "serving")
        #expect(status["totals"]?["requests"] == 4)
        #expect(status["totals"]?["clientErrors"] == 1)
        let sum = try #require(status["routes"]?[0])
        #expect(sum["id"] == "sum")
        #expect(sum["match"] == "POST /sum")
        #expect(sum["requests"] == 3)
        #expect(sum["latency"]?["p50"]?.doubleValue != nil)
        // All routes of the file, whether anybody has asked or not, and the requests without one.
        #expect(status["routes"]?[1]?["requests"] == 0)
        #expect(status["routes"]?[3]?["id"] == "")
        #expect(status["routes"]?[3]?["reasons"] == ["not_found": 1])
        let services = try #require(try await admin.get("/services").json)
        let endpoint = try #require(services[0]?["endpoints"]?[0])
        #expect(endpoint["address"] == .string("127.0.0.1:\(server.port)"))
        #expect(endpoint["state"] == "up")
        #expect(endpoint["requests"] == 3)
        let routes = try #require(try await admin.get("/routes").json)
        #expect(routes[0]?["id"] == "sum")
        #expect(routes[0]?["file"] == "test.yaml")
        await gateway.stop()
        answers.cancel()
        await server.stop()
    }

    @Test func `the configuration in force is shown without secrets`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let admin = try gateway.admin()
        let json = try #require(try await admin.get("/config").json)
        #expect(json["gateway"]?["admin"]?["ready"] == ["services": ["s"]])
        #expect(json["services"]?["s"]?["endpoints"] == [.string("127.0.0.1:\(server.port)")])
        let yaml = try await admin.get("/config?format=yaml")
        #expect(yaml.fields["content-type"] == "application/yaml")
        #expect(yaml.body.contains("\n  admin:\n"))
        await gateway.stop()
        await server.stop()
    }

    // MARK: Endpoints

    @Test func `an endpoint that goes away is down although nobody asks, and up when it is back`() async throws {
        let server = try await ScriptedServer()
        // An address of its own, so that nobody takes the port meanwhile.
        let host = "127.0.9.1"
        let service = try await ScriptedServer(host: host)
        let gateway = try await gateway(
            server, admin: "admin: { address: \"127.0.0.1:0\", ready: { services: [t] } }",
            services: "  t: { endpoints: [\"\(host):\(service.port)\"], \(patient) }")
        let admin = try gateway.admin()
        func state() async throws -> JSONValue? {
            try await admin.get("/services").json?[1]?["endpoints"]?[0]?["state"]
        }
        try await eventually("the endpoint is up") { try await state() == "up" }
        #expect(try await admin.get("/readyz").status == 200)
        let connection = try await service.accept()
        await service.stop()
        try await connection.close()
        try await eventually("the endpoint is down") { try await state() == "down" }
        let notReady = try await admin.get("/readyz")
        #expect(notReady.status == 503)
        #expect(notReady.body.contains("[-]service t failed: \(host):\(service.port) down"))
        let again = try await ScriptedServer(host: host, port: service.port)
        try await eventually("the endpoint is up again") { try await state() == "up" }
        #expect(try await admin.get("/readyz").status == 200)
        await gateway.stop()
        await again.stop()
        await server.stop()
    }

    @Test func `a drained endpoint gets nothing new, finishes what it has, and can be taken back`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let admin = try gateway.admin()
        let path = "/services/s/endpoints/127.0.0.1:\(server.port)"
        let request = "POST /sum HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        let client = try await gateway.connect()
        try await client.send(request)
        let upstream = try await server.accept()
        let packet = try #require(await upstream.receive(until: "sum"))
        let draining = try await admin.post(path + "/drain")
        #expect(draining.status == 200)
        #expect(draining.json?["state"] == "draining")
        #expect(draining.json?["inFlight"] == 1)
        // New ones are refused at once; the old one is answered, and then the connection ends.
        let refused = try await gateway.exchange(request)
        #expect(refused.first?.status == 503)
        #expect(refused.first?.body.contains("upstream_unavailable") == true)
        try await upstream.send(value("3", packetID(try #require(frames(packet).first))))
        #expect(await client.receive(until: "\r\n\r\n3")?.hasPrefix("HTTP/1.1 200") == true)
        await upstream.receiveEnd()
        try await eventually("it is drained") {
            try await admin.get("/services").json?[0]?["endpoints"]?[0]?["state"] == "drained"
        }
        #expect(try await admin.get("/readyz").status == 503)
        #expect(try await admin.post(path + "/undrain").status == 200)
        try await eventually("it is up") {
            try await admin.get("/services").json?[0]?["endpoints"]?[0]?["state"] == "up"
        }
        #expect(try await admin.post("/services/s/endpoints/127.0.0.1:1/drain").status == 404)
        #expect(try await admin.post("/services/t/endpoints/127.0.0.1:\(server.port)/drain").status == 404)
        await gateway.stop()
        await server.stop()
    }

    // MARK: Who may

    @Test func `other sites and other names are refused`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let admin = try gateway.admin()
        #expect(try await admin.get("/status", host: "evil.example").status == 403)
        #expect(try await admin.post("/reload", fields: "origin: http://evil.example\r\n").status == 403)
        #expect(try await admin.post("/reload", fields: "sec-fetch-site: cross-site\r\n").status == 403)
        #expect(try await admin.get("/status", fields: "sec-fetch-site: cross-site\r\n").status == 403)
        let answer = try await admin.get("/status")
        #expect(answer.status == 200)
        #expect(answer.fields["access-control-allow-origin"] == nil)
        #expect(answer.fields["cross-origin-resource-policy"] == "same-origin")
        #expect(answer.fields["x-content-type-options"] == "nosniff")
        #expect(answer.fields["cache-control"] == "no-store")
        await gateway.stop()
        await server.stop()
    }

    @Test func `with a token nothing but probes and the empty page is told without it`() async throws {
        let server = try await ScriptedServer()
        let token = "correct-horse-battery-staple"
        let hash = SHA256Digest.of(Array(token.utf8)).map { String(0x100 + Int($0), radix: 16).dropFirst() }.joined()
        let gateway = try await gateway(
            server, admin: "admin: { address: \"127.0.0.1:0\", token: { sha256: \(hash) } }")
        let admin = try gateway.admin()
        for path in ["/status", "/config", "/routes", "/services", "/metrics", "/events", "/log-level", "/nope"] {
            let answer = try await admin.get(path, fields: "authorization: Bearer wrong-wrong-wrong\r\n")
            #expect(answer.status == 401, "\(path)")
        }
        #expect(try await admin.post("/reload").status == 401)
        #expect(try await admin.get("/status", fields: "authorization: Bearer \(token)\r\n").status == 200)
        for path in ["/livez", "/readyz", "/"] { #expect(try await admin.get(path).status == 200) }
        await gateway.stop()
        await server.stop()
    }

    @Test func `a token file that is not there is an error of the route file with its place`() async throws {
        await #expect(throws: RouteFileError.self) {
            try await TestGateway(
                routes: standardRoutes, servicePorts: [1],
                gateway: "admin: { address: \"127.0.0.1:0\", token: { file: /nowhere/token } }")
        }
    }

    // MARK: The connection

    @Test func `a connection carries several requests, also sent ahead, and HEAD has no body`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.admin().connect()
        try await client.send(
            "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\nHEAD /livez HTTP/1.1\r\nhost: localhost\r\n\r\n"
                + "GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        let answers = ParsedResponse.parse(await client.receiveAll(), bodiless: [1])
        #expect(answers.map(\.status) == [200, 200, 200])
        #expect(answers.map(\.body) == ["ok\n", "", "ok\n"])
        #expect(answers[1].fields["content-length"] == "3")
        await gateway.stop()
        await server.stop()
    }

    @Test func `bytes that are no request are refused and end the connection`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.admin().connect()
        try await client.send("GET /livez HTTP/1.1\r\n\r\n")
        let refusal = try #require(await client.receive(until: "}\n"))
        // What is sent after a refusal is nobody's.
        try? await client.send("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
        try? await client.halfClose()
        let answers = ParsedResponse.parse(refusal + (await client.receiveAll()))
        #expect(answers.map(\.status) == [400])
        #expect(answers.first?.fields["content-type"] == "application/problem+json")
        await gateway.stop()
        await server.stop()
    }

    @Test func `above the limit the connection that is silent for the longest goes`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server, admin: "admin: { address: \"127.0.0.1:0\", connections: 2 }")
        let admin = try gateway.admin()
        let first = try await admin.connect()
        let second = try await admin.connect()
        for client in [first, second] {
            try await client.send("GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n")
            #expect(await client.receive(until: "ok\n") != nil)
        }
        #expect(try await admin.get("/livez").status == 200)
        await first.receiveEnd()
        // The second is still served, and streams of events are half of what is allowed.
        try await second.send("GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n")
        #expect(await second.receive(until: "}\n\n\r\n") != nil)
        let refused = try await admin.get("/events")
        #expect(refused.status == 503)
        #expect(refused.body.contains("too_many_streams"))
        #expect(try await admin.get("/livez").status == 200)
        await gateway.stop()
        await server.stop()
    }

    @Test func `events are a snapshot each second`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let client = try await gateway.admin().connect()
        try await client.send("GET /events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n")
        let first = try #require(await client.receive(until: "}\n\n\r\n"))
        #expect(first.contains("content-type: text/event-stream\r\n"))
        #expect(first.contains("transfer-encoding: chunked\r\n"))
        #expect(first.contains("data: {\"version\":"))
        let second = try #require(await client.receive(until: "}\n\n\r\n"))
        #expect(second.contains("data: {"))
        // The stream's end does not depend on its reader.
        await gateway.stop()
        await client.receiveEnd()
        await server.stop()
    }

    @Test func `the page is whole and lets nothing else run`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await gateway(server)
        let answer = try await gateway.admin().get("/")
        #expect(answer.fields["content-type"] == "text/html; charset=utf-8")
        let policy = try #require(answer.fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'sha256-"))
        #expect(!policy.contains("unsafe"))
        // Nothing is fetched from anywhere, and no attribute is a script or a style.
        for text in [
            "http://localhost", "https://", " onclick=", " style=", "<link rel=\"stylesheet\"", " src=", "@import",
            "url(",
        ] {
            #expect(!answer.body.contains(text), "\(text)")
        }
        await gateway.stop()
        await server.stop()
    }

    @Test func `an address in use is waited for`() async throws {
        let server = try await ScriptedServer()
        let log = CollectedLog()
        let other = try await ScriptedServer()
        let gateway = try await gateway(
            server, admin: "admin: { address: \"127.0.0.1:\(other.port)\" }", collecting: log)
        #expect(gateway.gateway.adminAddress == nil)
        #expect(log.contains("the admin address is in use; trying again every second"))
        await other.stop()
        try await eventually("it listens") { gateway.gateway.adminAddress != nil }
        #expect(try await gateway.admin().get("/livez").status == 200)
        await gateway.stop()
        await server.stop()
    }
}

/// Asks an admin listener, each time on a connection of its own.
struct AdminProbe {
    let port: Int

    struct Answer {
        var status: Int
        var fields: [String: String]
        var body: String
        var json: JSONValue? { try? JSONValue.parse(body) }
    }

    func connect() async throws -> RawConnection { try await RawConnection.connect(port: port) }

    func get(_ path: String, host: String = "localhost", fields: String = "") async throws -> Answer {
        try await ask("GET", path, host: host, fields: fields)
    }

    func post(_ path: String, fields: String = "") async throws -> Answer {
        try await ask("POST", path, host: "localhost", fields: fields + "content-length: 0\r\n")
    }

    private func ask(_ method: String, _ path: String, host: String, fields: String) async throws -> Answer {
        let client = try await connect()
        try await client.send("\(method) \(path) HTTP/1.1\r\nhost: \(host)\r\n\(fields)connection: close\r\n\r\n")
        let answer = try #require(ParsedResponse.parse(await client.receiveAll()).first)
        #expect(answer.isComplete)
        return Answer(status: answer.status, fields: answer.fields, body: answer.body)
    }
}

extension TestGateway {
    /// The gateway's admin listener.
    func admin() throws -> AdminProbe {
        let address = try #require(gateway.adminAddress)
        return AdminProbe(port: try #require(address.split(separator: ":").last.flatMap { Int($0) }))
    }
}
