/// Why no keys could be made of what was given. Nothing in it shows a secret or a private key.
package enum TokenKeyError: Error, Sendable, Equatable {
    /// The text is no JWK Set or no PEM; says what is wrong.
    case malformed(String)
    /// More bytes than are read.
    case tooLarge(limit: Int)
    /// More keys than are looked at.
    case tooManyKeys(limit: Int)
    /// Keys that no token could tell apart; says which.
    case ambiguous(String)
    /// No key is left that an allowed algorithm could use; says for each one why.
    case noUsableKeys([String])
    /// The one key that was given cannot be used; says why.
    case unusable(String)
}

extension TokenKeyError: CustomStringConvertible {
    /// One sentence for whoever wrote the route file.
    package var description: String {
        switch self {
        case .malformed(let what): what
        case .tooLarge(let limit): "the keys take more than \(limit) bytes"
        case .tooManyKeys(let limit): "there are more than \(limit) keys"
        case .ambiguous(let what): what
        case .noUsableKeys(let reasons) where reasons.isEmpty: "the JWK Set holds no keys"
        case .noUsableKeys(let reasons): "no usable key: " + reasons.joined(separator: "; ")
        case .unusable(let reason): reason
        }
    }
}

/// Why one key cannot be used.
struct UnusableKey: Error, Equatable {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
