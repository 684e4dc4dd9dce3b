import MessageWire

/// The members of an object, by name.
struct PayloadMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [JSONValue.Member]
    let path: PayloadPath?
    var codingPath: [any CodingKey] { PayloadPath.keys(path) }

    var allKeys: [Key] {
        var seen: Set<String> = []
        return members.compactMap { seen.insert($0.name).inserted ? Key(stringValue: $0.name) : nil }
    }

    func contains(_ key: Key) -> Bool { find(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try required(key) == .null }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        if case .bool(let value) = try required(key) { return value }
        return try decoder(key).decode(type)
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        if case .string(let text) = try required(key) { return text }
        return try decoder(key).decode(type)
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        if case .number(let text) = try required(key), let number = Int(text) { return number }
        return try decoder(key).decode(type)
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoder(key).decode(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).decoded(type) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        PayloadDecoder(value: find("super") ?? .null, path: path)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

    private func find(_ name: String) -> JSONValue? {
        // The last of equal names counts.
        for member in members.reversed() where member.name == name { return member.value }
        return nil
    }

    private func required(_ key: Key) throws -> JSONValue {
        guard let value = find(key.stringValue) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "is required"))
        }
        return value
    }

    private func decoder(_ key: Key) throws -> PayloadDecoder {
        PayloadDecoder(value: try required(key), path: PayloadPath(path, key))
    }
}

/// The elements of an array, in order.
struct PayloadElements: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let path: PayloadPath?
    private(set) var currentIndex = 0
    var codingPath: [any CodingKey] { PayloadPath.keys(path) }

    init(elements: [JSONValue], path: PayloadPath?) {
        self.elements = elements
        self.path = path
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, case .null = elements[currentIndex] else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type) { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try next(type) { try $0.decode(type) } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type) { try $0.decode(type) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next(type) { try $0.decode(type) } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next(type) { try $0.decoded(type) } }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next([String: JSONValue].self) { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next([JSONValue].self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next(JSONValue.self) { $0 } }

    private func current(_ type: Any.Type) throws -> PayloadDecoder {
        let path = PayloadPath(path, index: currentIndex)
        guard !isAtEnd else {
            let keys = PayloadPath.keys(path)
            throw DecodingError.valueNotFound(type, .init(codingPath: keys, debugDescription: "is required"))
        }
        return PayloadDecoder(value: elements[currentIndex], path: path)
    }

    private mutating func next<T>(_ type: Any.Type, _ body: (PayloadDecoder) throws -> T) throws -> T {
        let value = try body(current(type))
        currentIndex += 1
        return value
    }
}
