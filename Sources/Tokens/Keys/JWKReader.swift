import MessageWire

/// Reads one JSON Web Key and says what to make of it.
///
/// Private members are never read: only the public half of a key pair is used.
///
/// Spec: RFC 7517 §4, RFC 7518 §6, RFC 8037 §2
struct JWKReader {
    /// The key's object.
    let json: JSONValue
    let allowed: Set<TokenAlgorithm>

    /// Bytes of the longest `kid`, in keys and tokens.
    static let maxIDBytes = 256

    /// The key as its members describe it.
    ///
    /// - Throws: why it must be left out: for something else than signatures, of an unknown kind, for no algorithm
    ///   that is allowed, or badly written.
    func source() throws(UnusableKey) -> KeySource {
        guard case .object = json else { throw UnusableKey("a key must be an object") }
        try checkUse()
        let id = try text("kid")
        if let id, id.utf8.count > Self.maxIDBytes || id.unicodeScalars.contains("\u{FFFD}") {
            throw UnusableKey("\"kid\" is longer than \(Self.maxIDBytes) bytes or no plain text")
        }
        let kind = try kind()
        let algorithms = try algorithms(of: kind)
        return KeySource(id: id, material: try material(of: kind), algorithms: algorithms)
    }

    /// Whether it holds what only a signer should have.
    var holdsPrivateMembers: Bool {
        ["d", "p", "q", "dp", "dq", "qi", "oth"].contains { json[$0] != nil }
    }

    /// Spec: RFC 7517 §4.2, §4.3
    private func checkUse() throws(UnusableKey) {
        if let use = try text("use"), use != "sig" { throw UnusableKey("its \"use\" is not \"sig\"") }
        guard let value = json["key_ops"] else { return }
        guard case .array(let operations) = value, operations.allSatisfy({ $0.stringValue != nil }) else {
            throw UnusableKey("\"key_ops\" must be a list of texts")
        }
        guard operations.contains("verify") else { throw UnusableKey("its \"key_ops\" are without \"verify\"") }
    }

    /// Spec: RFC 7518 §6.1, RFC 8037 §2
    private func kind() throws(UnusableKey) -> KeyKind {
        guard let type = try text("kty") else { throw UnusableKey("it has no \"kty\"") }
        switch type {
        case "RSA": return .rsa
        case "oct": return .secret
        case "EC", "OKP":
            guard let curve = try text("crv") else { throw UnusableKey("it has no \"crv\"") }
            switch (type, curve) {
            case ("EC", "P-256"): return .p256
            case ("EC", "P-384"): return .p384
            case ("EC", "P-521"): return .p521
            case ("OKP", "Ed25519"): return .ed25519
            default: throw UnusableKey("its curve is not one of P-256, P-384, P-521 (EC) and Ed25519 (OKP)")
            }
        default: throw UnusableKey("its \"kty\" is not one of RSA, EC, OKP and oct")
        }
    }

    /// The allowed algorithms that such a key, and this one, may be used with.
    ///
    /// Spec: RFC 7517 §4.4
    private func algorithms(of kind: KeyKind) throws(UnusableKey) -> [TokenAlgorithm] {
        var algorithms = TokenAlgorithm.allCases.filter { $0.keyKind == kind && allowed.contains($0) }
        if let name = try text("alg") {
            guard let own = TokenAlgorithm(rawValue: name) else {
                throw UnusableKey("its \"alg\" is no algorithm for signatures")
            }
            guard own.keyKind == kind else {
                throw UnusableKey("its \"alg\" \(own) does not fit a key of kind \(kind.rawValue)")
            }
            guard algorithms.contains(own) else { throw UnusableKey("its \"alg\" \(own) is not allowed") }
            algorithms = [own]
        }
        guard !algorithms.isEmpty else {
            throw UnusableKey("no allowed algorithm uses a key of kind \(kind.rawValue)")
        }
        return algorithms
    }

    private func material(of kind: KeyKind) throws(UnusableKey) -> KeyMaterial {
        switch kind {
        case .rsa: .rsa(try bytes("n"), try bytes("e"))
        case .p256, .p384, .p521: .point(kind, x: try bytes("x"), y: try bytes("y"))
        case .ed25519: .ed25519(try bytes("x"))
        case .secret: .secret(try bytes("k"))
        }
    }

    private func text(_ name: String) throws(UnusableKey) -> String? {
        guard let value = json[name] else { return nil }
        guard let text = value.stringValue else { throw UnusableKey("\"\(name)\" must be a text") }
        return text
    }

    private func bytes(_ name: String) throws(UnusableKey) -> [UInt8] {
        guard let text = try text(name) else { throw UnusableKey("it has no \"\(name)\"") }
        guard let bytes = Base64URL.decode(text.utf8), !bytes.isEmpty else {
            throw UnusableKey("\"\(name)\" is not base64url without padding")
        }
        return bytes
    }
}
