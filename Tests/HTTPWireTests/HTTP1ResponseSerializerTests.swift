import HTTPWire
import NIOCore
import Testing

@Suite struct HTTP1ResponseSerializerTests {
    private let date = HTTPDate(epochSeconds: 784_111_777)
    private let dateLine = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    private func write(_ head: HTTP1ResponseHead, requestID: String? = nil) -> String {
        var out = ByteBuffer()
        if var requestID {
            requestID.withUTF8 {
                HTTP1ResponseSerializer.writeHead(head, date: date, requestID: UnsafeRawBufferPointer($0), into: &out)
            }
        } else {
            HTTP1ResponseSerializer.writeHead(head, date: date, into: &out)
        }
        return String(buffer: out)
    }

    @Test func `a head says status, type, length and date`() {
        #expect(
            write(.init(status: 201, contentType: .problemJSON, framing: .length(1_234_567_890)))
                == "HTTP/1.1 201 Created\r\ncontent-type: application/problem+json\r\n"
                + "content-length: 1234567890\r\n\(dateLine)\r\n")
    }

    @Test(arguments: [0, 1, 9, 10, 99, 12345, 1_048_576, Int.max])
    func `the precomputed head is the general one`(_ length: Int) {
        for id in [nil, "0123456789abcdef", "x", "bad\r\nid: 1", "", "caf\u{e9}"] as [String?] {
            for closes in [false, true] {
                var out = ByteBuffer(string: "before|")
                if var id {
                    id.withUTF8 {
                        HTTP1ResponseSerializer.writeJSONHead(
                            contentLength: length, date: date, requestID: UnsafeRawBufferPointer($0), closes: closes,
                            into: &out)
                    }
                } else {
                    HTTP1ResponseSerializer.writeJSONHead(
                        contentLength: length, date: date, closes: closes, into: &out)
                }
                let head = HTTP1ResponseHead(
                    status: 200, contentType: .json, framing: .length(length),
                    connection: closes ? .close : .persistent)
                let general = write(head, requestID: id)
                #expect(String(buffer: out) == "before|" + general)
                #expect(general.contains("content-length: \(length)\r\n"))
            }
        }
    }

    @Test func `a request id is written only if it is visible ASCII`() {
        let head = HTTP1ResponseHead(status: 200)
        #expect(write(head, requestID: "a-1/~").contains("\r\nx-request-id: a-1/~\r\n"))
        for id in ["", "a b", "a\r\nx: y", "a\u{0}", "caf\u{e9}", "12345678\n", "\u{7f}"] {
            #expect(!write(head, requestID: id).contains("x-request-id"))
        }
    }

    @Test func `the connection is named only where it must be`() {
        #expect(!write(.init(status: 200)).contains("connection"))
        #expect(write(.init(status: 200, connection: .close)).contains("\r\nconnection: close\r\n"))
        #expect(write(.init(status: 200, connection: .keepAlive)).contains("\r\nconnection: keep-alive\r\n"))
        for connection in [HTTP1ResponseHead.Connection.persistent, .keepAlive, .close] {
            let text = write(.init(status: 200, framing: .untilClose, connection: connection))
            #expect(text.contains("\r\nconnection: close\r\n") && !text.contains("keep-alive"))
            #expect(!text.contains("content-length") && !text.contains("transfer-encoding"))
        }
    }

    @Test func `204 and 304 have no framing`() {
        for framing in [HTTP1ResponseHead.Framing.length(0), .chunked] {
            #expect(
                write(.init(status: 204, contentType: .json, framing: framing))
                    == "HTTP/1.1 204 No Content\r\n\(dateLine)\r\n")
            #expect(
                write(.init(status: 304, contentType: .json, framing: framing))
                    == "HTTP/1.1 304 Not Modified\r\ncontent-type: application/json\r\n\(dateLine)\r\n")
        }
        #expect(write(.init(status: 205)).contains("content-length: 0\r\n"))
    }

    @Test func `bodies are left out where the client expects none`() {
        for method in HTTPMethod.allCases {
            #expect(HTTPStatus.hasBody(200, method: method) == (method != .head))
            for status in [100, 204, 304] { #expect(!HTTPStatus.hasBody(status, method: method)) }
        }
    }

    @Test func `an impossible status becomes 500, an unregistered one has no phrase`() {
        for status in [-1, 0, 99, 100, 199, 600, 1000] {
            #expect(write(.init(status: status)).hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
        }
        #expect(write(.init(status: 299)).hasPrefix("HTTP/1.1 299 \r\ncontent-length: 0\r\n"))
        for status in 200...599 { #expect(write(.init(status: status)).hasPrefix("HTTP/1.1 \(status) ")) }
    }

    @Test func `extra fields are written in order, in lower case, however large`() throws {
        let long = String(repeating: "v", count: 5000)
        let fields = try [
            HTTPField(name: "Location", value: "/users/1"), HTTPField(name: "x-long", value: long),
            HTTPField(name: "Set-Cookie", value: "a=1"), HTTPField(name: "set-cookie", value: ""),
        ]
        #expect(
            write(.init(status: 302, fields: fields), requestID: "id")
                == "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\(dateLine)x-request-id: id\r\n"
                + "location: /users/1\r\nx-long: \(long)\r\nset-cookie: a=1\r\nset-cookie: \r\n\r\n")
    }

    @Test(arguments: [
        ("a", "b\r\nc: d"), ("a", "b\nc"), ("a", "b\rc"), ("a", "b\u{0}"), ("a", " b"), ("a", "b "), ("a", "b\u{7f}"),
        ("a b", "c"), ("a:", "c"), ("", "c"), ("a\r\nb", "c"), ("é", "c"), ("Content-Length", "1"),
        ("transfer-encoding", "chunked"), ("Connection", "close"), ("DATE", "x"), ("Upgrade", "h2c"),
        ("keep-alive", "x"),
        ("trailer", "x"), ("te", "x"), ("Proxy-Connection", "x"),
    ])
    func `a field that could change the message cannot be made`(_ name: String, _ value: String) {
        #expect(throws: HTTPWireError.invalidResponseField) { try HTTPField(name: name, value: value) }
    }

    @Test func `a content type cannot bring in other fields`() throws {
        #expect(throws: HTTPWireError.invalidResponseField) { try HTTPContentType("a/b\r\nx: y") }
        #expect(throws: HTTPWireError.invalidResponseField) { try HTTPContentType("") }
        #expect(
            write(.init(status: 200, contentType: try HTTPContentType("image/png"))).contains(
                "\r\ncontent-type: image/png\r\n"))
    }

    @Test func `a content type among the fields is the only one`() throws {
        let field = try HTTPField(name: "Content-Type", value: "image/png")
        #expect(
            write(.init(status: 200, contentType: .json, fields: [field]))
                == "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\(dateLine)content-type: image/png\r\n\r\n")
    }

    @Test(arguments: [1, 9, 10, 15, 16, 255, 256, 4095, 65536])
    func `chunks carry their size in hexadecimal`(_ count: Int) {
        var out = ByteBuffer()
        [UInt8](repeating: 0x78, count: count).withUnsafeBytes { HTTP1ResponseSerializer.writeChunk($0, into: &out) }
        #expect(String(buffer: out) == "\(String(count, radix: 16))\r\n\(String(repeating: "x", count: count))\r\n")
    }

    @Test func `only the last chunk is empty`() {
        var out = ByteBuffer()
        [].withUnsafeBytes { HTTP1ResponseSerializer.writeChunk($0, into: &out) }
        #expect(out.readableBytes == 0)
        HTTP1ResponseSerializer.writeChunkStart(byteCount: .max, into: &out)
        HTTP1ResponseSerializer.writeChunkEnd(into: &out)
        HTTP1ResponseSerializer.writeLastChunk(into: &out)
        #expect(String(buffer: out) == "7fffffffffffffff\r\n\r\n0\r\n\r\n")
    }

    @Test func `chunks that we write, the parser reads`() {
        var out = ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for count in [1, 15, 16, 300] {
            [UInt8](repeating: 0x78, count: count).withUnsafeBytes {
                HTTP1ResponseSerializer.writeChunk($0, into: &out)
            }
        }
        HTTP1ResponseSerializer.writeLastChunk(into: &out)
        let lines = RequestTrace.run(Array(out.readableBytesView))
        #expect(lines.dropFirst() == ["body \"\(String(repeating: "x", count: 332))\"", "end", "idle"])
    }

    @Test func `streams and the interim answer`() {
        #expect(
            write(.init(status: 200, contentType: .eventStream, framing: .chunked))
                == "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\(dateLine)\r\n"
        )
        var out = ByteBuffer()
        HTTP1ResponseSerializer.writeContinue(into: &out)
        #expect(String(buffer: out) == "HTTP/1.1 100 Continue\r\n\r\n")
    }
}
