import HTTPWire
import MessageWire
import NetworkIO
import Pipeline
import Routing

/// `Basic`: the client shows a name and a password of which the route file has the hash.
///
/// All users are compared, each to its end, so that the time tells neither a name nor a password.
///
/// Spec: RFC 7617
struct BasicGuard: SynchronousGuard {
    private let users: [BasicSettings.User]
    private let claims: [ClaimSet]
    private let challenge: [HTTPField]

    init(_ settings: BasicSettings) {
        users = settings.users
        claims = settings.users.map { user in
            ClaimSet([
                ClaimSet.Entry(
                    name: settings.claims, value: ["sub": .string(user.name), "name": .string(user.name)],
                    identity: Array("basic:\(user.name)".utf8))
            ])
        }
        let text = "Basic realm=\"\(settings.realm)\", charset=\"UTF-8\""
        challenge = [GatewayError.field("www-authenticate", text)].compactMap { $0 }
    }

    func decide(_ context: GuardContext) -> GuardDecision {
        var found: [[UInt8]] = []
        context.request.fields.forEachValue(of: "authorization") { found.append(Array($0)) }
        guard found.count < 2 else { return refusal("The credentials are given more than once.") }
        guard let value = found.first, let (name, password) = Self.credentials(value) else {
            return refusal("This needs a name and a password.")
        }
        var match: Int?
        for (index, user) in users.enumerated() {
            let digest = SHA256Digest.of(Array(user.salt.utf8) + password)
            let isName = SHA256Digest.areEqual(SHA256Digest.of(Array(user.name.utf8)), SHA256Digest.of(name))
            if SHA256Digest.areEqual(user.sha256, digest), isName { match = index }
        }
        guard let match else { return refusal("The name or the password is wrong.") }
        return .identified(claims[match])
    }

    /// `Basic` and base64 of `name:password`.
    private static func credentials(_ value: [UInt8]) -> (name: [UInt8], password: [UInt8])? {
        let scheme = value.prefix(6).map { $0 | 0x20 }
        guard scheme.elementsEqual("basic ".utf8), let decoded = Base64.decoded(value.dropFirst(6).drop { $0 == 0x20 }),
            let colon = decoded.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return (Array(decoded[..<colon]), Array(decoded[(colon + 1)...]))
    }

    private func refusal(_ detail: String) -> GuardDecision {
        .refuse(GatewayError(status: 401, code: "unauthorized", detail: detail, fields: challenge))
    }
}

/// Base64 with its padding. Spec: RFC 4648 §4
enum Base64 {
    /// The bytes of a text; `nil` when it is not base64.
    static func decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var text = Array(text)
        guard text.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, text.last == UInt8(ascii: "=") {
            text.removeLast()
            padding += 1
        }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text {
            guard let value = value(of: character) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        // What is left over must be zero, or one secret would have several writings.
        return bits & ((1 << UInt32(count)) - 1) == 0 ? bytes : nil
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character - 0x41
        case 0x61...0x7A: character - 0x61 + 26
        case 0x30...0x39: character - 0x30 + 52
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}
