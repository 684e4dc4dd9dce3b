import Testing

@testable import Routing

/// `Basic`, and `as` of `ApiKey`.
@Suite struct BasicSettingsTests {
    private static let hash = String(repeating: "0aF", count: 21) + "9"

    @Test func `realm, salt and the name of the claims have defaults`() {
        let hash = GuardReader.bytes(Self.hash) ?? []
        #expect(
            MarkedGuards("{ Basic: { users: [{ name: ops, sha256: \(Self.hash) }] } }").settings
                == .basic(.init(users: [.init(name: "ops", salt: "", sha256: hash)], realm: "martlet", claims: "auth")))
        #expect(
            MarkedGuards(
                "{ Basic: { realm: \"the shop\", as: user, users: [{ name: Jürgen, salt: x1, sha256: \(Self.hash) }] } }"
            ).settings
                == .basic(
                    .init(users: [.init(name: "Jürgen", salt: "x1", sha256: hash)], realm: "the shop", claims: "user")))
    }

    private static let hashMessage =
        "\"sha256\" must be the 64 hexadecimal digits of SHA-256: printf %s 'SALTPASSWORD' | sha256sum"

    @Test(arguments: [
        ("^{}", "\"Basic\" has no \"users\""),
        ("{ users: ^[] }", "\"users\" must be a list such as [{ name: ops, sha256: HEX }], not a list"),
        ("{ users: ^ops }", "\"users\" must be a list such as [{ name: ops, sha256: HEX }], not \"ops\""),
        ("{ users: [^ops] }", "a user of \"Basic\" must be a mapping, not \"ops\""),
        ("{ users: [^{ sha256: \(hash) }] }", "a user of \"Basic\" has no \"name\""),
        ("{ users: [^{ name: a }] }", "a user of \"Basic\" has no \"sha256\""),
        ("{ users: [{ name: a, sha256: ^\(hash)0 }] }", hashMessage),
        ("{ users: [{ name: a, sha256: ^abc }] }", hashMessage),
        ("{ users: [{ name: a, sha256: ^null }] }", "\"sha256\" must be a text, not nothing"),
        ("{ users: [^{ name: \"a:b\", sha256: \(hash) }] }", "a user's name cannot hold a colon"),
        (
            "{ users: [{ name: a, sha256: \(hash) }, ^{ name: a, sha256: \(hash) }] }",
            "two users of \"Basic\" have the same name"
        ),
        (
            "{ users: [{ name: a, ^password: x, sha256: \(hash) }] }",
            "unknown key \"password\" in a user of \"Basic\""
        ),
        ("{ realm: ^\"a\\\"b\", users: [\(user)] }", "\"realm\" must be plain ASCII without quotation marks"),
        ("{ realm: ^\"a\\u0007b\", users: [\(user)] }", "\"realm\" must be plain ASCII without quotation marks"),
        ("{ realm: ^é, users: [\(user)] }", "\"realm\" must be plain ASCII without quotation marks"),
    ])
    func `mistakes are told where they are`(options: String, message: String) {
        expectOnly(message, "{ Basic: \(options) }")
    }

    private static let user = "{ name: a, sha256: \(hash) }"

    @Test func `ApiKey has claims only if they have a name`() {
        func claims(_ options: String) -> String? {
            MarkedGuards("{ ApiKey: { keys: [\(Self.user)]\(options) } }").settings?.claims
        }
        #expect(claims("") == nil)
        #expect(claims(", as: client") == "client")
        expectOnly(
            "\"body\" cannot name claims; use letters and digits, and none of "
                + "$body, $cookie, $header, $path, $query, $request, $result, $tls",
            "{ ApiKey: { keys: [\(Self.user)], as: ^body } }")
        expectOnly("\"a b\" is not a cookie name", "{ ApiKey: { keys: [\(Self.user)], cookie: ^\"a b\" } }")
    }
}
