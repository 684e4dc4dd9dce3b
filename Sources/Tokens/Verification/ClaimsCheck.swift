import MessageWire

/// Holds the claims of an authentic token against a route's rules.
///
/// Spec: RFC 7519 §4.1
struct ClaimsCheck {
    let rules: TokenRules
    /// The payload, an object.
    let claims: JSONValue
    /// Seconds since 1970.
    let now: Double

    /// When the claims stop and start to hold, leeway included.
    struct Times {
        var expires: Double?
        var notBefore: Double?
    }

    /// Checks everything.
    ///
    /// - Returns: what limits the token in time.
    /// - Throws: the first thing that is wrong: kinds of claims, then claims that must be there, then times, then who it is for.
    func run() throws(TokenFault) -> Times {
        let issuer = try text("iss")
        _ = try text("sub")
        _ = try text("jti")
        let audiences = try audience()
        let times = try self.times()
        for name in rules.requiredClaims where claims[name] == nil || claims[name] == .null {
            throw .missingClaim(name)
        }
        try checkIssuer(issuer)
        try checkAudience(audiences)
        return times
    }

    // MARK: Times

    private func times() throws(TokenFault) -> Times {
        let leeway = max(0, rules.leeway.inSeconds)
        let expiry = try date("exp").map { $0 + leeway }
        let notBefore = try date("nbf").map { $0 - leeway }
        let issued = try date("iat")
        if expiry == nil, rules.requiresExpiry { throw .missingClaim("exp") }
        // Written so that a number that compares with nothing would be refused.
        if let expiry, !(now < expiry) { throw TokenFault(.expired, "the token has expired") }
        if let notBefore, !(now >= notBefore) { throw TokenFault(.notYetValid, "the token is not valid yet") }
        if let issued, !(now >= issued - leeway) {
            throw TokenFault(.notYetValid, "the token was issued in the future")
        }
        let age = try rules.maxAge.map { (age) throws(TokenFault) -> Double in
            guard let issued else { throw .missingClaim("iat") }
            return issued + age.inSeconds + leeway
        }
        if let age, !(now < age) { throw TokenFault(.tooOld, "the token was issued too long ago") }
        return Times(expires: [expiry, age].compactMap(\.self).min(), notBefore: notBefore)
    }

    /// Seconds since 1970, possibly with a fraction.
    ///
    /// Spec: RFC 7519 §2 (NumericDate)
    private func date(_ name: String) throws(TokenFault) -> Double? {
        guard let value = claims[name] else { return nil }
        guard let seconds = value.doubleValue, seconds.isFinite else {
            throw .malformed("the claim \(name) must be a number of seconds")
        }
        return seconds
    }

    // MARK: Parties

    private func checkIssuer(_ issuer: String?) throws(TokenFault) {
        guard !rules.issuers.isEmpty else { return }
        guard let issuer else { throw .missingClaim("iss") }
        guard Self.contains(rules.issuers, issuer) else {
            throw TokenFault(.wrongIssuer, "the issuer of the token is not accepted")
        }
    }

    private func checkAudience(_ audiences: [String]?) throws(TokenFault) {
        guard !rules.audiences.isEmpty else { return }
        guard let audiences else { throw .missingClaim("aud") }
        guard audiences.contains(where: { Self.contains(rules.audiences, $0) }) else {
            throw TokenFault(.wrongAudience, "the token is for another audience")
        }
    }

    /// Compares byte by byte: Swift's own equality takes composed and decomposed letters for the same.
    private static func contains(_ texts: [String], _ text: String) -> Bool {
        texts.contains { $0.utf8.elementsEqual(text.utf8) }
    }

    /// Spec: RFC 7519 §4.1.3
    private func audience() throws(TokenFault) -> [String]? {
        guard let value = claims["aud"] else { return nil }
        if let text = value.plainText { return [text] }
        guard case .array(let elements) = value, elements.allSatisfy({ $0.plainText != nil }) else {
            throw .malformed("the claim aud must be a string or an array of strings")
        }
        return elements.compactMap(\.plainText)
    }

    private func text(_ name: String) throws(TokenFault) -> String? {
        guard let value = claims[name] else { return nil }
        guard let text = value.plainText else { throw .malformed("the claim \(name) must be a string") }
        return text
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
