import FoundationEssentials
import MessageWire

/// Makes `Decodable` values of JSON values, as a JavaScript writer means them.
///
/// Numbers are read from their text: an integer type takes any number without a fraction that fits (`3`, `3.0`, `3e0`).
/// A `Date` is the ISO 8601 text that `JSON.stringify` gives, or milliseconds since 1970; `Data` is base64 text; a `URL` is
/// its text. Members that a type does not know are ignored; of equal names the last one counts.
struct PayloadDecoder: Decoder {
    let value: JSONValue
    let path: PayloadPath?
    var codingPath: [any CodingKey] { PayloadPath.keys(path) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(value: JSONValue, path: PayloadPath? = nil) {
        self.value = value
        self.path = path
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch([String: JSONValue].self, "an object") }
        return KeyedDecodingContainer(PayloadMembers<Key>(members: members, path: path))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let elements) = value else { throw mismatch([JSONValue].self, "an array") }
        return PayloadElements(elements: elements, path: path)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// The value as `type`; the one place where every container ends.
    func decoded<T: Decodable>(_ type: T.Type) throws -> T {
        if type == JSONValue.self, let value = value as? T { return value }
        if type == Date.self, let date = try date() as? T { return date }
        if type == Data.self, let data = try base64() as? T { return data }
        if type == URL.self, let url = try url() as? T { return url }
        return try T(from: self)
    }

    func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        if case .null = value {
            return .valueNotFound(type, .init(codingPath: codingPath, debugDescription: "must be \(expected)"))
        }
        return .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "must be \(expected)"))
    }

    private func corrupted(_ expected: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: "must be \(expected)"))
    }

    private func date() throws -> Date {
        switch value {
        case .number(let text):
            guard let milliseconds = Double(text), PayloadEncoder.isDate(milliseconds) else {
                throw corrupted("a date")
            }
            return Date(timeIntervalSince1970: milliseconds / 1000)
        case .string(let text):
            if let date = try? Date(text, strategy: .iso8601WithMilliseconds) { return date }
            if let date = try? Date(text, strategy: .iso8601) { return date }
            throw corrupted("an ISO 8601 date")
        default:
            throw mismatch(Date.self, "an ISO 8601 date")
        }
    }

    private func base64() throws -> Data {
        guard case .string(let text) = value else { throw mismatch(Data.self, "a base64 string") }
        guard let data = Data(base64Encoded: text) else { throw corrupted("a base64 string") }
        return data
    }

    private func url() throws -> URL {
        guard case .string(let text) = value else { throw mismatch(URL.self, "a URL") }
        guard let url = URL(string: text) else { throw corrupted("a URL") }
        return url
    }
}

/// Where a value stands in a payload. Only errors want to know, so no array is made on the way.
final class PayloadPath: Sendable {
    private let parent: PayloadPath?
    private let name: String
    private let index: Int?

    init(_ parent: PayloadPath?, _ key: some CodingKey) {
        self.parent = parent
        self.name = key.stringValue
        self.index = nil
    }

    init(_ parent: PayloadPath?, index: Int) {
        self.parent = parent
        self.name = ""
        self.index = index
    }

    /// The keys from the outermost to this one.
    static func keys(_ path: PayloadPath?) -> [any CodingKey] {
        var keys: [any CodingKey] = []
        var node = path
        while let current = node {
            keys.append(current.index.map { PayloadKey(intValue: $0) } ?? PayloadKey(stringValue: current.name))
            node = current.parent
        }
        return keys.reversed()
    }
}

extension PayloadDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let value) = value else { throw mismatch(type, "a boolean") }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value else { throw mismatch(type, "a string") }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let text) = value, let number = Double(text) else { throw mismatch(type, "a number") }
        return number
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoded(type) }

    private func integer<Number: FixedWidthInteger>() throws -> Number {
        guard case .number(let text) = value else { throw mismatch(Number.self, "an integer") }
        if let number = Number(text) { return number }
        // Another writing of an integer: 3.0, 1e3.
        guard let double = Double(text), let number = Number(exactly: double) else {
            throw corrupted("an integer that fits \(Number.self)")
        }
        return number
    }
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
    /// What `JSON.stringify` makes of a date: `1970-01-01T00:00:00.000Z`.
    static var iso8601WithMilliseconds: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}
