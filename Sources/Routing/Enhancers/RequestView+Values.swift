import Pipeline

/// What guards look up by name.
extension RequestView {
    /// All values of a query parameter, decoded; `nil` for one that is not well-formed.
    package func queryValues(of name: String) -> [String?] {
        var values: [String?] = []
        var pairs = QueryPairs(query)
        while let pair = pairs.next() {
            if FormText.means(pair.name, name) { values.append(FormText.decoded(pair.value)) }
        }
        return values
    }

    /// The value of a cookie; the first of several, as Node's `cookie` package has it.
    package func cookie(named name: String) -> String? { CookieHeader.value(of: name, in: fields) }
}
