/// What one entry of `guards:` says. The gateway makes a guard of it, once for the entry.
package enum GuardSettings: Sendable, Hashable {
    case apiKey(APIKeySettings)
    case ipAllow(AddressSettings)
    case ipDeny(AddressSettings)
    case rateLimit(RateLimitSettings)
    case jwt(JWTSettings)
    case basic(BasicSettings)
    case roles(MembershipSettings)
    case scopes(MembershipSettings)

    /// What its claims are called, if it brings any.
    package var claims: String? {
        switch self {
        case .jwt(let settings): settings.claims
        case .basic(let settings): settings.claims
        case .apiKey(let settings): settings.claims
        case .ipAllow, .ipDeny, .rateLimit, .roles, .scopes: nil
        }
    }

    /// The same, wherever it is written.
    package var placeless: GuardSettings {
        guard case .jwt(let settings) = self else { return self }
        return .jwt(settings.placeless)
    }

    /// The claims that it looks at.
    package var neededClaims: String? {
        switch self {
        case .roles(let settings), .scopes(let settings): settings.from
        case .rateLimit(let settings): settings.key?.claims
        case .jwt, .basic, .apiKey, .ipAllow, .ipDeny: nil
        }
    }
}

/// `ApiKey`: the client shows a secret that the gateway knows by its hash.
package struct APIKeySettings: Sendable, Hashable {
    /// Where the key stands in a request.
    package enum Location: Sendable, Hashable {
        /// A header, its name in lower case.
        case header(String)
        case query(String)
        case cookie(String)
    }

    /// A client that may come in.
    package struct Key: Sendable, Hashable {
        package var name: String
        /// SHA-256 of the key, 32 bytes.
        package var sha256: [UInt8]
    }

    package var location: Location
    package var keys: [Key]
    /// What its claims (`name`, the key's name) are called; `nil` for none.
    package var claims: String?

    package static let defaultHeader = "x-api-key"
}

/// `IpAllow` and `IpDeny`.
package struct AddressSettings: Sendable, Hashable {
    package var ranges: [AddressRange]
}

/// `RateLimit`: so many requests in so much time, for each value of a key.
package struct RateLimitSettings: Sendable, Hashable {
    /// What is counted apart; `nil` counts everything together.
    package var key: RequestKey?
    package var limit: Int
    package var per: Duration
    /// Requests that may come at once after a time without any.
    package var burst: Int
    /// Values of the key that are kept apart at the same time.
    package var maxKeys: Int

    /// Nanoseconds between two requests at the steady rate.
    package var interval: Double {
        (Double(per.components.seconds) * 1e9 + Double(per.components.attoseconds) / 1e9) / Double(limit)
    }

    /// 16 bytes each: 1.6 MB.
    package static let defaultMaxKeys = 100_000
}

/// `Jwt`: the client shows a signed token.
package struct JWTSettings: Sendable, Hashable {
    /// Where keys come from.
    package enum Keys: Sendable, Hashable {
        /// A JWK Set in a file.
        case file(String)
        /// A JWK Set at an address.
        case url(String)
        /// PEM: a public key or certificate.
        case publicKey(String)
        /// A secret for HMAC.
        case secret(Secret)
    }

    /// A secret: never shown by anything.
    package enum Secret: Sendable, Hashable {
        case text(String)
        case file(String)
    }

    /// Where the token stands in a request.
    package enum Location: Sendable, Hashable {
        /// A header, its name in lower case, behind a scheme (`Bearer`), which may be empty.
        case header(String, scheme: String)
        case cookie(String)
        case query(String)
    }

    package var keys: Keys
    package var algorithms: [String]
    /// Any of them; empty for any at all.
    package var issuers: [String]
    package var audiences: [String]
    package var leeway: Duration
    package var requiredClaims: [String]
    package var requiresExpiry: Bool
    /// The oldest `iat` that is taken.
    package var maxAge: Duration?
    /// Values of `typ` that are taken; empty for any.
    package var types: [String]
    package var location: Location
    /// What the claims are called: `auth` for `$auth`.
    package var claims: String
    /// How often an address is asked for its keys.
    package var refresh: Duration
    /// Tokens of each event loop whose verification is remembered until they expire.
    package var maxCached: Int
    /// Where it is written, for messages about its files.
    package var place: SourcePlace

    /// The same, wherever it is written.
    package var placeless: JWTSettings {
        var copy = self
        copy.place = .nowhere
        return copy
    }

    package static let algorithmNames = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
        "EdDSA",
    ]
    package static let defaultLeeway = Duration.seconds(30)
    package static let defaultRefresh = Duration.seconds(300)
    /// About 1 KiB each.
    package static let defaultMaxCached = 4096
}

/// `Basic`: the client shows a name and a password that the gateway knows by its hash.
package struct BasicSettings: Sendable, Hashable {
    /// Somebody who may come in.
    package struct User: Sendable, Hashable {
        package var name: String
        /// Put before the password.
        package var salt: String
        /// SHA-256 of salt and password, 32 bytes.
        package var sha256: [UInt8]
    }

    package var users: [User]
    package var realm: String
    package var claims: String
}

/// `Roles` and `Scopes`: what a claim of the caller must hold.
package struct MembershipSettings: Sendable, Hashable {
    /// One of them is enough; empty when ``all`` counts.
    package var any: [String]
    /// All are needed.
    package var all: [String]
    /// Whose claims.
    package var from: String
    /// Keys from the claims' root to the list.
    package var claim: [String]
}
