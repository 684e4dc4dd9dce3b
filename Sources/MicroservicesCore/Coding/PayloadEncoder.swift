import FoundationEssentials
import MessageWire

/// A place in the tree that an encoder builds.
///
/// A class, because `Codable` lets several containers write into one place, in any order.
final class PayloadNode {
    enum Content {
        /// Nothing was written: absent at the top, `null` inside.
        case nothing
        case value(JSONValue)
        case array([PayloadNode])
        case object([(name: String, node: PayloadNode)])
    }

    var content = Content.nothing

    /// The finished tree.
    var value: JSONValue {
        switch content {
        case .nothing: .null
        case .value(let value): value
        case .array(let nodes): .array(nodes.map(\.value))
        case .object(let members): .object(members.map { JSONValue.Member(name: $0.name, value: $0.node.value) })
        }
    }

    func append() -> PayloadNode {
        let node = PayloadNode()
        if case .array(var nodes) = content {
            content = .nothing
            nodes.append(node)
            content = .array(nodes)
        } else {
            content = .array([node])
        }
        return node
    }

    func member(_ name: String) -> PayloadNode {
        let node = PayloadNode()
        guard case .object(var members) = content else {
            content = .object([(name, node)])
            return node
        }
        content = .nothing
        if let place = members.firstIndex(where: { $0.name == name }) {
            members[place].node = node
        } else {
            members.append((name, node))
        }
        content = .object(members)
        return node
    }
}

/// Makes JSON values of `Encodable` values, as a JavaScript reader expects them.
///
/// Members stand in the order in which they are encoded (for synthesised conformances that is the order of declaration).
/// Doubles get JavaScript's text, what is not finite becomes `null`; a `Date` becomes ISO 8601 text with milliseconds,
/// `Data` base64 text, a `URL` its text.
struct PayloadEncoder: Encoder {
    let node: PayloadNode
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The JSON value of anything `Encodable`.
    static func encode(_ value: some Encodable) throws -> JSONValue {
        let node = PayloadNode()
        try PayloadEncoder(node: node, codingPath: []).write(value)
        return node.value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .nothing = node.content { node.content = .object([]) }
        return KeyedEncodingContainer(PayloadMemberWriter<Key>(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .nothing = node.content { node.content = .array([]) }
        return PayloadElementWriter(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    /// Writes any value; the one place where every container ends.
    func write<T: Encodable>(_ value: T) throws {
        switch value {
        case let value as JSONValue: node.content = .value(value)
        case let value as Date: set(Self.json(value))
        case let value as Data: set(.string(value.base64EncodedString()))
        case let value as URL: set(.string(value.absoluteString))
        default: try value.encode(to: self)
        }
    }

    func set(_ value: JSONValue) { node.content = .value(value) }

    /// Whether so many milliseconds since 1970 are a date for JavaScript. Foundation traps on what is no number.
    static func isDate(_ milliseconds: Double) -> Bool { abs(milliseconds) <= 8.64e15 }

    /// What `JSON.stringify` makes of a date: null, when it is none.
    private static func json(_ date: Date) -> JSONValue {
        guard isDate(date.timeIntervalSince1970 * 1000) else { return .null }
        return .string(Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(date))
    }
}

extension PayloadEncoder: SingleValueEncodingContainer {
    func encodeNil() { set(.null) }
    func encode(_ value: Bool) { set(.bool(value)) }
    func encode(_ value: String) { set(.string(value)) }
    func encode(_ value: Double) { set(JSONValue(number: value)) }
    // By way of its text: 0.1 stays 0.1.
    func encode(_ value: Float) { set(JSONValue(number: Double("\(value)") ?? .nan)) }
    func encode(_ value: Int) { set(.number(String(value))) }
    func encode(_ value: Int8) { set(.number(String(value))) }
    func encode(_ value: Int16) { set(.number(String(value))) }
    func encode(_ value: Int32) { set(.number(String(value))) }
    func encode(_ value: Int64) { set(.number(String(value))) }
    func encode(_ value: UInt) { set(.number(String(value))) }
    func encode(_ value: UInt8) { set(.number(String(value))) }
    func encode(_ value: UInt16) { set(.number(String(value))) }
    func encode(_ value: UInt32) { set(.number(String(value))) }
    func encode(_ value: UInt64) { set(.number(String(value))) }
    func encode<T: Encodable>(_ value: T) throws { try write(value) }
}

/// Writes the members of an object.
struct PayloadMemberWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: PayloadNode
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { encoder(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) { encoder(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { encoder(key).encode(value) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder(key).write(value) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        encoder(key).container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
    func superEncoder() -> any Encoder {
        PayloadEncoder(node: node.member("super"), codingPath: codingPath + [PayloadKey(stringValue: "super")])
    }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }

    private func encoder(_ key: Key) -> PayloadEncoder {
        PayloadEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key])
    }
}

/// Writes the elements of an array.
struct PayloadElementWriter: UnkeyedEncodingContainer {
    let node: PayloadNode
    let codingPath: [any CodingKey]

    var count: Int {
        if case .array(let nodes) = node.content { nodes.count } else { 0 }
    }

    func encodeNil() { encoder().encodeNil() }
    func encode(_ value: Bool) { encoder().encode(value) }
    func encode(_ value: String) { encoder().encode(value) }
    func encode(_ value: Double) { encoder().encode(value) }
    func encode(_ value: Int) { encoder().encode(value) }
    func encode<T: Encodable>(_ value: T) throws { try encoder().write(value) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy keyType: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        encoder().container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { encoder() }

    private func encoder() -> PayloadEncoder {
        PayloadEncoder(node: node.append(), codingPath: codingPath + [PayloadKey(intValue: count)])
    }
}
