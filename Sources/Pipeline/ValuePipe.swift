import MessageWire

/// Changes or refuses one value on its way from a request into a payload: a pipe behind a reference of the route file.
///
/// Built-in pipes are synchronous, hold no state and run in the order the route file names them.
package protocol ValuePipe: Sendable {
    /// - Parameters:
    ///   - value: what the reference or the pipe before gave.
    ///   - context: where the value comes from.
    /// - Returns: the value for the next pipe.
    /// - Throws: ``PipeError`` when the client sent something else than the route takes; the answer is a 400.
    func transform(_ value: PipeValue, _ context: PipeContext) throws(PipeError) -> PipeValue
}

/// What runs through pipes.
package enum PipeValue: Sendable, Hashable {
    /// The reference led nowhere: JavaScript's `undefined`.
    case missing
    case one(JSONValue)
    /// What `all: true` collected. Pipes for one value are applied to each of them; ``ParseArray`` gets the whole.
    case many([JSONValue])

    /// As it would stand in a payload; `nil` when there is nothing.
    package var json: JSONValue? {
        switch self {
        case .missing: nil
        case .one(let value): value
        case .many(let values): .array(values)
        }
    }
}

/// Where a piped value comes from.
package struct PipeContext: Sendable, Hashable {
    /// The reference without its dollar: `path.id`, `query.values`.
    package let name: String

    package init(name: String) {
        self.name = name
    }
}

/// A value that a pipe does not take.
package struct PipeError: Error, Sendable, Hashable {
    /// Nest's sentence, for instance `Validation failed (numeric string is expected)`.
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// A pipe that looks at one value at a time; with `all: true` at each one.
package protocol ScalarPipe: ValuePipe {
    /// - Parameter value: `nil` when the reference led nowhere.
    /// - Returns: the value for the next pipe, `nil` for none.
    /// - Throws: ``PipeError`` when the client sent something else than the route takes.
    func transform(_ value: JSONValue?) throws(PipeError) -> JSONValue?
}

extension ScalarPipe {
    package func transform(_ value: PipeValue, _ context: PipeContext) throws(PipeError) -> PipeValue {
        switch value {
        case .missing: return try transform(nil).map(PipeValue.one) ?? .missing
        case .one(let value): return try transform(value).map(PipeValue.one) ?? .missing
        case .many(let values):
            var results: [JSONValue] = []
            results.reserveCapacity(values.count)
            for (index, value) in values.enumerated() {
                do throws(PipeError) {
                    results.append(try transform(value) ?? .null)
                } catch {
                    throw PipeError("[\(index)] \(error.message)")
                }
            }
            return .many(results)
        }
    }
}
