import MartletGateway
import MessageWire
import TestSupport
import Testing

/// What an access line says of a request, as the route file wants it.
@Suite struct AccessFieldTests {
    private static let routes = """
          - { id: get, match: GET /get/:id, send: { service: s, pattern: get } }
          - { id: post, match: POST /post, send: { service: s, pattern: post } }
          - { id: hook, match: POST /hook, emit: { service: s, pattern: hook } }
          - { id: keyed, match: GET /keyed, send: { service: s, pattern: get }, use: { guards: [{ ApiKey: { as: client, keys: [{ name: desk, sha256: 41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb }] } }] } }
        """

    /// The lines that requests leave, each on a connection of its own.
    private func lines(_ access: String, _ requests: [String], port: ((Int) -> Void)? = nil) async throws -> [String] {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("6", id) }
        let gateway = try await TestGateway(
            routes: Self.routes, servicePorts: [server.port], gateway: "logging: { access: { \(access) } }",
            accessLog: lines.writer)
        port?(server.port)
        for request in requests { _ = try await gateway.exchange(request) }
        await gateway.stop()
        service.cancel()
        return lines.read()
    }

    private func json(_ line: String) throws -> JSONValue { try JSONValue.parse(line) }

    private func get(_ target: String, _ fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: shop.example\r\n\(fields)\r\n"
    }

    @Test func `fields stand in the order written, and nothing else`() async throws {
        let lines = try await lines("fields: [method, status, path, protocol, host, service]", [get("/get/7")])
        #expect(lines == ["GET 200 /get/7 protocol=HTTP/1.1 host=shop.example service=s"])
    }

    @Test func `every field has something to say`() async throws {
        nonisolated(unsafe) var servicePort = 0
        let all =
            "format: json, fields: [default, bytesIn, host, protocol, service, upstream, queueTime, firstReplyTime, upstreamTime, userAgent, referer, identity, tls, traceId]"
        let lines = try await lines(
            all,
            [
                "POST /post HTTP/1.1\r\nHost: h\r\nUser-Agent: a \"b\"\r\nReferer: http://r/x?token=1\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n[1,2,3]"
            ], port: { servicePort = $0 })
        let line = try json(try #require(lines.first))
        #expect(line["status"] == 200 && line["method"] == "POST" && line["path"] == "/post")
        #expect(line["bytes_in"] == 7 && line["bytes"] == 1 && line["host"] == "h")
        #expect(line["protocol"] == "HTTP/1.1" && line["service"] == "s" && line["route"] == "post")
        #expect(line["upstream"] == .string("127.0.0.1:\(servicePort)"))
        #expect(line["user_agent"] == "a \"b\"")
        // What stands behind the question mark may be secret.
        #expect(line["referer"] == "http://r/x")
        for name in ["queue_ms", "first_reply_ms", "upstream_ms", "duration_ms"] {
            #expect(line[name] != nil, "\(name)")
        }
        // There was none of it.
        for name in ["code", "tls", "identity", "trace_id"] { #expect(line[name] == nil, "\(name)") }
        #expect(lines[0].hasPrefix("{\"ts\":\"20"))
        #expect(lines[0].contains(",\"level\":\"info\",\"msg\":\"request\",\"status\":200,"))
    }

    @Test func `headers are not there unless they are asked for, queries never`() async throws {
        let lines = try await lines(
            "format: json", [get("/get/7?token=geheim", "user-agent: ua-x\r\nauthorization: geheim\r\n")])
        #expect(lines.count == 1 && !lines[0].contains("geheim") && !lines[0].contains("ua-x"))
    }

    @Test func `an event has its endpoint, too`() async throws {
        let post = "POST /hook HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}"
        let lines = try await lines("fields: [status, upstream, queueTime, upstreamTime]", [get("/get/1"), post])
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix("202 upstream=127.0.0.1:") == true)
        #expect(lines.last?.contains("upstream_ms") == false)
    }

    @Test func `a caller is known by the name of its key, never the key`() async throws {
        let lines = try await lines(
            "fields: [status, identity, code]",
            [get("/keyed", "x-api-key: open sesame\r\n"), get("/keyed", "x-api-key: another key\r\n")])
        #expect(lines == ["200 identity=desk", "401 code=unauthorized"])
    }

    @Test func `a request whose client is gone says where its message went`() async throws {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(
            routes: Self.routes, servicePorts: [server.port],
            gateway: "logging: { access: { fields: [status, upstream, code] } }", accessLog: lines.writer)
        let client = try await gateway.connect()
        try await client.send("GET /get/1 HTTP/1.1\r\nhost: t\r\n\r\n")
        let upstream = try await server.accept()
        _ = try #require(await upstream.receive(until: "get"))
        try await client.reset()
        try await eventually("it is noticed") { await gateway.gateway.metrics().requestsInFlight == 0 }
        await gateway.stop()
        await server.stop()
        #expect(lines.read() == ["499 upstream=127.0.0.1:\(server.port) code=client_gone"])
    }

    @Test func `many requests that end in one tick have a line each, in their order`() async throws {
        // Answered where they are read, hence in few ticks; every third one asks the service.
        let targets = (0..<300).map { $0 % 3 == 0 ? "/get/\($0)" : "/none/\($0)" }
        let lines = try await lines(
            "fields: [status, path, host, client]", [targets.map { get($0) }.joined()])
        let expected = targets.map { "\($0.hasPrefix("/get") ? 200 : 404) \($0) host=shop.example 127.0.0.1" }
        #expect(lines == expected)
    }

    @Test func `what is no request has a line that says from whom`() async throws {
        let lines = try await lines(
            "fields: [status, client, method, path, route, code]", ["GET /a b HTTP/1.1\r\n\r\n"])
        #expect(lines == ["400 127.0.0.1 - - route=- code=malformed_version"])
    }

    @Test func `a request that met no service has no upstream`() async throws {
        let lines = try await lines("fields: [status, path, upstream, service, code]", [get("/none")])
        #expect(lines == ["404 /none code=not_found"])
    }

    @Test func `what a client sends cannot forge a line`() async throws {
        let lines = try await lines(
            "fields: [status, path, userAgent]", [get("/get/a%22b", "user-agent: x status=500\tq\"\\x0a\r\n")])
        #expect(lines == ["200 /get/a%22b user_agent=x\\x20status=500\\x09q\\x22\\x5cx0a"])
    }

    @Test func `texts of any length, escaped or not, keep what stands around them`() async throws {
        for length in [1, 8, 63, 64, 65, 500, 3000] {
            for text in [String(repeating: "x", count: length), String(repeating: "\"", count: length)] {
                let agent = text.prefix(512)
                let request = get("/get/\(text.replacing("\"", with: "'"))", "user-agent: \(text)\r\n")
                let asJSON = try await lines("format: json, fields: [userAgent, path, status, host]", [request])
                let line = try json(try #require(asJSON.first))
                #expect(line["user_agent"] == .string(String(agent)) && line["status"] == 200)
                #expect(line["path"]?.stringValue?.count == length + 5 && line["host"] == "shop.example")
                let asText = try await lines("fields: [userAgent, path, status, host]", [request])
                let shown = agent.replacing("\"", with: "\\x22")
                #expect(
                    asText == [
                        "user_agent=\(shown) /get/\(text.replacing("\"", with: "'")) 200 host=shop.example"
                    ])
            }
        }
    }

    @Test func `names of services and routes may be long`() async throws {
        let (route, service) = (String(repeating: "r", count: 100), String(repeating: "s", count: 100))
        for format in ["json", "text"] {
            let lines = try AccessLines()
            let server = try await ScriptedServer()
            let answers = answering(server) { _, id in value("6", id) }
            let gateway = try await TestGateway(
                routes: "  - { id: \(route), match: GET /get/:id, send: { service: \(service), pattern: get } }",
                servicePorts: [server.port],
                gateway: "logging: { access: { format: \(format), fields: [route, service, status] } }",
                services: "  \(service): { transport: tcp, endpoints: [\"127.0.0.1:\(server.port)\"] }",
                accessLog: lines.writer)
            _ = try await gateway.exchange(get("/get/1"))
            await gateway.stop()
            answers.cancel()
            #expect(
                lines.read() == [
                    format == "json"
                        ? "{\"level\":\"info\",\"msg\":\"request\",\"route\":\"\(route)\",\"service\":\"\(service)\",\"status\":200}"
                        : "route=\(route) service=\(service) 200"
                ])
        }
    }

    @Test func `a line that has nothing to say is empty, and takes nothing of the line before it`() async throws {
        let lines = try await lines("fields: [code]", [get("/get/1"), get("/none"), get("/get/2")])
        // The two empty ones are not read.
        #expect(lines == ["code=not_found"])
        let asJSON = try await self.lines("format: json, fields: [code]", [get("/get/1"), get("/none")])
        #expect(
            asJSON == [
                "{\"level\":\"info\",\"msg\":\"request\"}",
                "{\"level\":\"info\",\"msg\":\"request\",\"code\":\"not_found\"}",
            ])
    }

    @Test func `only failures have lines where nothing is sampled`() async throws {
        let lines = try await lines(
            "fields: [status, code], sample: 0%", [get("/get/1"), get("/none"), get("/get/2")])
        #expect(lines == ["404 code=not_found"])
    }

    @Test func `answers below a status have none`() async throws {
        let lines = try await lines("fields: [status], minStatus: 404", [get("/get/1"), get("/none")])
        #expect(lines == ["404"])
    }

    @Test func `the file's form goes before the program's, and none is none`() async throws {
        #expect(try await lines("format: none", [get("/get/1")]).isEmpty)
        #expect(try await lines("format: json", [get("/get/1")]).first?.hasPrefix("{") == true)
    }

    @Test func `over HTTP 2 the protocol says so`() async throws {
        let lines = try AccessLines()
        let server = try await ScriptedServer()
        let service = answering(server) { _, id in value("6", id) }
        let gateway = try await TestGateway(
            routes: Self.routes, servicePorts: [server.port],
            gateway: "logging: { access: { fields: [protocol, host, path] } }", accessLog: lines.writer)
        let client = try await HTTP2TestConnection.open(port: gateway.port)
        try await client.send(.request(1, "GET", "/get/7"))
        #expect(await client.answer(1)?.status == 200)
        await gateway.stop()
        service.cancel()
        let line = try #require(lines.read().first)
        #expect(line.hasPrefix("protocol=HTTP/2 host=") && line.hasSuffix(" /get/7"))
    }
}
