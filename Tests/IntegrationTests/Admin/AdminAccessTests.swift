import Foundation
import NIOCore
import NetworkIO
import Routing
import Testing

@testable import MartletGateway

/// Who may use the admin listener.
@Suite struct AdminAccessTests {
    private let open = AdminAccess(tokens: nil, host: "127.0.0.1")

    private func refusal(_ access: AdminAccess? = nil, _ change: (inout AdminRequest) -> Void) -> Int? {
        var request = AdminRequest("POST", "/reload")
        change(&request)
        return (access ?? open).refusal(request, isOpen: false)?.status
    }

    // MARK: Without a token

    @Test(arguments: [
        "localhost", "LOCALHOST:9901", "127.0.0.1", "127.0.0.1:9901", "127.0.0.1:8001", "[::1]", "[::1]:9901",
        "10.0.0.1:1", "",
    ])
    func `a host that cannot have been made to lie may`(host: String) {
        #expect(refusal { $0.host = host } == nil)
    }

    @Test(arguments: [
        "evil.example", "evil.example:9901", "127.0.0.1.evil.example:9901", "localhost.evil.example", "1", "[evil",
    ])
    func `a name that was made to resolve to this machine may not`(host: String) {
        #expect(refusal { $0.host = host } == 403)
        #expect(open.refusal(AdminRequest("GET", "/status").at(host), isOpen: false)?.code == "host_not_allowed")
        // Not even what needs no token.
        #expect(open.refusal(AdminRequest("GET", "/livez").at(host), isOpen: true)?.status == 403)
    }

    @Test func `the configured host may`() {
        let access = AdminAccess(tokens: nil, host: "Admin.internal")
        #expect(refusal(access) { $0.host = "admin.INTERNAL:9901" } == nil)
    }

    @Test func `a page of another site may not`() {
        #expect(refusal { $0.fields["origin"] = "http://evil.example" } == 403)
        #expect(refusal { $0.fields["origin"] = "null" } == 403)
        #expect(refusal { $0.fields["origin"] = "https://127.0.0.1:9901" } == 403)
        #expect(refusal { $0.fields["origin"] = "http://127.0.0.1:3000" } == 403)
        #expect(refusal { $0.fields["sec-fetch-site"] = "cross-site" } == 403)
        #expect(refusal { $0.fields["sec-fetch-site"] = "same-site" } == 403)
        #expect(refusal { $0.fields = ["sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"] } == 403)
    }

    @Test func `the page itself, and whoever is no browser, may`() {
        #expect(refusal { $0.fields = ["origin": "http://127.0.0.1:9901", "sec-fetch-site": "same-origin"] } == nil)
        #expect(refusal { $0.fields["sec-fetch-site"] = "none" } == nil)
        #expect(refusal { _ in } == nil)
    }

    @Test func `a link from another site to the page may be followed`() {
        let link = AdminRequest("GET", "/", fields: ["sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"])
        #expect(open.refusal(link, isOpen: true) == nil)
        let read = AdminRequest(
            "GET", "/status", fields: ["sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"])
        #expect(open.refusal(read, isOpen: false)?.code == "cross_site")
    }

    // MARK: With a token

    private static let secret = "correct-horse-battery-staple"

    private func guarded() throws -> AdminAccess {
        AdminAccess(tokens: try AdminTokens(.sha256([SHA256Digest.of(Array(Self.secret.utf8))])), host: "0.0.0.0")
    }

    @Test func `the token is all that counts, whatever the host`() throws {
        let access = try guarded()
        #expect(refusal(access) { $0.fields["authorization"] = "Bearer \(Self.secret)" } == nil)
        #expect(refusal(access) { $0.fields["authorization"] = "bearer  \(Self.secret)" } == nil)
        #expect(
            refusal(access) {
                $0.host = "gateway.internal"
                $0.fields["authorization"] = "Bearer \(Self.secret)"
            } == nil)
    }

    @Test(arguments: [
        nil, "", "Bearer", "Bearer ", "Bearer wrong", "Basic correct-horse-battery-staple",
        "correct-horse-battery-staple",
        "Bearer correct-horse-battery-stapl", "Bearer correct-horse-battery-staplee",
        "Bearer correct-horse-battery-staple, Bearer x",
    ])
    func `without it nothing is told`(authorization: String?) throws {
        let access = try guarded()
        var request = AdminRequest("GET", "/status")
        request.fields["authorization"] = authorization
        let refusal = try #require(access.refusal(request, isOpen: false))
        #expect(refusal.status == 401)
        #expect(refusal.field("www-authenticate") == "Bearer realm=\"martlet admin\"")
        #expect(!refusal.text.contains("staple"))
    }

    @Test func `probes and the page need none`() throws {
        #expect(try guarded().refusal(AdminRequest("GET", "/livez").at("10.1.2.3:9901"), isOpen: true) == nil)
    }

    @Test func `a file of tokens is read again when it changes`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("admin-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("first-token-first-token\n\n  second-token-second  \r\n".utf8).write(to: URL(fileURLWithPath: path))
        let tokens = try AdminTokens(.file(path))
        #expect(tokens.accept("first-token-first-token"))
        #expect(tokens.accept("second-token-second"))
        #expect(!tokens.accept(""))
        #expect(!tokens.accept(nil))
        try Data("third-token-third-token-third".utf8).write(to: URL(fileURLWithPath: path))
        #expect(tokens.accept("third-token-third-token-third"))
        #expect(!tokens.accept("first-token-first-token"))
        try FileManager.default.removeItem(atPath: path)
        #expect(!tokens.accept("third-token-third-token-third"))
    }

    @Test func `a file without a token that is worth it is refused`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("admin-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: AdminTokenError.self) { try AdminTokens(.file(path)) }
        try Data("\n  \n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: AdminTokenError.self) { try AdminTokens(.file(path)) }
        try Data("short\n".utf8).write(to: URL(fileURLWithPath: path))
        do {
            _ = try AdminTokens(.file(path))
            Issue.record("a token of five characters was taken")
        } catch {
            #expect("\(error)".contains("fewer than 16 characters"))
            #expect(!"\(error)".contains("short"))
        }
    }
}

extension AdminRequest {
    fileprivate func at(_ host: String) -> AdminRequest {
        var copy = self
        copy.host = host
        return copy
    }
}

/// Bytes in, requests out.
@Suite struct AdminRequestReaderTests {
    @Test func `a request is the same however it is cut`() throws {
        let text =
            "PUT /log-level?a=%41&b&a=c HTTP/1.1\r\nhost: localhost:9901\r\nOrigin: http://x\r\naccept: a/b\r\nAccept: c/d\r\n"
            + "content-length: 5\r\n\r\ndebug"
        for cut in 0...text.utf8.count {
            var reader = AdminRequestReader()
            reader.received(ByteBuffer(bytes: Array(text.utf8.prefix(cut))))
            var request = try reader.next()
            if cut < text.utf8.count {
                #expect(request == nil)
                reader.received(ByteBuffer(bytes: Array(text.utf8.dropFirst(cut))))
                request = try reader.next()
            }
            let found = try #require(request)
            #expect(found.method == "PUT")
            #expect(found.path == "/log-level")
            #expect(found.query == ["a": "c", "b": ""])
            #expect(found.host == "localhost:9901")
            #expect(found.fields == ["origin": "http://x", "accept": "a/b, c/d"])
            #expect(found.body == Array("debug".utf8))
            #expect(found.keepAlive)
            let isMidRequest = reader.isMidRequest
            #expect(!isMidRequest)
        }
    }

    @Test func `requests follow each other`() throws {
        var reader = AdminRequestReader()
        reader.received(
            ByteBuffer(
                string:
                    "GET /a HTTP/1.1\r\nhost: x\r\n\r\nPOST /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
                    + "connection: close\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET /c"))
        #expect(try reader.next()?.path == "/a")
        let second = try #require(try reader.next())
        #expect(second.path == "/b")
        #expect(second.body == Array("hi".utf8))
        #expect(!second.keepAlive)
        #expect(try reader.next() == nil)
        let isMidRequest = reader.isMidRequest
        #expect(isMidRequest)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "missingHost"),
        ("POST /reload HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n\r\n", "bodyTooLarge"),
        ("GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", "repeatedHost"),
    ])
    func `what is no request is refused`(text: String, why: String) {
        var reader = AdminRequestReader()
        reader.received(ByteBuffer(string: text))
        do {
            _ = try reader.next()
            Issue.record("taken: \(text)")
        } catch {
            #expect("\(error)" == why)
        }
    }
}
