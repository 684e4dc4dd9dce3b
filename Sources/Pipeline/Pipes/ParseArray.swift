import MessageWire

/// Nest's `ParseArrayPipe`: a text is split at a separator, and each item goes through a pipe of its own.
///
/// What is an array already (from a body, or from `all: true`) is not split; its items are piped.
package struct ParseArray: ValuePipe {
    /// As many items as a client can usefully send in a query.
    package static let maxItems = 10_000

    package let separator: String
    package let items: (any ValuePipe)?

    package init(separator: String = ",", items: (any ValuePipe)? = nil) {
        self.separator = separator
        self.items = items
    }

    package func transform(_ value: PipeValue, _ context: PipeContext) throws(PipeError) -> PipeValue {
        let values: [JSONValue]
        switch value {
        case .many(let all): values = all
        case .one(.array(let elements)): values = elements
        case .one(.string(let text)) where !text.isEmpty:
            values = split(JavaScriptText.trimmed(text)).map { .string($0) }
        default: throw Self.refusal
        }
        guard values.count <= Self.maxItems else { throw Self.refusal }
        guard let items else { return .one(.array(values)) }
        var results: [JSONValue] = []
        results.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            do throws(PipeError) {
                results.append(try items.transform(.one(value), context).json ?? .null)
            } catch {
                throw PipeError("[\(index)] \(error.message)")
            }
        }
        return .one(.array(results))
    }

    private static let refusal = PipeError("Validation failed (parsable array expected)")

    private func split(_ text: String) -> [String] {
        let (bytes, mark) = (Array(text.utf8), Array(separator.utf8))
        guard !mark.isEmpty else { return [text] }
        var parts: [String] = []
        var (start, index) = (0, 0)
        while index + mark.count <= bytes.count {
            if bytes[index..<index + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        parts.append(String(decoding: bytes[start...], as: UTF8.self))
        return parts
    }
}
