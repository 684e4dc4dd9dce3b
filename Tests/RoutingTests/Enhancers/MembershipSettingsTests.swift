import Testing

@testable import Routing

/// `Roles`, `Scopes`, and which guards must stand before what looks at claims.
@Suite struct MembershipSettingsTests {
    private let jwt = "{ Jwt: { jwks: k, algorithms: ES256 } }"

    @Test func `from and claim have defaults`() {
        #expect(
            MarkedGuards("\(jwt), { Roles: { any: admin } }").settings
                == .roles(.init(any: ["admin"], all: [], from: "auth", claim: ["roles"])))
        #expect(
            MarkedGuards("\(jwt), { Scopes: { all: [\"a:r\", \"a:w\"] } }").settings
                == .scopes(.init(any: [], all: ["a:r", "a:w"], from: "auth", claim: ["scope"])))
        let other = "{ Jwt: { jwks: k, algorithms: ES256, as: user } }"
        #expect(
            MarkedGuards("\(other), { Roles: { all: [a], from: user, claim: realm_access.roles } }").settings
                == .roles(.init(any: [], all: ["a"], from: "user", claim: ["realm_access", "roles"])))
    }

    @Test func `a name with dots of its own stands in a list`() {
        #expect(
            MarkedGuards("\(jwt), { Roles: { any: a, claim: [\"https://example.com/roles\"] } }").settings
                == .roles(.init(any: ["a"], all: [], from: "auth", claim: ["https://example.com/roles"])))
    }

    @Test(arguments: ["Roles", "Scopes"])
    func `mistakes are told where they are`(name: String) {
        let needs = "\"\(name)\" needs one of \"any\" and \"all\", a list of names"
        expectOnly(needs, "\(jwt), { \(name): ^{} }")
        expectOnly(needs, "\(jwt), { \(name): ^{ any: [] } }")
        expectOnly(needs, "\(jwt), { \(name): ^{ any: [a], all: [b] } }")
        expectOnly("\"any\" must be a text, not a mapping", "\(jwt), { \(name): { any: [a, ^{ b: c }] } }")
        expectOnly("unknown key \"role\" in \"\(name)\"", "\(jwt), { \(name): { any: [a], ^role: [b] } }")
        for (claim, shown) in [
            ("\"\"", "\"\""), ("a..b", "\"a..b\""), (".", "\".\""), ("[]", "a list"), ("[a, \"\"]", "a list"),
        ] {
            expectOnly(
                "\"claim\" must name a claim, such as roles or realm_access.roles, not \(shown)",
                "\(jwt), { \(name): { any: [a], claim: ^\(claim) } }")
        }
    }

    // MARK: Which guards there must be

    private func lacking(_ name: String, _ claims: String) -> String {
        "\"\(name)\" looks at \"$\(claims)\", but no guard before it provides that in route \"r\"; "
            + "put a guard that does, such as Jwt, before it"
    }

    @Test func `what looks at claims stands behind what provides them`() {
        expectOnly(lacking("Roles", "auth"), "^{ Roles: { any: [a] } }")
        expectOnly(lacking("Roles", "auth"), "^{ Roles: { any: [a] } }, \(jwt)")
        expectOnly(lacking("Scopes", "user"), "\(jwt), ^{ Scopes: { any: [a], from: user } }")
        expectOnly(
            lacking("RateLimit", "auth"), "^{ RateLimit: { limit: 1, per: 1s, key: $auth.sub } }, \(jwt)")
        #expect(MarkedGuards("\(jwt), { RateLimit: { limit: 1, per: 1s, key: $auth.sub } }").load().errors == [])
    }

    @Test func `claims have one provider each`() {
        let hash = String(repeating: "ab", count: 32)
        let basic = "{ Basic: { users: [{ name: a, sha256: \(hash) }] } }"
        expectOnly(
            "\"$auth\" is provided by \"Jwt\" at r.yaml:2:17 already; give one of them another \"as\"",
            "\(jwt), ^\(basic)")
        let renamed = "{ Basic: { users: [{ name: a, sha256: \(hash) }], as: staff } }"
        let both = MarkedGuards("\(jwt), \(renamed)")
        #expect(both.load(payload: "{ a: $auth.sub, b: $staff.name, c: $auth.realm_access.roles.0 }").errors == [])
    }

    @Test func `a payload names only claims that a guard provides`() {
        let limit = MarkedGuards("{ RateLimit: { limit: 1, per: 1s } }")
        #expect(
            limit.load(payload: "{ a: $auth.sub }").errors == [
                "r.yaml:4:82: \"$auth.sub\" does not exist: no guard of this route provides \"auth\" (Jwt, Basic, ApiKey and Remote do, by their \"as\")"
            ])
        #expect(
            MarkedGuards(jwt).load(payload: "{ a: $atuh.sub }").errors == [
                "r.yaml:4:82: unknown reference \"$atuh.sub\"; write \"$$atuh.sub\" for a literal dollar; did you mean \"$auth\"?"
            ])
        #expect(
            MarkedGuards(jwt).load(payload: "{ a: $auth..sub }").errors == [
                "r.yaml:4:82: \"$auth..sub\" names nothing between two dots"
            ])
    }
}
