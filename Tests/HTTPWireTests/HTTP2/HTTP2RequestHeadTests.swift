import HTTPWire
import Testing

@Suite struct HTTP2RequestHeadTests {
    private static let get = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b=1"), (":authority", "h:1")]

    private func head(_ fields: [(String, String)], limits: HTTPLimits = .defaults) -> HTTP2RequestHead {
        let head = HTTP2RequestHead()
        for (name, value) in fields {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { head.append(name: name, value: $0, limits: limits) }
            }
        }
        head.finish()
        return head
    }

    private func text(_ bytes: UnsafeRawBufferPointer?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func `a head is taken apart`() {
        let head = head(Self.get + [("content-type", "a/b"), ("content-length", "12"), ("x", "1"), ("x", "2")])
        #expect(!head.isMalformed && head.fault == nil)
        #expect(head.method == .get)
        #expect(text(head.path) == "/a")
        #expect(text(head.query) == "b=1")
        #expect(text(head.authority) == "h:1")
        #expect(text(head.contentType) == "a/b")
        #expect(head.contentLength == 12)
        #expect(text(head.value(of: "x")) == "1")
        var all: [String?] = []
        head.forEachValue(of: "x") { all.append(text($0)) }
        #expect(all == ["1", "2"])
        #expect(head.value(of: "y") == nil)
    }

    @Test func `it can be used again`() {
        let head = head(Self.get + [("x", String(repeating: "v", count: 9000))])
        head.reset()
        for (name, value) in Self.get {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { head.append(name: name, value: $0, limits: .defaults) }
            }
        }
        head.finish()
        #expect(head.fields.isEmpty)
        #expect(text(head.path) == "/a")
        #expect(!head.isMalformed && head.fault == nil)
    }

    @Test(arguments: [
        [(":method", "GET"), (":scheme", "https"), (":authority", "h")],
        [(":method", "GET"), (":path", "/"), (":authority", "h")],
        [(":scheme", "https"), (":path", "/"), (":authority", "h")],
        get + [(":path", "/")], get + [(":status", "200")], get + [(":protocol", "websocket")],
        get + [("x", "1"), (":method", "GET")], get + [("X", "1")], get + [("x y", "1")], get + [("", "1")],
        get + [("x", " 1")], get + [("x", "1\t")], get + [("x", "a\r\nb")], get + [("x", "a\0b")],
        get + [("x", "\u{7F}")],
        get + [("connection", "close")], get + [("keep-alive", "1")], get + [("proxy-connection", "x")],
        get + [("transfer-encoding", "chunked")], get + [("upgrade", "h2c")], get + [("te", "gzip")],
        get + [("content-length", "+1")], get + [("content-length", "1"), ("content-length", "1")],
        [(":method", "GET"), (":scheme", "https"), (":path", ""), (":authority", "h")],
        [(":method", "GET"), (":scheme", "https"), (":path", "a"), (":authority", "h")],
        [(":method", "G T"), (":scheme", "https"), (":path", "/"), (":authority", "h")],
        [(":method", "CONNECT"), (":scheme", "https"), (":path", "/"), (":authority", "h:1")],
    ])
    func `what HTTP 2 calls malformed`(fields: [(String, String)]) {
        #expect(head(fields).isMalformed)
    }

    @Test(
        arguments: [
            (get + [("te", "trailers")], nil), (get + [("host", "h:1")], nil), (get + [("host", "H:1")], nil),
            (get + [("host", "other")], .conflictingHost), (get + [("host", "h:1"), ("host", "h:1")], .repeatedHost),
            (Array(get.dropLast()) + [("host", "h")], nil), (Array(get.dropLast()), .missingHost),
            (Array(get.dropLast()) + [(":authority", "a@b")], .malformedHost),
            (Array(get.dropLast()) + [(":authority", "")], .missingHost),
            (get + [("expect", "100-continue")], nil), (get + [("expect", "x")], .expectationFailed),
            (get + [("content-type", "a/b"), ("content-type", "c/d")], .repeatedContentType),
            (
                [(":method", "GET"), (":scheme", "https"), (":path", "/a#b"), (":authority", "h")],
                .malformedTarget
            ),
            ([(":method", "GET"), (":scheme", "https"), (":path", "/\\a"), (":authority", "h")], .malformedTarget),
            ([(":method", "GET"), (":scheme", "https"), (":path", "/?\\a"), (":authority", "h")], nil),
            ([(":method", "GET"), (":scheme", "https"), (":path", "*"), (":authority", "h")], .malformedTarget),
            ([(":method", "OPTIONS"), (":scheme", "https"), (":path", "*"), (":authority", "h")], nil),
            ([(":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "h")], .malformedTarget),
            ([(":method", "CONNECT"), (":authority", "h:1")], nil),
            ([(":method", "CONNECT"), (":authority", "h")], .malformedHost),
        ] as [([(String, String)], HTTPWireError?)])
    func `what HTTP 1 refuses too has the same name`(fields: [(String, String)], fault: HTTPWireError?) {
        let head = head(fields)
        #expect(!head.isMalformed)
        #expect(head.fault == fault)
    }

    @Test func `limits are those of HTTP 1`() {
        var limits = HTTPLimits()
        limits.maxRequestLineBytes = 10
        limits.maxHeaderBytes = 20
        limits.maxHeaderCount = 2
        #expect(head(Self.get, limits: limits).fault == nil)
        #expect(
            head(Self.get.map { ($0.0, $0.0 == ":path" ? "/1234567890" : $0.1) }, limits: limits).fault
                == .requestLineTooLong)
        #expect(head(Self.get + [("name", "0123456789abc")], limits: limits).fault == .headersTooLarge)
        #expect(head(Self.get + [("a", "1"), ("b", "2"), ("c", "3")], limits: limits).fault == .tooManyFields)
    }

    @Test func `the host is there whichever way it came`() {
        let authority = head(Self.get)
        let field = head(Self.get + [("host", "H:1")])
        #expect(text(authority.value(of: "host")) == "h:1")
        #expect(text(field.value(of: "host")) == "H:1")
        var all: [String?] = []
        authority.forEachValue(of: "host") { all.append(text($0)) }
        #expect(all == ["h:1"])
    }

    @Test func `cookies in pieces count as one field`() {
        var limits = HTTPLimits.defaults
        limits.maxHeaderCount = 3
        let crumbs = (0..<10).map { ("cookie", "c=\($0)") }
        #expect(head(Self.get + crumbs + [("a", "1"), ("b", "2")], limits: limits).fault == nil)
        #expect(head(Self.get + crumbs + [("a", "1"), ("b", "2"), ("c", "3")], limits: limits).fault == .tooManyFields)
    }

    @Test func `cookies in pieces are one`() {
        let head = head(Self.get + [("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("cookie", "c=3")])
        #expect(text(head.value(of: "cookie")) == "a=1; b=2; c=3")
        #expect(head.fields.count == 2)
    }
}
