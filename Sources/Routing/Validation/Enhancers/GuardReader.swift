/// Understands the options of the guards.
struct GuardReader {
    /// The guards that there are, by the names they have in the file.
    enum Kind: String, CaseIterable {
        case apiKey = "ApiKey"
        case ipAllow = "IpAllow"
        case ipDeny = "IpDeny"
        case rateLimit = "RateLimit"
        case jwt = "Jwt"
        case basic = "Basic"
        case roles = "Roles"
        case scopes = "Scopes"

        /// How to write it, for messages.
        var example: String {
            switch self {
            case .apiKey: "{ ApiKey: { keys: [{ name: shop, sha256: HEX }] } }"
            case .ipAllow: "{ IpAllow: { ranges: [10.0.0.0/8] } }"
            case .ipDeny: "{ IpDeny: { ranges: [203.0.113.7] } }"
            case .rateLimit: "{ RateLimit: { limit: 100, per: 1s, key: $request.ip } }"
            case .jwt: "{ Jwt: { jwks: keys.json, issuer: https://id.example.com, algorithms: [ES256] } }"
            case .basic: "{ Basic: { users: [{ name: ops, sha256: HEX }] } }"
            case .roles: "{ Roles: { any: [admin] } }"
            case .scopes: "{ Scopes: { all: [\"orders:read\"] } }"
            }
        }
    }

    let sink: DiagnosticSink

    /// - Returns: `nil` when a fault leaves nothing to work with; why stands in the sink.
    func read(_ kind: Kind, _ reader: MappingReader) -> GuardSettings? {
        switch kind {
        case .apiKey: apiKey(reader).map(GuardSettings.apiKey)
        case .ipAllow: addresses(reader).map(GuardSettings.ipAllow)
        case .ipDeny: addresses(reader).map(GuardSettings.ipDeny)
        case .rateLimit: rateLimit(reader).map(GuardSettings.rateLimit)
        case .jwt: CredentialReader(sink: sink).jwt(reader).map(GuardSettings.jwt)
        case .basic: CredentialReader(sink: sink).basic(reader).map(GuardSettings.basic)
        case .roles: CredentialReader(sink: sink).membership(reader, claim: "roles").map(GuardSettings.roles)
        case .scopes: CredentialReader(sink: sink).membership(reader, claim: "scope").map(GuardSettings.scopes)
        }
    }

    // MARK: ApiKey

    private func apiKey(_ reader: MappingReader) -> APIKeySettings? {
        var locations: [APIKeySettings.Location] = []
        if let node = reader.take("header"), let name = sink.text(node, named: "header") {
            if sink.isFieldName(name) {
                locations.append(.header(name.lowercased()))
            } else {
                sink.error(node.place, "\(node.shown) is not a header name")
            }
        }
        if let name = reader.text("query") { locations.append(.query(name)) }
        if let name = sink.cookieName(reader) { locations.append(.cookie(name)) }
        if locations.count > 1 {
            sink.error(reader.place, "\"ApiKey\" looks in one place: \"header\", \"query\" or \"cookie\"")
        }
        let claims = ClaimsName.read(reader, sink: sink)
        guard let keys = keys(reader) else { return nil }
        return APIKeySettings(
            location: locations.first ?? .header(APIKeySettings.defaultHeader), keys: keys, claims: claims)
    }

    private func keys(_ reader: MappingReader) -> [APIKeySettings.Key]? {
        guard let node = reader.require("keys") else { return nil }
        guard let elements = node.elements, !elements.isEmpty else {
            sink.error(node.place, "\"keys\" must be a list such as [{ name: shop, sha256: HEX }], not \(node.shown)")
            return nil
        }
        var keys: [APIKeySettings.Key] = []
        for element in elements {
            guard let reader = MappingReader(element, what: "a key of \"ApiKey\"", sink: sink) else { continue }
            let name = reader.require("name").flatMap { sink.text($0, named: "name") }
            let node = reader.require("sha256")
            let hash = node.flatMap { sink.text($0, named: "sha256") }.map(Self.bytes)
            reader.finish()
            if let node, hash == .some(nil) {
                // Not shown: it may be the key itself.
                sink.error(
                    node.place,
                    "\"sha256\" must be the 64 hexadecimal digits of the key's SHA-256: printf %s KEY | sha256sum")
            }
            guard let name, let hash, let hash else { continue }
            if let other = keys.first(where: { $0.name == name || $0.sha256 == hash }) {
                let same = other.name == name ? "name" : "hash"
                sink.error(element.place, "two keys of \"ApiKey\" have the same \(same)")
            }
            keys.append(APIKeySettings.Key(name: name, sha256: hash))
        }
        return keys.isEmpty ? nil : keys
    }

    /// 32 bytes, as hexadecimal digits.
    static func bytes(_ hex: String) -> [UInt8]? {
        let digits = hex.utf8.compactMap(PercentDecoding.hexValue)
        guard digits.count == 64, hex.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    // MARK: IpAllow, IpDeny

    private func addresses(_ reader: MappingReader) -> AddressSettings? {
        guard let node = reader.require("ranges") else { return nil }
        if node.elements?.isEmpty == true { sink.error(node.place, "\"ranges\" is empty") }
        let ranges = sink.addressRanges(node, named: "ranges")
        return ranges.isEmpty ? nil : AddressSettings(ranges: ranges)
    }

    // MARK: RateLimit

    private func rateLimit(_ reader: MappingReader) -> RateLimitSettings? {
        let key = reader.take("key").map(requestKey)
        let limit =
            reader.require("limit").flatMap { sink.integer($0, named: "limit", in: 1...1_000_000_000) } ?? 0
        let perNode = reader.require("per")
        let per = perNode.flatMap { sink.duration($0, named: "per") }
        let burst = reader.integer("burst", in: 1...1_000_000_000, default: limit)
        let maxKeys = reader.integer("maxKeys", in: 64...100_000_000, default: RateLimitSettings.defaultMaxKeys)
        guard let per, limit > 0, key != .some(nil) else { return nil }
        let settings = RateLimitSettings(key: key ?? nil, limit: limit, per: per, burst: burst, maxKeys: maxKeys)
        guard settings.interval >= 1 else {
            sink.error(reader.place, "\"RateLimit\" allows more than one request each nanosecond")
            return nil
        }
        guard settings.interval * Double(burst) <= Self.longestRefill else {
            sink.error(reader.place, "\"RateLimit\" would need more than 30 days to allow its burst again")
            return nil
        }
        return settings
    }

    /// The longest time that a file may name, nanoseconds.
    private static let longestRefill = Double(Units.longest.components.seconds) * 1e9

    private func requestKey(_ node: SourceNode) -> RequestKey? {
        guard let text = sink.text(node, named: "key") else { return nil }
        guard let scalar = node.scalar, case .reference = ReferenceText(scalar) else {
            sink.error(
                node.place, "\"key\" must be a reference such as $request.ip or $header.x-api-key, not \(node.shown)")
            return nil
        }
        let reader = PayloadReader(sink: sink, path: .root, isPathKnown: true, claims: nil)
        guard let value = reader.reference(text, at: node.place) else { return nil }
        guard value.reference.isKey else {
            sink.error(
                node.place,
                "\"\(SourceNode.shortened(text))\" cannot be a key; $request.ip, host, method and path, $header, $cookie, "
                    + "$query, $tls and $auth can, each with a name")
            return nil
        }
        return RequestKey(reference: value.reference, name: value.name)
    }
}

extension DiagnosticSink {
    /// A list of addresses and CIDR ranges, or a single one.
    func addressRanges(_ node: SourceNode, named name: String) -> [AddressRange] {
        var ranges: [AddressRange] = []
        for element in node.elements ?? [node] {
            guard let text = text(element, named: name) else { continue }
            do throws(AddressRange.Fault) {
                ranges.append(try AddressRange(text))
            } catch let fault {
                switch fault {
                case .malformed:
                    error(element.place, "\(element.shown) is no range of addresses; write 10.0.0.0/8 or 2001:db8::/32")
                case .hasHostBits(let prefix):
                    error(
                        element.place,
                        "\(element.shown) has bits behind the first \(prefix); clear them, or write a longer prefix")
                }
            }
        }
        return ranges
    }
}
