import MessageWire

extension TokenKeySet {
    /// Reads a JWK Set.
    ///
    /// Keys that cannot be used do no harm: identity providers also publish keys for encryption, and new kinds. They are
    /// left out, and ``warnings`` says why.
    /// - Parameters:
    ///   - text: the set as JSON.
    ///   - allowed: what the route takes; keys for other algorithms are left out.
    /// - Returns: the set, with one usable key at least.
    /// - Throws: ``TokenKeyError``: too large, no JWK Set, equal names twice in an object or for two keys, nothing usable.
    ///
    /// Spec: RFC 7517 §5
    package static func jwks(
        _ text: [UInt8], allowed: Set<TokenAlgorithm>
    ) async throws(TokenKeyError) -> TokenKeySet {
        var keys: [TokenKey] = []
        var warnings: [String] = []
        for (index, json) in try members(of: text).enumerated() {
            let name = name(of: json, at: index)
            let reader = JWKReader(json: json, allowed: allowed)
            do throws(UnusableKey) {
                keys.append(try await TokenKey(reader.source()))
                if reader.holdsPrivateMembers {
                    warnings.append("\(name) holds private members: whoever reads this set can sign tokens")
                }
            } catch {
                warnings.append("\(name) is left out: \(error.reason)")
            }
        }
        return try TokenKeySet(keys, warnings: warnings)
    }

    /// Makes a set of one secret, for HMAC.
    ///
    /// - Parameters:
    ///   - bytes: the secret itself; a newline at the end of its file is part of it unless the caller took it off.
    ///   - allowed: what the route takes; the longest hash of them decides how long the secret must be.
    /// - Returns: a set of one key without a name.
    /// - Throws: ``TokenKeyError/unusable(_:)``: too short, easily guessed, or no HMAC allowed.
    ///
    /// Spec: RFC 7518 §3.2
    package static func secret(
        _ bytes: [UInt8], allowed: Set<TokenAlgorithm>
    ) async throws(TokenKeyError) -> TokenKeySet {
        try await single(.secret(bytes), allowed: allowed)
    }

    /// Makes a set of one public key in PEM.
    ///
    /// - Parameters:
    ///   - text: one block: `PUBLIC KEY`, `CERTIFICATE` (only its key is used) or `RSA PUBLIC KEY`.
    ///   - allowed: what the route takes.
    /// - Returns: a set of one key without a name.
    /// - Throws: ``TokenKeyError``: no PEM, a private key, several blocks, a weak key, or none that an allowed algorithm uses.
    ///
    /// Spec: RFC 7468 §5, §13
    package static func pem(
        _ text: String, allowed: Set<TokenAlgorithm>
    ) async throws(TokenKeyError) -> TokenKeySet {
        guard text.utf8.count <= maxBytes else { throw .tooLarge(limit: maxBytes) }
        let reader = try PublicKeyReader(PEMBlock.only(in: text))
        return try await single(reader.material, allowed: allowed, isForPSSOnly: reader.isForPSSOnly)
    }

    private static func single(
        _ material: KeyMaterial, allowed: Set<TokenAlgorithm>, isForPSSOnly: Bool = false
    ) async throws(TokenKeyError) -> TokenKeySet {
        let algorithms = TokenAlgorithm.allCases.filter {
            $0.keyKind == material.kind && allowed.contains($0) && (!isForPSSOnly || $0.isPSS)
        }
        guard !algorithms.isEmpty else {
            throw .unusable("no allowed algorithm uses a key of kind \(material.kind.rawValue)")
        }
        let others = TokenAlgorithm.allCases.filter { allowed.contains($0) && !algorithms.contains($0) }
        let key: TokenKey
        do throws(UnusableKey) {
            key = try await TokenKey(KeySource(id: nil, material: material, algorithms: algorithms))
        } catch {
            throw .unusable(error.reason)
        }
        return try TokenKeySet([key], warnings: others.map { "\($0) is allowed, but the key is not for it" })
    }

    /// The elements of `keys`.
    private static func members(of text: [UInt8]) throws(TokenKeyError) -> [JSONValue] {
        guard text.count <= maxBytes else { throw .tooLarge(limit: maxBytes) }
        let json: JSONValue
        do throws(JSONScanError) {
            json = try StrictJSON.parse(text)
        } catch {
            throw .malformed("no JWK Set: \(error)")
        }
        guard case .array(let keys)? = json["keys"] else {
            let hint = json["kty"] == nil ? "" : ": a single key must stand in { \"keys\": [KEY] }"
            throw .malformed("no JWK Set: it needs a list \"keys\"" + hint)
        }
        guard keys.count <= maxKeys else { throw .tooManyKeys(limit: maxKeys) }
        return keys
    }

    private static func name(of json: JSONValue, at index: Int) -> String {
        guard let id = json["kid"]?.stringValue else { return "keys[\(index)]" }
        return "keys[\(index)] (\(KeyName.shown(Array(id.utf8))))"
    }
}

/// JSON of strangers, as tokens and key sets hold it.
enum StrictJSON {
    /// Reads it under the same rules as bodies: no equal names, no names that poison prototypes, 64 levels.
    static func parse(_ text: [UInt8]) throws(JSONScanError) -> JSONValue {
        let result = text.withUnsafeBytes { bytes in
            do throws(JSONScanError) {
                return Result<JSONValue, JSONScanError>.success(try JSONValue.parse(bytes, rules: .untrusted))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

extension TokenAlgorithm {
    fileprivate var isPSS: Bool { self == .PS256 || self == .PS384 || self == .PS512 }
}
