/// A route of the tricks' gateway: guarded, or public beside the guarded ones.
struct TrickRoute: Sendable {
    let id: String
    let methods: Set<String>
    let path: String
    var host: String?
    /// The value of `x-internal` that `when` asks for.
    var condition: String?
    /// What stands in `guards:`; `nil` for a public route.
    var guards: String?
    /// What the guards answer to who has no credentials.
    var refusal = 0
    var ignoresTrailingSlash = false
    var isEvent = false

    var segments: [String] { path.split(separator: "/").map(String.init) }
    /// The name of the only path parameter.
    var parameter: String? { segments.first { ":*".contains($0.prefix(1)) }.map { String($0.dropFirst()) } }
    var pattern: String { (guards == nil ? "open." : "guarded.") + id }

    /// The SHA-256 of "open sesame".
    private static let key =
        "{ ApiKey: { keys: [{ name: a, sha256: 41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb }] } }"
    private static let local = "{ IpDeny: { ranges: [127.0.0.0/8] } }"
    /// User `ops`, password `pw`.
    private static let basic =
        "{ Basic: { users: [{ name: ops, sha256: 30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4 }] } }"

    /// The most specific first.
    static let all = [
        TrickRoute(
            id: "panel", methods: ["GET", "POST", "PUT", "DELETE"], path: "/admin/panel", guards: key, refusal: 401),
        TrickRoute(
            id: "event", methods: ["GET", "POST"], path: "/admin/event", guards: key, refusal: 401, isEvent: true),
        TrickRoute(
            id: "settings", methods: ["GET"], path: "/admin/settings", guards: key, refusal: 401,
            ignoresTrailingSlash: true),
        TrickRoute(
            id: "roles", methods: ["GET"], path: "/admin/roles/:role",
            guards: "\(basic), { Roles: { any: [ops], claim: sub } }", refusal: 401),
        TrickRoute(
            id: "others", methods: ["GET"], path: "/admin/others/:role",
            guards: "\(basic), { Roles: { any: [nobody], claim: sub } }", refusal: 401),
        TrickRoute(
            id: "users", methods: ["GET", "POST", "DELETE"], path: "/admin/users/*rest", guards: basic, refusal: 401),
        TrickRoute(id: "one", methods: ["GET", "POST"], path: "/admin/:id", guards: local, refusal: 403),
        TrickRoute(id: "private", methods: ["GET"], path: "/files/private/*rest", guards: key, refusal: 401),
        TrickRoute(id: "files", methods: ["GET", "POST", "PUT"], path: "/files/*path"),
        TrickRoute(id: "when", methods: ["GET", "POST"], path: "/public", condition: "1", guards: key, refusal: 401),
        TrickRoute(id: "public", methods: ["GET", "POST"], path: "/public"),
        TrickRoute(
            id: "hosted", methods: ["GET", "POST"], path: "/public/:name", host: "internal.test", guards: local,
            refusal: 403),
        TrickRoute(id: "name", methods: ["GET", "POST"], path: "/public/:name"),
        TrickRoute(id: "marker", methods: ["GET"], path: "/marker"),
    ]

    /// The route as the route file has it.
    fileprivate func yaml(_ arrangement: TrickArrangement) -> String {
        var keys = [
            "id: \(id)", "match: \"\(methods.sorted().joined(separator: "|")) \(path)\"",
            "\(isEvent ? "emit" : "send"): { service: s, pattern: \(pattern) }",
        ]
        var payload = [
            "method: $request.method", "path: $request.path", "host: $request.host", "internal: $header.x-internal",
        ]
        if let parameter { payload.append("parameter: $path.\(parameter)") }
        keys.append("payload: { \(payload.joined(separator: ", ")) }")
        if let host { keys.append("host: \(host)") }
        if let condition { keys.append("when: { header: { x-internal: \"\(condition)\" } }") }
        if ignoresTrailingSlash { keys.append("trailingSlash: ignore") }
        switch arrangement {
        case .none: break
        case .routes: if let guards { keys.append("use: { guards: [\(guards)] }") }
        case .custom: if guards != nil { keys.append("use: { guards: [Wall] }") }
        case .global: if guards == nil { keys.append("without: [ApiKey]") }
        }
        return "  - { \(keys.joined(separator: ", ")) }"
    }

    static func yaml(_ arrangement: TrickArrangement) -> String {
        all.map { $0.yaml(arrangement) }.joined(separator: "\n")
    }

    static func use(_ arrangement: TrickArrangement) -> String {
        arrangement == .global ? "use: { guards: [\(key)] }" : ""
    }
}

/// Where the guards stand.
enum TrickArrangement: Sendable {
    /// Nowhere: a gateway as nobody should have it.
    case none
    /// Built-in ones at each guarded route.
    case routes
    /// A registered one at each guarded route, which refuses everything after a suspension.
    case custom
    /// A built-in one at the top of the file, taken out of the public routes.
    case global

    static let guarded = [TrickArrangement.routes, .custom, .global]

    /// The status for who has no credentials.
    func refusal(_ route: TrickRoute) -> Int {
        switch self {
        case .none: 200
        case .routes: route.refusal
        case .custom: 403
        case .global: 401
        }
    }
}
