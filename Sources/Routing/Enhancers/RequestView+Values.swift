import Pipeline

/// What guards look up by name.
extension RequestView {
    /// All values of a query parameter, decoded; one that is not well-formed is left out.
    package func queryValues(of name: String) -> [String] {
        var values: [String] = []
        var pairs = QueryPairs(query)
        while let pair = pairs.next() {
            if FormText.means(pair.name, name), let value = FormText.decoded(pair.value) { values.append(value) }
        }
        return values
    }

    /// The value of a cookie; the first of several, as Node's `cookie` package has it.
    package func cookie(named name: String) -> String? { CookieHeader.value(of: name, in: fields) }
}
