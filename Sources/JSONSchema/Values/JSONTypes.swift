import MessageWire

/// A set of JSON Schema's types. `number` has `integer` in it.
struct JSONTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = JSONTypes(rawValue: 1)
    static let boolean = JSONTypes(rawValue: 2)
    static let integer = JSONTypes(rawValue: 4)
    /// Numbers that are no integers.
    static let fraction = JSONTypes(rawValue: 8)
    static let string = JSONTypes(rawValue: 16)
    static let array = JSONTypes(rawValue: 32)
    static let object = JSONTypes(rawValue: 64)

    static let number: JSONTypes = [.integer, .fraction]
    static let all = JSONTypes(rawValue: 127)

    /// The types by their names in schemas, with what messages call them; `null` comes last in these.
    static let named: [(name: String, types: JSONTypes, words: String)] = [
        ("string", .string, "a string"), ("integer", .integer, "an integer number"), ("number", .number, "a number"),
        ("boolean", .boolean, "a boolean value"), ("array", .array, "an array"), ("object", .object, "an object"),
        ("null", .null, "null"),
    ]

    /// Whether a value is of one of the types.
    func contains(_ value: JSONValue) -> Bool {
        switch value {
        case .null: isSuperset(of: .null)
        case .bool: isSuperset(of: .boolean)
        case .string: isSuperset(of: .string)
        case .array: isSuperset(of: .array)
        case .object: isSuperset(of: .object)
        case .number(let text):
            isSuperset(of: .number)
                || !isDisjoint(with: .number) && isSuperset(of: Self.isInteger(text) ? .integer : .fraction)
        }
    }

    private static func isInteger(_ text: String) -> Bool {
        let bytes = text.utf8.span
        for index in bytes.indices where bytes[index] > UInt8(ascii: "9") || bytes[index] == UInt8(ascii: ".") {
            return DecimalNumber(text).isInteger
        }
        return true
    }
}

extension JSONTypes {
    /// The type of a value.
    init(of value: JSONValue) {
        self =
            switch value {
            case .null: .null
            case .bool: .boolean
            case .number(let text): Self.isInteger(text) ? .integer : .fraction
            case .string: .string
            case .array: .array
            case .object: .object
            }
    }
}
