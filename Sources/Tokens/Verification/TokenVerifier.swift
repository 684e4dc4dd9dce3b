import MessageWire

/// Checks JSON Web Tokens: the part of the `Jwt` guard that nobody may fool.
///
/// A value without state; runs on the event loop that read the request, and never waits. Cheap checks come first, the
/// signature next, and claims are read only of tokens that are authentic.
///
/// The bytes of a token do not identify it: whoever holds one of ECDSA can write its signature in a second way (`n - s`),
/// which says the same. What must happen once needs `jti`.
///
/// Spec: RFC 7519 §7.2, RFC 7515 §5.2, RFC 8725
package struct TokenVerifier: Sendable {
    private let keys: TokenKeySet
    private let rules: TokenRules
    private let types: [[UInt8]]

    /// A verifier of these keys and rules.
    package init(keys: TokenKeySet, rules: TokenRules) {
        self.keys = keys
        self.rules = rules
        self.types = rules.types.map(MediaTypeName.normalized)
    }

    /// Checks a token.
    ///
    /// - Parameters:
    ///   - token: the compact JWS alone, without scheme or white space; not kept.
    ///   - now: seconds since 1970.
    /// - Returns: what it says.
    /// - Throws: the first thing that is wrong, from outside in: form, header, key, signature, claims.
    package func verify(_ token: UnsafeRawBufferPointer, now: Double) throws(TokenFault) -> VerifiedToken {
        let parts = try CompactToken(token)
        let header = try TokenHeader(parts.header, algorithms: rules.algorithms)
        try checkType(header)
        let candidates = try keys.keys(named: header.keyID, for: header.algorithm)
        let signed = UnsafeRawBufferPointer(rebasing: token[..<parts.signedCount])
        guard
            candidates.contains(where: { key in
                key.isValid(parts.signature, for: signed, algorithm: header.algorithm)
            })
        else { throw .badSignature }
        let claims = try Self.claims(parts.payload)
        let times = try ClaimsCheck(rules: rules, claims: claims, now: now).run()
        return VerifiedToken(
            claims: claims, subject: claims["sub"]?.stringValue, expires: times.expires, notBefore: times.notBefore,
            keyID: header.keyID, algorithm: header.algorithm)
    }

    /// Spec: RFC 8725 §3.11
    private func checkType(_ header: TokenHeader) throws(TokenFault) {
        guard !types.isEmpty else { return }
        guard let type = header.type, types.contains(type) else {
            throw TokenFault(.wrongType, "the token is not of an accepted type")
        }
    }

    /// Spec: RFC 7519 §7.2, step 10
    private static func claims(_ payload: [UInt8]) throws(TokenFault) -> JSONValue {
        let json: JSONValue
        do throws(JSONScanError) {
            json = try StrictJSON.parse(payload)
        } catch {
            throw .malformed("the payload of the token is not JSON")
        }
        guard case .object = json else { throw .malformed("the payload of the token is no object") }
        return json
    }
}
