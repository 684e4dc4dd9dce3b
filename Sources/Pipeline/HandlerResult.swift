public import MessageWire

/// What a call has to say: nothing, one value, or several over time.
public enum HandlerResult: Sendable {
    /// Nothing: NestJS's empty observable.
    case none
    /// One value.
    case value(JSONValue)
    /// Several, as they come.
    case values(any AsyncSequence<JSONValue, any Error> & Sendable)

    /// The same with every value changed, as it comes.
    ///
    /// - Parameter transform: Gets each value.
    /// - Returns: The changed result; a result without a value stays one.
    /// - Throws: What `transform` throws for a single value; for several it ends the sequence.
    public func map(
        _ transform: @escaping @Sendable (JSONValue) async throws -> JSONValue
    ) async throws -> HandlerResult {
        switch self {
        case .none: .none
        case .value(let value): .value(try await transform(value))
        case .values(let values): .values(ChangedValues(values, transform: transform))
        }
    }

    /// The last value, as NestJS's HTTP layer takes it; `nil` when there is none. Waits for the end.
    public var last: JSONValue? {
        get async throws {
            switch self {
            case .none: return nil
            case .value(let value): return value
            case .values(let values):
                var last: JSONValue?
                for try await value in values { last = value }
                return last
            }
        }
    }

    /// Whether values come over time.
    public var isStream: Bool {
        if case .values = self { true } else { false }
    }
}

/// Values that are changed as they come, and whose error may become another.
struct ChangedValues: AsyncSequence, Sendable {
    typealias Element = JSONValue
    typealias Failure = any Error

    let base: any AsyncSequence<JSONValue, any Error> & Sendable
    let transform: (@Sendable (JSONValue) async throws -> JSONValue)?
    /// What comes in the place of an error: last values or another error.
    let recover: (@Sendable (any Error) async throws -> HandlerResult)?

    init(
        _ base: any AsyncSequence<JSONValue, any Error> & Sendable,
        transform: (@Sendable (JSONValue) async throws -> JSONValue)? = nil,
        recover: (@Sendable (any Error) async throws -> HandlerResult)? = nil
    ) {
        self.base = base
        self.transform = transform
        self.recover = recover
    }

    func makeAsyncIterator() -> Iterator { Iterator(values: base.makeAsyncIterator(), sequence: self) }

    struct Iterator: AsyncIteratorProtocol {
        var values: any AsyncIteratorProtocol<JSONValue, any Error>
        let sequence: ChangedValues
        /// Whether the values are those that came in an error's place, which are final.
        private var isRecovered = false
        private var isOver = false

        init(values: any AsyncIteratorProtocol<JSONValue, any Error>, sequence: ChangedValues) {
            self.values = values
            self.sequence = sequence
        }

        mutating func next() async throws -> JSONValue? {
            guard !isOver else { return nil }
            if isRecovered { return try await values.next() }
            do {
                guard let value = try await values.next() else { return nil }
                return try await sequence.transform?(value) ?? value
            } catch {
                isOver = true
                guard let recover = sequence.recover else { throw error }
                return try await begin(recover(error))
            }
        }

        /// The first value of what comes in an error's place.
        private mutating func begin(_ result: HandlerResult) async throws -> JSONValue? {
            switch result {
            case .none: return nil
            case .value(let value): return value
            case .values(let values):
                self.values = values.makeAsyncIterator()
                (isRecovered, isOver) = (true, false)
                return try await next()
            }
        }
    }
}
