import HTTPWire
import Testing

@Suite struct HTTP1RequestHeadTests {
    private func trace(_ text: String) -> String {
        RequestTrace.run(Array(text.utf8), showsFields: true).first ?? ""
    }

    @Test(arguments: [
        ("/", "path=/ query=-"), ("/?", "path=/ query="), ("/a?b=c&d", "path=/a query=b=c&d"),
        ("/a?b?c", "path=/a query=b?c"), ("/a%2Fb", "path=/a%2Fb query=-"), ("//a", "path=//a query=-"),
        ("http://b", "path=/ query=-"), ("http://b/", "path=/ query=-"), ("https://b?x=/y", "path=/ query=x=/y"),
        ("HTTP://b:80/p/q?r", "path=/p/q query=r"), ("http://b/?", "path=/ query="),
    ])
    func `a target is cut into path and query`(_ target: String, _ expected: String) {
        #expect(trace("GET \(target) HTTP/1.1\r\nHost: b\r\n\r\n").contains(" \(expected) type="))
    }

    @Test func `the asterisk and authority forms have no path`() {
        #expect(trace("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n").contains(" path= query=- "))
        #expect(trace("CONNECT b:1 HTTP/1.1\r\nHost: b\r\n\r\n").contains(" path= query=- "))
    }

    @Test func `fields keep their order, their case and their inner white space`() {
        let text =
            "\r\nPOST /p HTTP/1.1\r\nHost: b\r\ncontent-TYPE:a/b;c=d\r\nAccept: x\r\nX-A:\t 1  2 \r\nx-a:\r\naccept: y\r\n\r\n"
        #expect(
            trace(text)
                == "head POST /p 1.1 authority=b none keep path=/p query=- type=a/b;c=d accept=x"
                + " [Host: b] [content-TYPE: a/b;c=d] [Accept: x] [X-A: 1  2] [x-a: ] [accept: y]")
    }

    @Test func `fields are found by name, whatever the case`() throws {
        let text = "GET / HTTP/1.1\r\nHost: b\r\nX-Key: one\r\nx-Kez: no\r\nx-KEY: two\r\n\r\n"
        var parser = HTTP1RequestParser()
        try Array(text.utf8).withParserBytes { bytes throws(HTTPWireError) in
            #expect(try parser.parseHead(bytes) == text.utf8.count)
            func string(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }
            let literal: StaticString = "x-key"
            #expect(string(parser.head.value(of: literal, in: bytes)) == "one")
            #expect(string(parser.head.value(of: "x-key" as String, in: bytes)) == "one")
            #expect(parser.head.value(of: "x-ke" as String, in: bytes) == nil)
            #expect(parser.head.value(of: "" as String, in: bytes) == nil)
            var all: [String?] = []
            parser.head.forEachValue(of: "x-key", in: bytes) { all.append(string($0)) }
            #expect(all == ["one", "two"])
        }
    }

    @Test func `what one request said is forgotten by the next`() throws {
        let first =
            "POST http://c/a?b HTTP/1.0\r\nHost: b\r\nContent-Type: x/y\r\nAccept: z\r\nConnection: close\r\n"
            + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"
        let second = "GET /n HTTP/1.0\r\n\r\n"
        let lines = RequestTrace.run(Array((first + second).utf8), showsFields: true)
        #expect(lines.count == 5)
        #expect(lines[2] == "head GET /n 1.0 authority=- none close path=/n query=- type=- accept=-")
    }

    @Test func `an answer's connection follows from the request`() throws {
        func connection(_ fields: String, version: String = "1.1", closing: Bool = false) throws
            -> HTTP1ResponseHead.Connection
        {
            var parser = HTTP1RequestParser()
            let text = "GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
            _ = try Array(text.utf8).withParserBytes { bytes throws(HTTPWireError) in try parser.parseHead(bytes) }
            return .init(answering: parser.head, closing: closing)
        }
        #expect(try connection("") == .persistent)
        #expect(try connection("", closing: true) == .close)
        #expect(try connection("Connection: close\r\n") == .close)
        #expect(try connection("", version: "1.0") == .close)
        #expect(try connection("Connection: keep-alive\r\n", version: "1.0") == .keepAlive)
        #expect(try connection("Connection: keep-alive\r\n", version: "1.0", closing: true) == .close)
    }
}
