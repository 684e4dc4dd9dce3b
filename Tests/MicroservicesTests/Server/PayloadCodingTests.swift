import Foundation
import MessageWire
import Microservices
import NIOCore
import Testing

/// Payloads between JSON text and Swift types.
@Suite struct PayloadCodingTests {
    enum Level: String, Codable { case low, high }

    struct Everything: Codable, Equatable {
        var flag: Bool
        var small: Int8
        var large: UInt64
        var double: Double
        var float: Float
        var level: Level
        var date: Date
        var data: Data
        var url: URL
        var none: Int?
        var list: [[Int]]
        var map: [String: Int]
        var raw: JSONValue
    }

    private static let everything = Everything(
        flag: true, small: -7, large: .max, double: 1e21, float: 0.1, level: .high,
        date: Date(timeIntervalSince1970: 1.5), data: Data([1, 2, 255]),
        url: URL(filePath: "/a b"), none: nil, list: [[1], []], map: ["k": 1],
        raw: ["z": .number("1.00"), "a": nil])

    private static let text =
        #"{"flag":true,"small":-7,"large":18446744073709551615,"double":1e+21,"float":0.1,"level":"high","#
        + #""date":"1970-01-01T00:00:01.500Z","data":"AQL/","url":"file:///a%20b","list":[[1],[]],"map":{"k":1},"#
        + #""raw":{"z":1.00,"a":null}}"#

    private func encode(_ value: some Encodable) throws -> String {
        var writer = JSONWriter(buffer: ByteBuffer())
        try PayloadCoding.encode(value, into: &writer)
        let text = String(buffer: writer.buffer)
        #expect(writer.utf16Count == text.utf16.count)
        return text
    }

    private func decode<T: Decodable>(_ type: T.Type, _ text: String?) throws -> T {
        guard let text else { return try PayloadCoding.decode(type, from: nil) }
        return try Array(text.utf8).withUnsafeBytes { try PayloadCoding.decode(type, from: $0) }
    }

    @Test func `a struct of everything goes there and back`() throws {
        #expect(try encode(Self.everything) == Self.text)
        #expect(try decode(Everything.self, Self.text) == Self.everything)
    }

    @Test(arguments: [
        (#""1970-01-01T00:00:01Z""#, 1.0), (#""1970-01-01T00:00:01.250Z""#, 1.25), ("1500", 1.5),
    ])
    func `dates are read as JavaScript writes them`(text: String, seconds: Double) throws {
        #expect(try decode(Date.self, text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [("3", 3), ("3.0", 3), ("3e0", 3), ("-0", 0), ("1e3", 1000)])
    func `an integer may be written in any way`(text: String, value: Int) throws {
        #expect(try decode(Int.self, text) == value)
    }

    @Test(arguments: ["3.5", "256", "-1", "1e400"])
    func `a number that does not fit is refused`(text: String) {
        #expect(throws: DecodingError.self) { try decode(UInt8.self, text) }
    }

    @Test func `short ways and long ways write the same`() throws {
        let pairs = [
            (try encode(1.0), try encode([1.0]), "1"),
            (try encode("a/\u{7F}\u{1}"), try encode(["a/\u{7F}\u{1}"]), "\"a/\u{7F}\\u0001\""),
            (try encode(Double.nan), try encode([Double.infinity]), "null"),
            (try encode(Int.min), try encode([Int.min]), "-9223372036854775808"),
            (try encode(Int?.none), try encode([Int?.none]), "null"),
        ]
        for (short, long, text) in pairs {
            #expect(short == text)
            #expect(long == "[\(text)]")
        }
    }

    @Test func `absent, null and optional`() throws {
        #expect(try decode(Int?.self, nil) == nil)
        #expect(try decode(Int?.self, "null") == nil)
        #expect(try decode(JSONValue?.self, nil) == nil)
        #expect(try decode(JSONValue?.self, "null") == .some(.null))
        #expect(try decode(JSONValue.self, nil) == .null)
        #expect(throws: DecodingError.self) { try decode(Int.self, nil) }
        #expect(throws: DecodingError.self) { try decode(Int.self, "null") }
    }

    @Test func `a class with a superclass goes there and back`() throws {
        class Animal: Codable {
            var name = "Bo"
        }
        final class Dog: Animal {
            var age = 3
            enum CodingKeys: CodingKey { case age }
            override init() { super.init() }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                try super.init(from: try container.superDecoder())
                age = try container.decode(Int.self, forKey: .age)
            }
            override func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(age, forKey: .age)
                try super.encode(to: container.superEncoder())
            }
        }
        #expect(try encode(Dog()) == #"{"age":3,"super":{"name":"Bo"}}"#)
        #expect(try decode(Dog.self, #"{"super":{"name":"Rex"},"age":4}"#).name == "Rex")
    }

    @Test func `JSON values work with other coders`() throws {
        let value: JSONValue = ["a": [1, 2.5, "x", true, nil]]
        let data = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: data) == value)
    }
}
