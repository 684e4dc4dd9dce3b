/// What one entry of `guards:` says. The gateway makes a guard of it, once for the entry.
package enum GuardSettings: Sendable, Hashable {
    case apiKey(APIKeySettings)
    case ipAllow(AddressSettings)
    case ipDeny(AddressSettings)
    case rateLimit(RateLimitSettings)
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

/// A guard as it stands in the route file.
package struct GuardEntry: Sendable, Hashable {
    package let name: String
    package let settings: GuardSettings
    package let place: SourcePlace
}
