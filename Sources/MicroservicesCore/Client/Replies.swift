public import MessageWire
import NIOCore

/// The answer to a request as a cold sequence of values: the request is sent when iteration begins, and forgotten when it
/// ends early.
///
/// Throws `RPCError` when the service answers with an error, and ``UpstreamFailure`` when there is no (further)
/// answer.
public struct Replies: AsyncSequence, Sendable {
    /// One value of the answer.
    public typealias Element = JSONValue

    let call: OutboundCall

    /// Sends the request once the first value is asked for.
    public func makeAsyncIterator() -> Iterator {
        Iterator(call: call)
    }

    /// Sends the request and returns the last value, as NestJS's HTTP layer does; `nil` when the answer has none.
    ///
    /// - Throws: `RPCError`, ``UpstreamFailure`` or ``ClientError``.
    public var value: JSONValue? {
        get async throws {
            var last: JSONValue?
            for try await value in self { last = value }
            return last
        }
    }

    /// Sends the request and reads its last value as a type.
    ///
    /// - Parameter type: What the value is read as.
    /// - Returns: The value.
    /// - Throws: What ``value`` throws, and `DecodingError` when the value does not fit.
    public func decoded<Value: Decodable>(as type: Value.Type = Value.self) async throws -> Value {
        // Only the last value is read, and it is read once.
        var last: ByteBuffer?
        for try await text in try call.start({ ByteBuffer(bytes: $0) }) { last = text }
        guard let last else { return try PayloadCoding.decode(type, from: nil) }
        return try last.withUnsafeReadableBytes { try PayloadCoding.decode(type, from: $0) }
    }

    /// Iterates over the values of one request.
    public struct Iterator: AsyncIteratorProtocol {
        private let call: OutboundCall
        private var stream: UnreadValues<JSONValue>.Iterator?

        init(call: OutboundCall) { self.call = call }

        /// The next value; `nil` at the end of the answer.
        public mutating func next() async throws -> JSONValue? {
            if stream == nil { stream = try call.start { JSONValue(checked: $0) }.makeAsyncIterator() }
            return try await stream?.next()
        }
    }
}

/// The answer to a request as a cold sequence of values of one type; as ``Replies``, each value read when it comes.
///
/// ```swift
/// for try await price in market.send("prices.watch", ["sku": "A-7"], as: Price.self) { show(price) }
/// ```
///
/// Throws `DecodingError` for a value that does not fit, and forgets the request then.
public struct DecodedReplies<Element: Decodable & Sendable & SendableMetatype>: AsyncSequence, Sendable {
    let call: OutboundCall

    /// Sends the request once the first value is asked for.
    public func makeAsyncIterator() -> Iterator {
        Iterator(call: call)
    }

    /// Sends the request and returns the last value. An answer without a value is an error, unless the type is optional.
    ///
    /// - Throws: `RPCError`, ``UpstreamFailure``, ``ClientError``, and `DecodingError` when a value does not fit.
    public var value: Element {
        get async throws {
            var last: Element?
            for try await value in self { last = value }
            if let last { return last }
            return try PayloadCoding.decode(Element.self, from: nil)
        }
    }

    /// Iterates over the values of one request.
    public struct Iterator: AsyncIteratorProtocol {
        private let call: OutboundCall
        private var stream: UnreadValues<Element>.Iterator?

        init(call: OutboundCall) { self.call = call }

        /// The next value; `nil` at the end of the answer.
        public mutating func next() async throws -> Element? {
            if stream == nil {
                stream = try call.start { try PayloadCoding.decode(Element.self, from: $0) }.makeAsyncIterator()
            }
            return try await stream?.next()
        }
    }
}
