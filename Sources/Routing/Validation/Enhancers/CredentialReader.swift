/// Understands the guards that ask who somebody is, and what they may do: `Jwt`, `Basic`, `Roles`, `Scopes`.
struct CredentialReader {
    let sink: DiagnosticSink

    // MARK: Jwt

    func jwt(_ reader: MappingReader) -> JWTSettings? {
        let keys = self.keys(reader)
        let algorithms = self.algorithms(reader)
        let location = self.location(reader)
        let leeway = reader.take("leeway").flatMap { self.leeway($0) } ?? JWTSettings.defaultLeeway
        let settings = JWTSettings(
            keys: keys ?? .file(""), algorithms: algorithms, issuers: texts(reader, "issuer"),
            audiences: texts(reader, "audience"), leeway: leeway, requiredClaims: texts(reader, "requiredClaims"),
            requiresExpiry: reader.bool("requireExpiry", default: true),
            maxAge: reader.take("maxAge").flatMap { sink.duration($0, named: "maxAge") },
            types: texts(reader, "types"), location: location,
            claims: ClaimsName.read(reader, sink: sink) ?? "auth", refresh: refresh(reader, keys),
            maxCached: reader.integer("maxCached", in: 0...1_000_000, default: JWTSettings.defaultMaxCached),
            place: reader.place)
        return keys == nil || algorithms.isEmpty ? nil : settings
    }

    private func keys(_ reader: MappingReader) -> JWTSettings.Keys? {
        var found: [JWTSettings.Keys] = []
        let place = reader.place
        if let member = reader.takeMember("jwks"), let text = sink.text(member.value, named: "jwks") {
            if text.hasPrefix("https://") || text.hasPrefix("http://") {
                if let address = JWKSAddress.fault(text) { sink.error(member.value.place, address) }
                found.append(.url(text))
            } else if text.isEmpty {
                sink.error(member.value.place, "\"jwks\" names no file")
            } else {
                found.append(.file(path(text, member.value.place)))
            }
        }
        if let node = reader.take("publicKey"), let text = sink.text(node, named: "publicKey") {
            found.append(.publicKey(path(text, node.place)))
        }
        if let node = reader.take("secret") { found += secret(node).map { [.secret($0)] } ?? [] }
        guard found.count == 1 else {
            if found.count > 1 {
                sink.error(place, "\"Jwt\" takes its keys from one of \"jwks\", \"publicKey\" and \"secret\"")
            } else if sink.faultCount == 0 || reader.hasNone(of: ["jwks", "publicKey", "secret"]) {
                sink.error(place, "\"Jwt\" needs \"jwks\" (a file or an address), \"publicKey\" or \"secret\"")
            }
            return found.first
        }
        return found[0]
    }

    private func secret(_ node: SourceNode) -> JWTSettings.Secret? {
        if let members = node.members {
            guard members.count == 1, members[0].key == "file",
                let name = sink.text(members[0].value, named: "file")
            else {
                sink.error(node.place, "\"secret\" must be a text or { file: NAME }")
                return nil
            }
            return .file(path(name, members[0].value.place))
        }
        // Never shown, so not by the usual reader of texts.
        guard let scalar = node.scalar, !node.isNull else {
            sink.error(node.place, "\"secret\" must be a text or { file: NAME }")
            return nil
        }
        return .text(scalar.text)
    }

    private func algorithms(_ reader: MappingReader) -> [String] {
        guard let node = reader.require("algorithms") else { return [] }
        var names: [String] = []
        for element in node.elements ?? [node] {
            guard let name = sink.text(element, named: "algorithms") else { continue }
            guard JWTSettings.algorithmNames.contains(name) else {
                if name.lowercased() == "none" {
                    sink.error(element.place, "\"none\" is no algorithm: anybody could make such a token")
                } else {
                    let hint = Suggestion.clause(for: name, among: JWTSettings.algorithmNames)
                    sink.error(element.place, "unknown algorithm \"\(SourceNode.shortened(name))\"\(hint)")
                }
                continue
            }
            if names.contains(name) { sink.error(element.place, "algorithm \"\(name)\" stands twice") }
            names.append(name)
        }
        if node.elements?.isEmpty == true { sink.error(node.place, "\"algorithms\" is empty") }
        return names
    }

    private func location(_ reader: MappingReader) -> JWTSettings.Location {
        var locations: [JWTSettings.Location] = []
        let schemeNode = reader.take("scheme")
        let scheme = schemeNode.flatMap { $0.isNull ? "" : sink.text($0, named: "scheme") }
        if let schemeNode, let scheme, !scheme.isEmpty, !sink.isFieldName(scheme) {
            sink.error(schemeNode.place, "\(schemeNode.shown) is not a scheme such as Bearer")
        }
        if let node = reader.take("header"), let name = sink.text(node, named: "header") {
            if sink.isFieldName(name) {
                let isUsual = name.lowercased() == "authorization"
                locations.append(.header(name.lowercased(), scheme: scheme ?? (isUsual ? "Bearer" : "")))
            } else {
                sink.error(node.place, "\(node.shown) is not a header name")
            }
        }
        if let name = sink.cookieName(reader) { locations.append(.cookie(name)) }
        if let name = reader.text("query") { locations.append(.query(name)) }
        if locations.count > 1 {
            sink.error(reader.place, "\"Jwt\" looks in one place: \"header\", \"cookie\" or \"query\"")
        } else if let schemeNode, !reader.hasNone(of: ["cookie", "query"]) {
            sink.error(schemeNode.place, "\"scheme\" belongs to \"header\"")
        }
        return locations.first ?? .header("authorization", scheme: scheme ?? "Bearer")
    }

    private func refresh(_ reader: MappingReader, _ keys: JWTSettings.Keys?) -> Duration {
        guard let node = reader.take("refresh"), let refresh = sink.duration(node, named: "refresh") else {
            return JWTSettings.defaultRefresh
        }
        if refresh < .seconds(1) { sink.error(node.place, "\"refresh\" must be at least 1s, not \(node.shown)") }
        switch keys {
        case .url, nil: break
        case .file, .publicKey, .secret: sink.error(node.place, "\"refresh\" belongs to an address in \"jwks\"")
        }
        return refresh
    }

    /// Nothing, too: `0s`.
    private func leeway(_ node: SourceNode) -> Duration? {
        if let scalar = node.scalar, Units.duration(scalar.text) == .zero { return .zero }
        guard let leeway = sink.duration(node, named: "leeway") else { return nil }
        if leeway > .seconds(600) { sink.error(node.place, "\"leeway\" must be at most 10m, not \(node.shown)") }
        return leeway
    }

    private func texts(_ reader: MappingReader, _ key: String) -> [String] { reader.texts(key)?.map(\.text) ?? [] }

    private func path(_ name: String, _ place: SourcePlace) -> String {
        FilePath.join(FilePath.folder(of: place.file), name)
    }

    // MARK: Basic

    func basic(_ reader: MappingReader) -> BasicSettings? {
        let realmNode = reader.take("realm")
        let realm = realmNode.flatMap { sink.text($0, named: "realm") } ?? "martlet"
        if let realmNode, realm.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F || $0 == 0x22 || $0 == 0x5C }) {
            sink.error(realmNode.place, "\"realm\" must be plain ASCII without quotation marks")
        }
        let claims = ClaimsName.read(reader, sink: sink) ?? "auth"
        guard let node = reader.require("users") else { return nil }
        guard let elements = node.elements, !elements.isEmpty else {
            sink.error(node.place, "\"users\" must be a list such as [{ name: ops, sha256: HEX }], not \(node.shown)")
            return nil
        }
        var users: [BasicSettings.User] = []
        for element in elements {
            guard let reader = MappingReader(element, what: "a user of \"Basic\"", sink: sink) else { continue }
            let name = reader.require("name").flatMap { sink.text($0, named: "name") }
            let salt = reader.text("salt") ?? ""
            let node = reader.require("sha256")
            let hash = node.flatMap { sink.text($0, named: "sha256") }.map(GuardReader.bytes)
            reader.finish()
            if let node, hash == .some(nil) {
                // Not shown: it may be the password itself.
                sink.error(
                    node.place,
                    "\"sha256\" must be the 64 hexadecimal digits of SHA-256: printf %s 'SALTPASSWORD' | sha256sum")
            }
            guard let name, let hash, let hash else { continue }
            if name.contains(":") { sink.error(element.place, "a user's name cannot hold a colon") }
            if users.contains(where: { $0.name == name }) {
                sink.error(element.place, "two users of \"Basic\" have the same name")
            }
            users.append(BasicSettings.User(name: name, salt: salt, sha256: hash))
        }
        return users.isEmpty ? nil : BasicSettings(users: users, realm: realm, claims: claims)
    }

    // MARK: Roles, Scopes

    func membership(_ reader: MappingReader, claim standard: String) -> MembershipSettings? {
        let any = texts(reader, "any")
        let all = texts(reader, "all")
        let from = reader.text("from") ?? "auth"
        let claim = self.claim(reader) ?? [standard]
        guard any.isEmpty != all.isEmpty else {
            sink.error(reader.place, "\(reader.what) needs one of \"any\" and \"all\", a list of names")
            return nil
        }
        return MembershipSettings(any: any, all: all, from: from, claim: claim)
    }

    /// Keys between dots, or as a list where a name has dots of its own: `["https://example.com/roles"]`.
    private func claim(_ reader: MappingReader) -> [String]? {
        guard let node = reader.take("claim") else { return nil }
        let keys =
            node.elements?.compactMap { sink.text($0, named: "claim") }
            ?? sink.text(node, named: "claim")?.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let keys else { return nil }
        if keys.isEmpty || keys.contains("") {
            sink.error(
                node.place, "\"claim\" must name a claim, such as roles or realm_access.roles, not \(node.shown)")
        }
        return keys
    }
}

/// Where keys may be fetched from.
enum JWKSAddress {
    /// What is wrong with an address; `nil` for nothing. Without TLS anybody on the way could put in a key of his own.
    static func fault(_ text: String) -> String? {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C }),
            let authority = text.firstRange(of: "://").map({ text[$0.upperBound...].prefix { !"/?#".contains($0) } }),
            !authority.isEmpty, !authority.hasPrefix(":")
        else { return "\"\(SourceNode.shortened(text))\" is not an address" }
        // It would be shown in logs; and `http://localhost:x@elsewhere` leads elsewhere.
        guard !authority.contains("@") else { return "an address of keys cannot hold a name and a password" }
        guard text.hasPrefix("http://") else { return nil }
        let isLocal = ["localhost", "127.0.0.1", "[::1]"].contains { host in
            authority == host || authority.hasPrefix(host + ":")
        }
        return isLocal ? nil : "keys must come over https, or from localhost: anybody on the way could put in his own"
    }
}

extension DiagnosticSink {
    /// The name of a cookie. Spec: RFC 6265 §4.1.1 (a token)
    func cookieName(_ reader: MappingReader) -> String? {
        guard let node = reader.take("cookie"), let name = text(node, named: "cookie") else { return nil }
        if !isFieldName(name) { error(node.place, "\(node.shown) is not a cookie name") }
        return name
    }
}

extension MappingReader {
    /// Whether none of these keys stood in the mapping.
    func hasNone(of keys: [String]) -> Bool { keys.allSatisfy { !found.contains($0) } }
}
