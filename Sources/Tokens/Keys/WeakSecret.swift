/// Tells secrets that can be guessed from captured tokens.
///
/// Whoever holds one token of HMAC can try secrets offline, millions each second.
///
/// Spec: RFC 7518 §3.2 (at least as long as the hash), RFC 8725 §3.5
enum WeakSecret {
    /// What is wrong with a secret; never shows it.
    ///
    /// - Parameters:
    ///   - bytes: the secret.
    ///   - minimum: bytes that it needs.
    /// - Returns: the reason not to take it, `nil` for none.
    static func fault(of bytes: [UInt8], minimum: Int) -> String? {
        if known.contains(where: { isSame(bytes, $0) }) {
            return "the secret is an example that everybody knows"
        }
        guard bytes.count >= minimum else {
            return "the secret has \(bytes.count) bytes, \(minimum) are needed (openssl rand -base64 \(minimum))"
        }
        if Set(bytes).count < 8 { return "the secret is made of fewer than 8 different bytes" }
        if isSequence(bytes) { return "the secret counts up or down" }
        let period = period(of: bytes)
        if period < minimum { return "the secret repeats its first \(period) bytes" }
        return nil
    }

    /// After how many bytes it repeats itself, at least once in full; its length if it does not.
    private static func period(of bytes: [UInt8]) -> Int {
        let limit = bytes.count / 2
        for period in 1...max(limit, 1) where period <= limit {
            if zip(bytes, bytes.dropFirst(period)).allSatisfy({ $0 == $1 }) { return period }
        }
        return bytes.count
    }

    /// Whether each byte differs from the one before by the same amount.
    private static func isSequence(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 2 else { return false }
        let step = bytes[1] &- bytes[0]
        return zip(bytes, bytes.dropFirst()).allSatisfy { $1 &- $0 == step }
    }

    private static func isSame(_ bytes: [UInt8], _ word: StaticString) -> Bool {
        let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        return word.count == bytes.count
            && zip(bytes, word).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
    }

    /// Examples of documentation and default settings, in lower case.
    private static let known: [StaticString] = [
        "secret", "secretkey", "secret_key", "secret-key", "jwtsecret", "jwt_secret", "jwt-secret", "changeme",
        "change-me", "password", "shhhhh", "mysecret", "my-secret", "supersecret", "super-secret", "test", "admin",
        "your-secret-key", "your_secret_key", "your-jwt-secret",
        "your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret",
        "a-string-secret-at-least-256-bits-long", "a-valid-string-secret-that-is-at-least-384-bits-long",
        "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-token-with-at-least-32-characters-long",
    ]
}
