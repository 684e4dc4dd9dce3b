/// What a token must say to be taken, its signature aside.
///
/// Spec: RFC 7519 §4.1, RFC 8725 §3
package struct TokenRules: Sendable {
    /// The only values of `alg` that are taken. Defends from tokens that choose a weaker check for themselves.
    package var algorithms: Set<TokenAlgorithm>
    /// Any of them must be `iss`; empty for any issuer or none.
    package var issuers: [String]
    /// Any of them must be in `aud`; empty when the claim does not matter. Defends from tokens made for somebody else.
    package var audiences: [String]
    /// How far the clocks may differ, in both directions.
    package var leeway: Duration
    /// Claims that must be there and not `null`.
    package var requiredClaims: [String]
    /// Whether a token without `exp` is refused.
    package var requiresExpiry: Bool
    /// How long after `iat` a token is taken, whatever its `exp`; `nil` for any time. Then `iat` must be there.
    package var maxAge: Duration?
    /// Any of them must be `typ`, letters in any case, with or without `application/`; empty for any or none. Defends from
    /// tokens of another kind by the same issuer (ID tokens as access tokens: `at+jwt`).
    package var types: [String]

    /// Rules of a route; only the algorithms have no default.
    package init(
        algorithms: Set<TokenAlgorithm>, issuers: [String] = [], audiences: [String] = [],
        leeway: Duration = .seconds(30), requiredClaims: [String] = [], requiresExpiry: Bool = true,
        maxAge: Duration? = nil, types: [String] = []
    ) {
        self.algorithms = algorithms
        self.issuers = issuers
        self.audiences = audiences
        self.leeway = leeway
        self.requiredClaims = requiredClaims
        self.requiresExpiry = requiresExpiry
        self.maxAge = maxAge
        self.types = types
    }
}

/// A media type in the short writing of `typ` and `cty`.
enum MediaTypeName {
    /// In lower case, without `application/` if nothing else is divided by a slash.
    ///
    /// Spec: RFC 7515 §4.1.9
    static func normalized(_ text: String) -> [UInt8] {
        let bytes = text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        let prefix = Array("application/".utf8)
        guard bytes.starts(with: prefix), !bytes.dropFirst(prefix.count).contains(0x2F) else { return bytes }
        return Array(bytes.dropFirst(prefix.count))
    }
}
