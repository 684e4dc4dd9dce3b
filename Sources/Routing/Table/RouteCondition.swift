import Pipeline

/// One entry of a route's `when`: a header or query parameter that must have one of the listed values.
///
/// Values are compared as texts, case matters. A repeated header or parameter fulfils a condition when any of its
/// values does.
package struct RouteCondition: Sendable, Hashable {
    package enum Source: String, Sendable, Hashable, CaseIterable {
        case header
        case query
    }

    package let source: Source
    /// Lower-case for a header.
    package let name: String
    package let values: [String]
    private let nameBytes: [UInt8]
    private let valueBytes: [[UInt8]]

    init(_ source: Source, name: String, values: [String]) {
        self.source = source
        self.name = name
        self.values = values
        nameBytes = Array(name.utf8)
        valueBytes = values.map { Array($0.utf8) }
    }

    func holds(for request: RequestView) -> Bool {
        var isFulfilled = false
        switch source {
        case .header:
            request.fields.forEachValue(of: name) { value in
                if !isFulfilled { isFulfilled = accepts(value) }
            }
        case .query:
            var query = QueryPairs(request.query)
            while !isFulfilled, let pair = query.next() {
                guard FormText.decodes(pair.name, to: nameBytes) else { continue }
                isFulfilled = valueBytes.contains { FormText.decodes(pair.value, to: $0) }
            }
        }
        return isFulfilled
    }

    private func accepts(_ value: UnsafeRawBufferPointer) -> Bool {
        for candidate in valueBytes where candidate.count == value.count {
            if candidate.elementsEqual(value) { return true }
        }
        return false
    }

    /// Whether no request can fulfil both.
    func excludes(_ other: RouteCondition) -> Bool {
        source == other.source && name == other.name && Set(values).isDisjoint(with: other.values)
    }

    /// Whether every request that fulfils `other` fulfils this one.
    func isImplied(by other: RouteCondition) -> Bool {
        source == other.source && name == other.name && Set(other.values).isSubset(of: values)
    }
}
