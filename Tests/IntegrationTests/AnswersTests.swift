import MartletGateway
import TestSupport
import Testing

/// What a service answers, and what HTTP makes of it.
@Suite struct AnswersTests {
    private let routes = """
          - { id: r, match: GET /r, send: { service: s, pattern: r } }
          - { id: late, match: GET /late, send: { service: s, pattern: r }, timeout: 300ms }
          - { id: mapped, match: GET /mapped, send: { service: s, pattern: r }, errors: { map: { NOT_FOUND: 404 } } }
          - { id: nest, match: GET /nest, send: { service: s, pattern: r }, errors: { format: nest } }
          - { id: sse, match: GET /sse, send: { service: s, pattern: r }, response: { stream: sse } }
          - { id: cached, match: GET /cached, send: { service: s, pattern: r }, response: { stream: sse, headers: { cache-control: max-age=1 } } }
          - { id: array, match: GET /array, send: { service: s, pattern: r }, response: { stream: array } }
          - id: created
            match: POST /created
            send: { service: s, pattern: r }
            response: { status: 201, headers: { location: "/users/{$result.id}" } }
          - { id: event, match: POST /event, emit: { service: s, pattern: { b: 1, a: 2 } } }
        """

    private func answer(
        _ frames: @escaping @Sendable (String) -> String?, path: String = "/r", accept: String = "",
        method: String = "GET"
    ) async throws -> ParsedResponse {
        let server = try await ScriptedServer()
        let task = answering(server) { _, id in frames(id) }
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port])
        let acceptLine = accept.isEmpty ? "" : "Accept: \(accept)\r\n"
        let responses = try await gateway.exchange(
            "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(acceptLine)Connection: close\r\n\r\n", halfClose: false)
        await gateway.stop()
        task.cancel()
        return try #require(responses.first)
    }

    private static func three(_ id: String) -> String {
        frame("{\"response\":1,\"id\":\"\(id)\"}") + frame("{\"response\":{\"a\":\n2},\"id\":\"\(id)\"}")
            + frame("{\"response\":3,\"isDisposed\":true,\"id\":\"\(id)\"}")
    }

    private static func failing(_ id: String) -> String {
        frame("{\"response\":1,\"id\":\"\(id)\"}")
            + frame("{\"err\":{\"statusCode\":409,\"message\":\"enough\"},\"isDisposed\":true,\"id\":\"\(id)\"}")
    }

    @Test func `one value, null and no value`() async throws {
        let one = try await answer { value("{\"a\":1}", $0) }
        #expect(one.status == 200 && one.body == "{\"a\":1}")
        let null = try await answer { value("null", $0) }
        #expect(null.status == 200 && null.body == "null")
        let none = try await answer { frame("{\"isDisposed\":true,\"id\":\"\($0)\"}") }
        #expect(none.status == 204 && none.body.isEmpty && none.fields["content-length"] == nil)
        let foreign = try await answer { frame("{\"id\":\"\($0)\"}") }
        #expect(foreign.status == 200 && foreign.body.hasPrefix("{\"id\":\""))
    }

    @Test func `several values by what the client accepts`() async throws {
        let last = try await answer { Self.three($0) }
        #expect(last.status == 200 && last.body == "3")
        let sse = try await answer({ Self.three($0) }, accept: "text/event-stream")
        #expect(sse.fields["content-type"] == "text/event-stream" && sse.isComplete)
        #expect(sse.body == "data: 1\n\ndata: {\"a\": 2}\n\ndata: 3\n\n")
        let ndjson = try await answer({ Self.three($0) }, accept: "application/x-ndjson")
        #expect(ndjson.fields["content-type"] == "application/x-ndjson" && ndjson.isComplete)
        #expect(ndjson.body == "1\n{\"a\": 2}\n3\n")
        let array = try await answer({ Self.three($0) }, path: "/array")
        #expect(array.body == "[1,{\"a\":\n2},3]")
        let fixed = try await answer({ value("1", $0) }, path: "/sse")
        #expect(fixed.fields["content-type"] == "text/event-stream" && fixed.body == "data: 1\n\n")
    }

    @Test func `a stream that has ended behind a slow answer gets no heartbeats any more`() async throws {
        let routes = """
              - { id: slow, match: GET /slow, send: { service: s, pattern: slow }, timeout: 500ms }
              - { id: beats, match: GET /beats, send: { service: s, pattern: r }, response: { stream: sse, heartbeat: 50ms } }
            """
        let server = try await ScriptedServer()
        let task = answering(server) { packet, id in packet.contains("slow") ? nil : Self.three(id) }
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port])
        let client = try await gateway.connect()
        try await client.send(
            "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /beats HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let text = await client.receiveAll()
        #expect(text.hasPrefix("HTTP/1.1 504"))
        // Nothing comes behind the last chunk.
        #expect(text.hasSuffix("data: 3\n\n\r\n0\r\n\r\n"), "\(text)")
        await gateway.stop()
        task.cancel()
    }

    @Test func `a stream is not stored, unless its route says otherwise`() async throws {
        let plain = try await answer({ Self.three($0) }, accept: "text/event-stream")
        #expect(plain.fields["cache-control"] == "no-store")
        let cached = try await answer({ Self.three($0) }, path: "/cached")
        #expect(cached.fields["cache-control"] == "max-age=1")
    }

    @Test func `weights in Accept are heeded`() async throws {
        let last = try await answer({ Self.three($0) }, accept: "application/json, text/event-stream;q=0")
        #expect(last.fields["content-type"] == "application/json" && last.body == "3")
    }

    @Test func `an error after the first byte is said in the stream and breaks the body off`() async throws {
        let sse = try await answer({ Self.failing($0) }, accept: "text/event-stream")
        #expect(sse.status == 200 && !sse.isComplete)
        #expect(sse.body.hasPrefix("data: 1\n\nevent: error\ndata: {"))
        #expect(sse.body.contains("\"status\":409") && sse.body.contains("enough"))
        let ndjson = try await answer({ Self.failing($0) }, accept: "application/x-ndjson")
        #expect(!ndjson.isComplete)
        #expect(ndjson.body.hasPrefix("1\n{\"error\":{"))
        let last = try await answer { Self.failing($0) }
        #expect(last.status == 409)
        // Silence after the first value.
        let silent = try await answer(
            { frame("{\"response\":1,\"id\":\"\($0)\"}") }, path: "/late", accept: "application/x-ndjson")
        #expect(!silent.isComplete && silent.body.contains("upstream_timeout"))
    }

    @Test func `errors keep their meaning`() async throws {
        func error(_ err: String, path: String = "/r") async throws -> ParsedResponse {
            try await answer({ frame("{\"err\":\(err),\"isDisposed\":true,\"id\":\"\($0)\"}") }, path: path)
        }
        let http = try await error("{\"statusCode\":404,\"message\":\"no such user\",\"error\":\"Not Found\"}")
        #expect(http.status == 404 && http.fields["content-type"] == "application/problem+json")
        #expect(http.body.contains("\"message\":\"no such user\"") && http.body.contains("\"instance\":\""))
        #expect(
            try await error("{\"status\":422,\"message\":[\"a\",\"b\"]}").body.contains("\"message\":[\"a\",\"b\"]"))
        #expect(try await error("{\"code\":\"NOT_FOUND\"}", path: "/mapped").status == 404)
        #expect(try await error("{\"status\":\"error\",\"message\":\"Internal server error\"}").status == 500)
        let secret = try await error("{\"message\":\"password is 123\"}")
        #expect(secret.status == 502 && !secret.body.contains("123"))
        #expect(try await error("\"anything\"").status == 502)
        let nest = try await error("{\"statusCode\":404,\"message\":\"no\"}", path: "/nest")
        #expect(nest.body == "{\"statusCode\":404,\"message\":\"no\",\"error\":\"Not Found\"}")
        let unknown = try await answer {
            frame(
                "{\"id\":\"\($0)\",\"status\":\"error\",\"err\":\"There is no matching message handler defined in the remote service.\"}"
            )
        }
        #expect(unknown.status == 502 && unknown.body.contains("\"code\":\"no_handler\""))
    }

    @Test func `never sent, sent and lost, and no answer in time are three different answers`() async throws {
        let late = try await answer({ _ in nil }, path: "/late")
        #expect(late.status == 504 && late.body.contains("\"code\":\"upstream_timeout\""))
        let bad = try await answer { _ in "5#hello" }
        #expect(bad.status == 502 && bad.body.contains("\"code\":\"bad_frame\""))

        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port])
        let client = try await gateway.connect()
        try await client.send("GET /r HTTP/1.1\r\nHost: x\r\n\r\n")
        let connection = try await server.accept()
        _ = await connection.receive(until: "}")
        await server.stop()
        try await connection.close()
        let lost = try #require(await client.receive(until: "}"))
        #expect(lost.hasPrefix("HTTP/1.1 502") && lost.contains("\"code\":\"upstream_lost\""))
        try await client.send("GET /r HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let down = try #require(ParsedResponse.parse(await client.receiveAll()).first)
        #expect(down.status == 503 && down.body.contains("\"code\":\"upstream_unavailable\""))
        #expect(down.fields["retry-after"] == "1")
        await gateway.stop()
    }

    @Test func `status and headers of the route`() async throws {
        let created = try await answer({ value("{\"id\":\"a/b 안\"}", $0) }, path: "/created", method: "POST")
        #expect(created.status == 201 && created.body == "{\"id\":\"a/b 안\"}")
        #expect(created.fields["location"] == "/users/a%2Fb%20%EC%95%88")
        let without = try await answer({ value("{}", $0) }, path: "/created", method: "POST")
        #expect(without.status == 201 && without.fields["location"] == nil)
    }

    @Test func `an event is accepted when its bytes were handed to a live connection, else refused`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port])
        let client = try await gateway.connect()
        try await client.send("POST /event HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[1]")
        let connection = try await server.accept()
        #expect(
            frames(try #require(await connection.receive(until: "]}")))
                == ["{\"pattern\":\"{\\\"a\\\":2,\\\"b\\\":1}\",\"data\":[1]}"])
        #expect(try #require(await client.receive(until: "\r\n\r\n")).hasPrefix("HTTP/1.1 202 Accepted\r\n"))
        await server.stop()
        try await connection.close()
        try await eventually("upstreamConnections <= 0") { await gateway.gateway.metrics().upstreamConnections <= 0 }
        try await client.send("POST /event HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(ParsedResponse.parse(await client.receiveAll()).map(\.status) == [503])
        await gateway.stop()
    }

    @Test func `a client that goes away is forgotten at once and its late answer dropped`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port])
        let gone = try await gateway.connect()
        try await gone.send("GET /r HTTP/1.1\r\nHost: x\r\n\r\n")
        let connection = try await server.accept()
        let late = packetID(try #require(await connection.receive(until: "}")))
        try await gone.reset()
        try await eventually("connectionsOpen <= 0") { await gateway.gateway.metrics().connectionsOpen <= 0 }
        var metrics = await gateway.gateway.metrics()
        #expect(metrics.upstreamInFlight == 0 && metrics.requestsInFlight == 0 && metrics.requestsAbandoned == 1)
        let client = try await gateway.connect()
        try await client.send("GET /r HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let id = packetID(try #require(await connection.receive(until: "}")))
        #expect(id != late)
        try await connection.send(value("\"late\"", late) + value("\"mine\"", id))
        #expect(ParsedResponse.parse(await client.receiveAll()).map(\.body) == ["\"mine\""])
        metrics = await gateway.gateway.metrics()
        #expect(metrics.connectionsOpen == 0 && metrics.upstreamInFlight == 0)
        await gateway.stop()
    }

    @Test func `shutdown finishes what is in flight and takes nothing new`() async throws {
        let server = try await ScriptedServer()
        let gateway = try await TestGateway(routes: routes, servicePorts: [server.port])
        let idle = try await gateway.connect()
        let busy = try await gateway.connect()
        try await busy.send("GET /r HTTP/1.1\r\nHost: x\r\n\r\n")
        let connection = try await server.accept()
        let id = packetID(try #require(await connection.receive(until: "}")))
        let stopping = Task { await gateway.stop() }
        await idle.receiveEnd()
        await #expect(throws: (any Error).self) { _ = try await gateway.connect() }
        try await connection.send(value("\"done\"", id))
        let response = ParsedResponse.parse(await busy.receiveAll())
        #expect(response.map(\.body) == ["\"done\""] && response.first?.fields["connection"] == "close")
        await stopping.value
    }

    @Test func `shutdown waits for a body that is on its way and drops a head that is not whole`() async throws {
        let server = try await ScriptedServer()
        _ = answering(server) { _, id in value("1", id) }
        let gateway = try await TestGateway(routes: standardRoutes, servicePorts: [server.port])
        let partial = try await gateway.connect()
        try await partial.send("GET /r HT")
        let body = try await gateway.connect()
        try await body.send("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(await body.receive(until: "\r\n\r\n")?.hasPrefix("HTTP/1.1 100") == true)
        let stopping = Task { await gateway.stop() }
        await partial.receiveEnd()
        try await body.send("[1,2]")
        let response = ParsedResponse.parse(await body.receiveAll())
        #expect(response.map(\.status) == [200] && response.first?.fields["connection"] == "close")
        await stopping.value
    }
}
