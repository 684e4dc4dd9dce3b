/// A JSON value as a tree.
///
/// Built where somebody has to look inside: configuration, patterns, handlers. Bytes on their way through are scanned and
/// sliced instead. Two values are equal when they would be written alike: the order of members and the text of numbers
/// count (`1` is not `1.0`); compare ``javaScriptNormalized`` values for what a JavaScript reader can tell apart.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as the text that stands in JSON: no digit is lost that a reader might want. Must be a JSON number.
    case number(String)
    /// A string, its escapes resolved.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object: its members in the order written, equal names included.
    case object([Member])

    /// One name of an object and what belongs to it.
    public struct Member: Sendable, Hashable {
        /// The name, its escapes resolved.
        public var name: String
        /// The value.
        public var value: JSONValue

        /// A member of these two.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        /// Whether name and value are the same, byte by byte.
        public static func == (one: Member, other: Member) -> Bool {
            one.name.utf8.elementsEqual(other.name.utf8) && one.value == other.value
        }
    }

    /// Whether both would be written alike.
    ///
    /// Strings are compared by their bytes: Swift's own equality takes composed and decomposed letters for the same,
    /// which no other reader of JSON does.
    public static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)), (.string(let one), .string(let other)):
            one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }

    /// The member of that name, nil if there is none or this is no object. Of equal names the last one counts.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        let count = name.utf8.count
        return members.last { $0.name.utf8.count == count && $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The element at that index, nil if there is none or this is no array.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The text of a string, nil for every other kind.
    public var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The double that a number is, nil for every other kind. A number out of range is infinite.
    public var doubleValue: Double? {
        guard case .number(let text) = self else { return nil }
        return Double(text)
    }

    /// The integer that a number is, nil for every other kind, for fractions, and beyond 64 bits.
    public var intValue: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap(Int.init(exactly:))
    }

    /// The value of `true` and `false`, nil for every other kind.
    public var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The kind of the value.
    package var kind: JSONKind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `null`.
    public init(nilLiteral: ()) { self = .null }
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    /// A number with JavaScript's text.
    public init(floatLiteral value: Double) { self.init(number: value) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object with its members in the order written.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }

    /// A number with JavaScript's text; `null` if it is not finite, as in JavaScript.
    public init(number value: Double) {
        self = JavaScriptNumber.text(of: value).map { .number($0) } ?? .null
    }
}
