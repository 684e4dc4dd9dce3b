import MessageWire

/// What a message is about: the name that connects a sender with its handlers.
///
/// A string, a number or an object, as in NestJS. Two patterns are equal when they lead to the same handler: the order
/// of an object's keys does not matter.
///
/// ```swift
/// service.onMessage(["cmd": "sum"]) { (data: [Int], context) in data.reduce(0, +) }
/// service.onEvent("user_created") { (user: User, context) in await mailer.welcome(user) }
/// ```
///
/// A string that itself is JSON in another than the normal form (`"1.0"`, `"true"`, `"{\"b\":1,\"a\":2}"`) is never
/// found by an incoming message, since every incoming text is tried as JSON first.
///
/// Spec: docs/wire-protocol.md, patterns
public struct MessagePattern: Sendable, Hashable, CustomStringConvertible {
    /// The pattern as it was written, for sending it raw.
    public let value: JSONValue
    /// The normalised text that handlers are found by, and the name of the channel on message brokers.
    public let route: String

    /// Makes a pattern of a JSON value.
    ///
    /// - Parameter value: A string, number or object; anything else is accepted, but no sender can reach it.
    public init(_ value: JSONValue) {
        self.value = value
        self.route = PatternNormalizer.normalize(value)
    }

    /// The normalised text.
    public var description: String { route }

    /// Whether both lead to the same handlers.
    public static func == (one: MessagePattern, other: MessagePattern) -> Bool {
        // By bytes: Swift's own equality takes composed and decomposed letters for the same, a peer does not.
        one.route.utf8.elementsEqual(other.route.utf8)
    }

    /// Hashes the route.
    public func hash(into hasher: inout Hasher) {
        for byte in route.utf8 { hasher.combine(byte) }
    }
}

extension MessagePattern: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByDictionaryLiteral
{
    /// A string pattern: `"user_created"`.
    public init(stringLiteral value: String) {
        self.init(.string(value))
    }

    /// A number pattern: `42`.
    public init(integerLiteral value: Int) {
        self.init(JSONValue(integerLiteral: value))
    }

    /// A number pattern: `1.5`.
    public init(floatLiteral value: Double) {
        self.init(JSONValue(number: value))
    }

    /// An object pattern: `["cmd": "sum"]`, nested as deep as needed.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(.object(elements.map { JSONValue.Member(name: $0.0, value: $0.1) }))
    }
}
