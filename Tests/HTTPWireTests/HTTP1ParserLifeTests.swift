import HTTPWire
import Testing

/// What a driver relies on between requests, around limits of its own, and after an error.
@Suite struct HTTP1ParserLifeTests {
    private func parseHead(_ parser: inout HTTP1RequestParser, _ text: String) throws(HTTPWireError) -> Int? {
        try Array(text.utf8).withParserBytes { bytes throws(HTTPWireError) in try parser.parseHead(bytes) }
    }

    private func parseBody(
        _ parser: inout HTTP1RequestParser, _ text: String
    ) throws(HTTPWireError) -> HTTP1RequestParser.BodyStep {
        try Array(text.utf8).withParserBytes { bytes throws(HTTPWireError) in try parser.parseBody(bytes) }
    }

    @Test(arguments: RequestFixture.load("refused.txt") + RequestFixture.load("bodies.txt"))
    func `a failed parser stays failed`(_ fixture: RequestFixture) throws {
        guard fixture.expected.last?.hasPrefix("error") == true else { return }
        var trace = RequestTrace(limits: fixture.limits)
        trace.feed(fixture.bytes[...])
        let thrown = trace.error
        let error = try #require(thrown)
        for bytes in [[], fixture.bytes, Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)] {
            #expect(trace.retry(bytes) == [error, error, error, error])
        }
    }

    @Test func `a route may allow less or more than the default body`() throws {
        var parser = HTTP1RequestParser()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n"
        #expect(try parseHead(&parser, head) == head.utf8.count)
        try parser.setBodyLimit(2_000_000)
        #expect(try parseBody(&parser, "ab") == .data(0..<2, consumed: 2))

        parser = HTTP1RequestParser()
        #expect(try parseHead(&parser, head) == head.utf8.count)
        #expect(throws: HTTPWireError.bodyTooLarge) { try parser.setBodyLimit(1_999_999) }
        #expect(throws: HTTPWireError.bodyTooLarge) { try self.parseBody(&parser, "ab") }
        #expect(parser.hasFailed == true)

        parser = HTTP1RequestParser()
        #expect(try parseHead(&parser, head) == head.utf8.count)
        #expect(throws: HTTPWireError.bodyTooLarge) { try parser.checkAnnouncedLength() }
        #expect(throws: HTTPWireError.bodyTooLarge) { try self.parseHead(&parser, head) }
    }

    @Test func `a route's body limit holds for chunks, and for its request only`() throws {
        var parser = HTTP1RequestParser()
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        _ = try parseHead(&parser, head)
        try parser.setBodyLimit(3)
        #expect(try parseBody(&parser, "3\r\nabc\r\n0\r\n\r\nX") == .data(3..<6, consumed: 6))
        #expect(try parseBody(&parser, "\r\n0\r\n\r\nX") == .end(consumed: 7))
        parser.reset()
        _ = try parseHead(&parser, head)
        #expect(try parseBody(&parser, "4\r\nabcd") == .data(3..<7, consumed: 7))
        #expect(try parseBody(&parser, "\r\n0\r\n\r\n") == .end(consumed: 7))
        parser.reset()
        _ = try parseHead(&parser, head)
        try parser.setBodyLimit(3)
        #expect(throws: HTTPWireError.bodyTooLarge) { try self.parseBody(&parser, "4\r\n") }
    }

    @Test func `a body of known length is handed out as it comes`() throws {
        var parser = HTTP1RequestParser()
        _ = try parseHead(&parser, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        #expect(parser.isComplete == false)
        #expect(try parseBody(&parser, "") == .needMore(consumed: 0))
        #expect(try parseBody(&parser, "ab") == .data(0..<2, consumed: 2))
        #expect(try parseBody(&parser, "cdeGET") == .data(0..<3, consumed: 3))
        #expect(try parseBody(&parser, "GET") == .end(consumed: 0))
        #expect(parser.isComplete == true)
        #expect(try parseBody(&parser, "GET") == .end(consumed: 0))
    }

    @Test func `a request without a body is complete with its head`() throws {
        for fields in ["", "Content-Length: 0\r\n"] {
            var parser = HTTP1RequestParser()
            _ = try parseHead(&parser, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
            #expect(parser.isComplete == true)
            try parser.setBodyLimit(0)
            #expect(try parseBody(&parser, "GET") == .end(consumed: 0))
            parser.reset()
            #expect(parser.isIdle == true)
            #expect(parser.isComplete == false)
        }
    }

    @Test func `a parser is idle until the first byte of a request`() throws {
        var parser = HTTP1RequestParser()
        #expect(parser.isIdle == true)
        #expect(try parseHead(&parser, "") == nil)
        #expect(try parseHead(&parser, "\r") == nil)
        #expect(try parseHead(&parser, "\r\n") == nil)
        #expect(parser.isIdle == true)
        #expect(try parseHead(&parser, "\r\nG") == nil)
        #expect(parser.isIdle == false)
    }

    @Test func `an idle parser is small, and can be smaller`() throws {
        #expect(MemoryLayout<HTTP1RequestParser>.size <= 256)
        var parser = HTTP1RequestParser()
        #expect(parser.head.fields.capacity == 0)
        let head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        _ = try parseHead(&parser, head)
        parser.reset()
        let kept = parser.head.fields.capacity
        #expect(kept > 0 && kept * MemoryLayout<HTTPFieldRange>.stride < 256)
        parser.releaseStorage()
        #expect(parser.head.fields.capacity == 0)
        _ = try parseHead(&parser, head)
        #expect(parser.head.fields.count == 1)
        parser.releaseStorage()
        #expect(parser.head.fields.count == 1, "nothing is released in the midst of a request")
    }

    @Test func `one large head does not stay in memory`() throws {
        var parser = HTTP1RequestParser()
        let fields = String(repeating: "x: y\r\n", count: 99)
        _ = try parseHead(&parser, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        #expect(parser.head.fields.count == 100)
        parser.reset()
        #expect(parser.head.fields.capacity <= 48)
    }

    @Test func `absurd limits are clamped, and then hold`() throws {
        var limits = HTTPLimits.defaults
        limits.maxRequestLineBytes = .max
        limits.maxHeaderBytes = .max
        limits.maxHeaderCount = .max
        limits.maxBodyBytes = .max
        limits.maxChunkLineBytes = .max
        limits.maxTrailerBytes = .max
        limits.maxChunkOverheadBytes = .max
        let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n7fffffffffffffff\r\n"
        #expect(RequestTrace.run(Array(text.utf8), limits: limits).last == "error body_too_large")
        let half = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nx"
        #expect(RequestTrace.run(Array(half.utf8), limits: limits).last == "more")
        limits = .defaults
        limits.maxRequestLineBytes = -1
        limits.maxBodyBytes = -1
        #expect(RequestTrace.run(Array("GET".utf8), limits: limits).last == "error request_line_too_long")
    }
}
