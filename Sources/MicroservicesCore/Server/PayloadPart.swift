import MessageWire

/// What of a message's payload a handler takes: NestJS's `@Payload()` and `@Payload('id')`.
///
/// ```swift
/// service.onMessage("order.find", payload: "id") { (id: Int, _) in try await orders.find(id) }
/// service.onMessage("order.ship", payload: .at(\Order.address)) { (address: Address, _) in ship(to: address) }
/// ```
///
/// As in NestJS the handler's pipes get the member, guards and interceptors the whole payload. A member that is missing is nil to
/// an optional; otherwise the answer is a 400, `id is required`.
public struct PayloadPart<Payload: Decodable>: Sendable, ExpressibleByStringLiteral {
    private enum Selection: Sendable {
        case whole
        case member(String)
        /// Reads the text that arrived, and the value that the pipes have returned.
        case computed(
            text: @Sendable (UnsafeRawBufferPointer?) throws -> Payload, value: @Sendable (JSONValue?) throws -> Payload
        )
    }

    private let selection: Selection

    private init(_ selection: Selection) { self.selection = selection }

    /// The member of this name: `payload: "id"`.
    public init(stringLiteral name: String) { self.selection = .member(name) }

    /// All of it.
    public static var whole: PayloadPart { PayloadPart(.whole) }

    /// One member of an object; only this member is decoded.
    ///
    /// - Parameter name: The member's name; a dot in it is a part of the name, as in NestJS.
    /// - Returns: The part.
    public static func member(_ name: String) -> PayloadPart { PayloadPart(.member(name)) }

    /// What a key path leads to in the payload's type, which is decoded, and so checked, as a whole. Pipes get the whole, too.
    ///
    /// - Parameter path: From the type of the whole payload to the handler's.
    /// - Returns: The part.
    public static func at<Whole: Decodable & SendableMetatype>(
        _ path: any KeyPath<Whole, Payload> & Sendable
    ) -> PayloadPart where Payload: SendableMetatype {
        PayloadPart(
            .computed(
                text: { try PayloadCoding.decode(Whole.self, from: $0)[keyPath: path] },
                value: { try PayloadCoding.payload(Whole.self, of: $0)[keyPath: path] }))
    }

    /// Reads the part from what has arrived.
    ///
    /// - Parameter text: The whole payload's checked JSON text, nil when there is none.
    /// - Returns: The part.
    /// - Throws: `DecodingError`, fit for ``PayloadCoding/problem(_:)``.
    func read(_ text: UnsafeRawBufferPointer?) throws -> Payload {
        switch selection {
        case .whole:
            return try PayloadCoding.decode(Payload.self, from: text)
        case .member(let name):
            let member = text.flatMap { text in
                JSONScanner.find([name], in: text).map { UnsafeRawBufferPointer(rebasing: text[$0]) }
            }
            return try naming(name) { try PayloadCoding.decode(Payload.self, from: member) }
        case .computed(let read, _):
            return try read(text)
        }
    }

    /// What the pipes get.
    func selected(_ payload: JSONValue?) -> JSONValue? {
        guard case .member(let name) = selection else { return payload }
        return payload?[name]
    }

    /// Reads what the pipes have returned.
    ///
    /// - Throws: `RPCError` with status 400 when it is not what the handler is declared for.
    func payload(of value: JSONValue?) throws -> Payload {
        do {
            switch selection {
            case .whole: return try PayloadCoding.payload(Payload.self, of: value)
            case .member(let name): return try naming(name) { try PayloadCoding.payload(Payload.self, of: value) }
            case .computed(_, let read): return try read(value)
            }
        } catch let error as DecodingError {
            throw RPCError.badPayload(PayloadCoding.problem(error))
        }
    }

    /// Lets the problem's path begin with the member's name.
    private func naming(_ name: String, _ body: () throws -> Payload) throws -> Payload {
        do {
            return try body()
        } catch let error as DecodingError {
            throw error.within(PayloadKey(stringValue: name))
        }
    }
}

extension PayloadPart where Payload == JSONValue? {
    /// Nothing of it: the payload is not even parsed, and always nil.
    public static var ignored: PayloadPart { PayloadPart(.computed(text: { _ in nil }, value: { _ in nil })) }
}

extension DecodingError {
    /// The same error, seen from one level further out.
    fileprivate func within(_ key: PayloadKey) -> DecodingError {
        func outer(_ context: Context) -> Context {
            Context(
                codingPath: [key] + context.codingPath, debugDescription: context.debugDescription,
                underlyingError: context.underlyingError)
        }
        return switch self {
        case .keyNotFound(let missing, let context): .keyNotFound(missing, outer(context))
        case .typeMismatch(let type, let context): .typeMismatch(type, outer(context))
        case .valueNotFound(let type, let context): .valueNotFound(type, outer(context))
        case .dataCorrupted(let context): .dataCorrupted(outer(context))
        @unknown default: self
        }
    }
}
