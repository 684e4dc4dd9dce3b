extension TokenKeySet {
    /// The keys that a token may be checked with.
    ///
    /// A token that names a key gets that one; if the set is one key without a name, that. A token that names none
    /// gets the keys without a name, or the only named one that its algorithm can use. Each is for the algorithm, so
    /// that a public key never serves as a secret.
    /// - Parameters:
    ///   - id: the token's `kid`.
    ///   - algorithm: its `alg`, which the route allows.
    /// - Returns: one key at least, and at most ``maxUnnamed``.
    /// - Throws: ``TokenFault``: unknown key, no name though it takes one, or none for this algorithm.
    ///
    /// Spec: RFC 7515 §4.1.4, appendix D; RFC 8725 §3.1
    func keys(named id: String?, for algorithm: TokenAlgorithm) throws(TokenFault) -> [TokenKey] {
        let known: [TokenKey]
        if let id {
            if let keys = named[Array(id.utf8)] {
                known = keys
            } else if named.isEmpty, unnamed.count == 1 {
                known = unnamed
            } else {
                throw TokenFault(.unknownKey, "the key of the token is not known")
            }
        } else {
            known = unnamed.isEmpty ? try onlyNamed(for: algorithm) : unnamed
        }
        let fit = known.filter { $0.verifiers[algorithm] != nil }
        guard !fit.isEmpty else {
            throw TokenFault(.keyDoesNotFit, "the key of the token is not for its algorithm")
        }
        return fit
    }

    private func onlyNamed(for algorithm: TokenAlgorithm) throws(TokenFault) -> [TokenKey] {
        let fit = named.values.joined().filter { $0.verifiers[algorithm] != nil }
        guard fit.count <= 1 else { throw TokenFault(.missingKeyID, "the token does not name its key") }
        return fit
    }
}
