import MessageWire

/// What a token's header says about its signature.
///
/// Keys that a header brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not read at all: a token must not choose
/// what it is checked with.
///
/// Spec: RFC 7515 §4, RFC 8725 §3.1, §3.10
struct TokenHeader {
    let algorithm: TokenAlgorithm
    let keyID: String?
    /// `typ` as ``MediaTypeName`` writes it.
    let type: [UInt8]?

    /// Reads a header under a route's rules.
    ///
    /// - Throws: ``TokenFault``: no JSON object, equal names, an algorithm that is not allowed, or anything that would
    ///   have to be understood and is not.
    init(_ text: [UInt8], algorithms: Set<TokenAlgorithm>) throws(TokenFault) {
        let json = try Self.object(text)
        try Self.refuseUnsupported(json)
        self.algorithm = try Self.algorithm(json, allowed: algorithms)
        self.keyID = try Self.keyID(json)
        self.type = try Self.text("typ", json).map(MediaTypeName.normalized)
    }

    private static func object(_ text: [UInt8]) throws(TokenFault) -> JSONValue {
        let json: JSONValue
        do throws(JSONScanError) {
            json = try StrictJSON.parse(text)
        } catch {
            throw .malformed("the header of the token is not JSON")
        }
        guard case .object = json else { throw .malformed("the header of the token is no object") }
        return json
    }

    /// Spec: RFC 7515 §4.1.11 (`crit`), RFC 7797 §3 (`b64`), RFC 7516 §4.1.2-3 (`enc`, `zip`), RFC 7519 §5.2 (`cty`)
    private static func refuseUnsupported(_ json: JSONValue) throws(TokenFault) {
        if json["crit"] != nil {
            throw TokenFault(.unsupportedCritical, "the token asks for extensions that are not understood")
        }
        if let encoded = json["b64"], encoded != .bool(true) {
            throw TokenFault(.unsupported, "tokens with a payload that is not encoded are not taken")
        }
        if json["zip"] != nil { throw TokenFault(.unsupported, "compressed tokens are not taken") }
        if json["enc"] != nil { throw TokenFault(.unsupported, "encrypted tokens are not taken") }
        if let content = try text("cty", json), MediaTypeName.normalized(content) == Array("jwt".utf8) {
            throw TokenFault(.unsupported, "tokens inside of tokens are not taken")
        }
    }

    /// Spec: RFC 7515 §4.1.1
    private static func algorithm(
        _ json: JSONValue, allowed: Set<TokenAlgorithm>
    ) throws(TokenFault) -> TokenAlgorithm {
        guard let name = try text("alg", json) else { throw .malformed("the token names no algorithm") }
        // Byte by byte: Swift's own equality of strings is more generous.
        guard let algorithm = TokenAlgorithm.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.utf8) }),
            allowed.contains(algorithm)
        else { throw TokenFault(.algorithmNotAllowed, "the algorithm of the token is not allowed") }
        return algorithm
    }

    /// Spec: RFC 7515 §4.1.4
    private static func keyID(_ json: JSONValue) throws(TokenFault) -> String? {
        guard let id = try text("kid", json) else { return nil }
        guard id.utf8.count <= JWKReader.maxIDBytes else { throw .malformed("the kid of the token is too long") }
        return id
    }

    private static func text(_ name: String, _ json: JSONValue) throws(TokenFault) -> String? {
        guard let value = json[name] else { return nil }
        guard let text = value.plainText else { throw .malformed("the header member \(name) must be a string") }
        return text
    }
}

extension JSONValue {
    /// The text of a string that can be compared: `nil` for other kinds, and for U+FFFD, which stands for a lone
    /// surrogate: two different texts would become one.
    var plainText: String? {
        guard let text = stringValue, !text.unicodeScalars.contains("\u{FFFD}") else { return nil }
        return text
    }
}
