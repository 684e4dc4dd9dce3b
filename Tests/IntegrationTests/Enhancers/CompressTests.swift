import TestSupport
import Testing

/// Bodies made smaller for clients that take it; curl makes them large again.
@Suite struct CompressTests {
    private static let long = "{\"text\":\"\(String(repeating: "Grüße, 世界! ", count: 2000))\"}"

    private func gateway(
        _ options: String = "", more: String = "", answer: String = long
    ) async throws -> BuiltInGateway {
        try await BuiltInGateway(
            """
            \(standardRoutes)
              - { id: own, match: GET /own, send: { service: s, pattern: a }, response: { headers: { content-encoding: identity } } }
            """, use: "interceptors: [{ Compress: { \(options) } }\(more)]",
            answer: { packet, id in
                packet.contains("\"many\"")
                    ? Packet.part(answer, to: packet) + Packet.answer(answer, to: packet)
                    : packet.contains("\"none\"")
                        ? frame("{\"isDisposed\":true,\"id\":\"\(id)\"}")
                        : packet.contains("\"bad\"")
                            ? frame(
                                "{\"err\":{\"status\":404,\"message\":\"\(String(repeating: "x", count: 3000))\"},\"isDisposed\":true,\"id\":\"\(id)\"}"
                            )
                            : value(answer, id)
            })
    }

    @Test(arguments: [
        ("gzip", "--http1.1"), ("br", "--http1.1"), ("gzip", "--http2-prior-knowledge"),
        ("br", "--http2-prior-knowledge"),
    ])
    func `a client gets the same as without`(encoding: String, version: String) async throws {
        for level in [1, 9] {
            let gateway = try await gateway("level: \(level)")
            let url = "http://127.0.0.1:\(gateway.gateway.port)/get/1"
            let result = try await Command.run(
                "curl", ["-s", "-S", "-i", version, "--compressed", "-H", "accept-encoding: \(encoding)", url])
            #expect(result.status == 0, "\(result.errors)")
            let parts = result.output.split(separator: "\r\n\r\n", maxSplits: 1)
            #expect(parts.count == 2 && parts[1] == Self.long)
            #expect(parts[0].contains("content-encoding: \(encoding)"))
            let length = parts[0].split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            let count = try #require(length.flatMap { Int($0.dropFirst(16)) })
            #expect(count < Self.long.utf8.count / 20)
            await gateway.stop()
        }
    }

    @Test func `what a client takes counts, and of that our order`() async throws {
        let gateway = try await gateway()
        for (accept, encoding) in [
            ("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"), ("gzip, deflate, br", "br"), ("br;q=0, gzip", "gzip"),
            ("*", "br"), ("*;q=0", nil), ("gzip;q=0", nil), ("*;q=0, gzip", "gzip"), ("gzip, *;q=0", "gzip"),
            ("br;q=0, *", "gzip"),
            ("identity", nil), ("identity;q=0, *;q=0", nil), ("gzip;q=0.000", nil), ("gzip;q=0.001", "gzip"),
            ("gzip ; Q=0", nil),
            ("x-gzip", "gzip"), ("GZIP", "gzip"), ("deflate", nil), ("", nil), ("gzipped", nil), ("gzip;q=1.0", "gzip"),
            (" ,, gzip", "gzip"), ("gzip\r\naccept-encoding: br", "br"), ("zstd, compress", nil),
        ] {
            let answer = try await gateway.ask("GET /get/1", "accept-encoding: \(accept)")
            #expect(answer.status == 200)
            #expect(answer["content-encoding"] == encoding, "\(accept)")
            #expect(answer["vary"] == "accept-encoding")
            if encoding == nil { #expect(answer.body == Self.long) }
        }
        #expect(try await gateway.ask("GET /get/1")["content-encoding"] == nil)
        await gateway.stop()
        let other = try await self.gateway("encodings: [gzip, br]")
        #expect(try await other.ask("GET /get/1", "accept-encoding: br, gzip")["content-encoding"] == "gzip")
        await other.stop()
        let single = try await self.gateway("encodings: gzip")
        #expect(try await single.ask("GET /get/1", "accept-encoding: br")["content-encoding"] == nil)
        await single.stop()
    }

    @Test(arguments: [("1KiB", 1023, false), ("1KiB", 1024, true), ("0B", 1000, true)])
    func `small bodies are left alone`(least: String, count: Int, isCompressed: Bool) async throws {
        let body = "\"" + String(repeating: "a", count: count - 2) + "\""
        let gateway = try await gateway("minSize: \(least)", answer: body)
        let answer = try await gateway.ask("GET /get/1", "accept-encoding: gzip")
        #expect(answer["content-encoding"] == (isCompressed ? "gzip" : nil))
        #expect(answer["vary"] == (isCompressed ? "accept-encoding" : nil))
        await gateway.stop()
    }

    @Test(arguments: ["1", "null", "\"abc\""])
    func `what would not become smaller stays as it is`(body: String) async throws {
        let gateway = try await gateway("minSize: 0B", answer: body)
        for encoding in ["gzip", "br"] {
            let answer = try await gateway.ask("GET /get/1", "accept-encoding: \(encoding)")
            #expect(answer["content-encoding"] == nil)
            #expect(answer["content-length"] == "\(body.utf8.count)")
            #expect(answer.body == body)
            #expect(answer["vary"] == "accept-encoding")
        }
        await gateway.stop()
    }

    @Test func `HEAD says what GET would`() async throws {
        let gateway = try await gateway()
        let get = try await gateway.ask("GET /get/1", "accept-encoding: gzip")
        let head = try await gateway.ask("HEAD /get/1", "accept-encoding: gzip")
        #expect(head["content-encoding"] == "gzip")
        #expect(head["content-length"] == get["content-length"])
        #expect(head.body.isEmpty)
        await gateway.stop()
    }

    @Test func `streams, errors, empty answers and what is encoded already are left alone`() async throws {
        let gateway = try await gateway("minSize: 0B")
        for (path, status) in [("/get/many", 200), ("/get/none", 204), ("/get/bad", 404), ("/own", 200)] {
            let answer = try await gateway.ask("GET \(path)", "accept-encoding: gzip", "accept: application/x-ndjson")
            #expect(answer.status == status)
            #expect(answer["content-encoding"] == (path == "/own" ? "identity" : nil), "\(path)")
        }
        // The last of several values is a plain answer.
        #expect(try await gateway.ask("GET /get/many", "accept-encoding: gzip")["content-encoding"] == "gzip")
        #expect(try await gateway.post("/event", "{}", "accept-encoding: gzip")["content-encoding"] == nil)
        await gateway.stop()
    }

    @Test func `an answer has one name in every form`() async throws {
        let gateway = try await gateway(more: ", { Cache: { ttl: 1h } }")
        let plain = try await gateway.ask("GET /get/1")
        let small = try await gateway.ask("GET /get/1", "accept-encoding: gzip")
        #expect(small["content-encoding"] == "gzip")
        #expect(small["etag"] == plain["etag"])
        #expect(plain["etag"]?.hasPrefix("W/") == true)
        #expect(gateway.packets.count == 1)
        await gateway.stop()
    }
}
