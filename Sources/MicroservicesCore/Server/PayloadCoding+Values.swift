import MessageWire
import Pipeline

/// Between the JSON values that enhancers see and the types of handlers.
extension PayloadCoding {
    /// Reads a payload that pipes have returned.
    ///
    /// - Throws: `DecodingError`, fit for ``problem(_:)``.
    static func payload<Payload: Decodable>(_ type: Payload.Type, of value: JSONValue?) throws -> Payload {
        guard let value else { return try decode(type, from: nil) }
        // `JSONValue?`: null is a value here.
        if type == JSONValue?.self, let value = value as? Payload { return value }
        return try PayloadDecoder(value: value).decoded(type)
    }

    /// A result as enhancers see it; nothing for a nil.
    static func result<Result: Encodable>(_ result: Result) throws -> HandlerResult {
        if let result = result as? any AbsentResult, result.isAbsent { return .none }
        return .value(try PayloadEncoder.encode(result))
    }
}

extension RPCError {
    /// The answer to a payload that is not what the handler is declared for, in the form of NestJS's validation errors.
    static func badPayload(_ problem: String) -> RPCError {
        RPCError(statusCode: 400, message: [.string(problem)], error: "Bad Request")
    }
}

/// A handler's results as JSON values, each made when it is asked for.
struct EncodedValues<Results: AsyncSequence & SendableMetatype>: AsyncSequence, @unchecked Sendable
where Results.Element: Encodable & SendableMetatype {
    // Invariant for `@unchecked Sendable`: the handler has handed the sequence over (its closure is `@Sendable` and captures
    // nothing of it), and whoever holds the result of the call asks for one value at a time.

    let results: Results

    struct AsyncIterator: AsyncIteratorProtocol {
        var results: Results.AsyncIterator

        mutating func next() async throws -> JSONValue? {
            guard let element = try await results.next() else { return nil }
            return try PayloadEncoder.encode(element)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(results: results.makeAsyncIterator()) }
}
