import MessageWire

/// What a token says that was signed with one of the route's keys and keeps all of its rules.
package struct VerifiedToken: Sendable {
    /// The payload: always an object, numbers as written.
    package let claims: JSONValue
    /// The claim `sub`.
    package let subject: String?
    /// Seconds since 1970 from which on the token must not be taken any more, leeway included: the earlier of `exp` and
    /// `iat` with the route's age; `nil` for never. What is remembered of the token must be forgotten by then.
    package let expires: Double?
    /// Seconds since 1970 before which the token must not be taken, leeway included: matters to whoever remembers it
    /// when the clock is set back.
    package let notBefore: Double?
    /// The `kid` of the header.
    package let keyID: String?
    /// The `alg` of the header.
    package let algorithm: TokenAlgorithm
}
