public import MessageWire

/// `JSONValue` as part of `Codable` types: the place for what a service passes on without looking at it.
///
/// This library's own coders hand the value over as it is, every digit kept. Other coders (Foundation's) go through
/// the conformance below, where numbers become `Int64`, `UInt64` or `Double`.
extension JSONValue: Codable {
    /// Reads any value.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? PayloadDecoder {
            self = decoder.value
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(String(value))
        } else if let value = try? container.decode(UInt64.self) {
            self = .number(String(value))
        } else if let value = try? container.decode(Double.self) {
            self = JSONValue(number: value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            let members = try decoder.container(keyedBy: PayloadKey.self)
            self = .object(
                try members.allKeys.map { key in
                    Member(name: key.stringValue, value: try members.decode(JSONValue.self, forKey: key))
                })
        }
    }

    /// Writes the value.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? PayloadEncoder {
            encoder.node.content = .value(self)
            return
        }
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: PayloadKey.self)
            for member in members {
                try container.encode(member.value, forKey: PayloadKey(stringValue: member.name))
            }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let text):
            var container = encoder.singleValueContainer()
            if let value = Int64(text) {
                try container.encode(value)
            } else if let value = UInt64(text) {
                try container.encode(value)
            } else {
                try container.encode(Double(text) ?? .nan)
            }
        }
    }
}

/// A member's name, or an element's index, as a coding key.
struct PayloadKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        self.intValue = nil
    }

    init(intValue: Int) {
        self.stringValue = String(intValue)
        self.intValue = intValue
    }
}
