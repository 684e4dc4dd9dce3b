/// Why a token is refused.
///
/// The fault is always the downstream's, and trying again with the same token is useless, but for ``Kind/unknownKey`` with
/// keys from an address: they may have changed there.
package struct TokenFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, for the one who decides.
    package let kind: Kind
    /// A short text for `error_description` of the answer: ASCII without quotation marks and backslashes, and nothing of
    /// the token or the keys.
    ///
    /// Spec: RFC 6750 §3
    package let description: String

    /// Everything a token can be refused for.
    package enum Kind: Sendable, Hashable {
        /// It is no compact JWS of a JSON object, or a member is not of the kind that it must be.
        case malformed
        /// It asks for something that is not done here: `b64`, `zip`, encryption, a token inside of it.
        case unsupported
        /// It has a header member `crit`: no extension is understood.
        case unsupportedCritical
        /// Its `alg` is not one of the route's, `none` above all.
        case algorithmNotAllowed
        /// No key has its `kid`; new keys may.
        case unknownKey
        /// It has no `kid`, and several keys do.
        case missingKeyID
        /// The keys that it may be checked with are not for its `alg`.
        case keyDoesNotFit
        /// The signature was not made with the key, or is none at all.
        case badSignature
        /// `exp` is over.
        case expired
        /// `nbf` has not come, or `iat` is in the future.
        case notYetValid
        /// `iat` is longer ago than the route allows.
        case tooOld
        /// `iss` is not one of the route's.
        case wrongIssuer
        /// No `aud` is one of the route's.
        case wrongAudience
        /// `typ` is not one of the route's.
        case wrongType
        /// A claim that the route asks for is not there.
        case missingClaim(String)
    }

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func malformed(_ what: String) -> TokenFault { TokenFault(.malformed, what) }

    static func missingClaim(_ name: String) -> TokenFault {
        // Names come from the route file, which is free to choose.
        let isPlain = name.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }
        return TokenFault(.missingClaim(name), "the token lacks the claim " + (isPlain ? name : "that is asked for"))
    }

    static let badSignature = TokenFault(.badSignature, "the signature is wrong")
}
