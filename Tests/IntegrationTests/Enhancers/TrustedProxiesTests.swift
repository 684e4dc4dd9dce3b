import Pipeline
import Routing
import Testing

@testable import MartletGateway

@Suite struct TrustedProxiesTests {
    private final class Fields: RequestFields {
        private let fields: [(String, UnsafeRawBufferPointer)]

        init(_ fields: [(String, String)]) {
            self.fields = fields.map { name, value in
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: value.utf8.count, alignment: 1)
                copy.copyBytes(from: value.utf8)
                return (name, UnsafeRawBufferPointer(copy))
            }
        }

        deinit { for field in fields { field.1.deallocate() } }

        func firstValue(of name: String) -> UnsafeRawBufferPointer? { fields.first { $0.0 == name }?.1 }
        func forEachValue(of name: String, _ body: (UnsafeRawBufferPointer) -> Void) {
            for field in fields where field.0 == name { body(field.1) }
        }
        func forEachField(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void) {
            for field in fields { Array(field.0.utf8).withUnsafeBytes { body($0, field.1) } }
        }
    }

    private func client(_ peer: String, _ fields: [(String, String)]) throws -> String {
        let ranges = try ["10.0.0.0/8", "fd00::/8"].map { try AddressRange($0) }
        return try #require(TrustedProxies(ranges)).client(peer: peer, fields: Fields(fields))
    }

    @Test(arguments: [
        ("203.0.113.9", "192.0.2.1", "203.0.113.9"),  // nobody's proxy
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1"),  // the first was written by the client
        ("10.0.0.1", "192.0.2.1, 10.0.0.2,10.0.0.3", "192.0.2.1"),
        ("10.0.0.1", "10.0.0.5, 10.0.0.2", "10.0.0.5"),  // all inside: the farthest
        ("10.0.0.1", "192.0.2.1:4711", "192.0.2.1"), ("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"), ("fd00::1", "192.0.2.1", "192.0.2.1"),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, unknown", "unknown"), ("10.0.0.1", "192.0.2.1, , 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1:port", "unknown"), ("10.0.0.1", "\u{600}, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "10.0.0.2\u{301}, 192.0.2.1", "192.0.2.1"), ("10.0.0.1", "10.0.0.9\u{600}", "unknown"),
        ("10.0.0.1", "", "10.0.0.1"), ("-", "192.0.2.1", "-"),
    ])
    func `X-Forwarded-For is read from its end`(peer: String, value: String, expected: String) throws {
        #expect(try client(peer, [("x-forwarded-for", value)]) == expected)
    }

    @Test func `several fields are one list`() throws {
        let fields = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "10.0.0.2")]
        #expect(try client("10.0.0.1", fields) == "192.0.2.1")
    }

    @Test(arguments: [
        ("for=192.0.2.1", "192.0.2.1"), ("For=\"[2001:db8::1]:80\";proto=https", "2001:db8::1"),
        ("for=198.51.100.1, for=192.0.2.1;by=10.0.0.1, proto=http; for=10.0.0.9", "192.0.2.1"),
        ("for=_hidden", "unknown"), ("proto=https", "unknown"), ("for=192.0.2.1, by=x", "unknown"),
        ("for=192.0.2.1;host=\"evil,for=198.51.100.6;x\"", "192.0.2.1"),
        ("for=192.0.2.1;host=\"a\\\",for=198.51.100.6\"", "192.0.2.1"),
        ("for=198.51.100.6;a=\"x, for=192.0.2.1", "unknown"),
        ("for=198.51.100.6;a=\"x, for=192.0.2.1;host=\"h\"", "unknown"),
        ("for=10.0.0.7;a=\"x\"y", "unknown"), ("for", "unknown"), (" , ", "10.0.0.1"),
    ])
    func `Forwarded is read where the other is missing`(value: String, expected: String) throws {
        #expect(try client("10.0.0.1", [("forwarded", value)]) == expected)
        #expect(try client("10.0.0.1", [("forwarded", value), ("x-forwarded-for", "192.0.2.99")]) == "192.0.2.99")
    }

    @Test func `without proxies there is nothing to ask`() {
        #expect(TrustedProxies([]).map { _ in true } == nil)
    }
}
