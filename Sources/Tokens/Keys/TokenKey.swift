import JWTKit

/// One key, ready to check signatures.
struct TokenKey: Sendable {
    /// Its name in the header of a token; compared byte by byte.
    let id: [UInt8]?
    let kind: KeyKind
    /// Of an RSA key: limits its signatures. Empty for other kinds.
    let modulus: [UInt8]
    /// One for each algorithm that the key may be used with; tokens of all other algorithms are not for this key.
    let verifiers: [TokenAlgorithm: any JWTAlgorithm]

    /// Makes the key that a source described.
    ///
    /// - Throws: why it cannot be used: too weak, or not on its curve.
    init(_ source: KeySource) async throws(UnusableKey) {
        try source.material.check(for: source.algorithms)
        var verifiers: [TokenAlgorithm: any JWTAlgorithm] = [:]
        for algorithm in source.algorithms {
            verifiers[algorithm] = try await source.material.verifier(for: algorithm)
        }
        self.id = source.id.map { Array($0.utf8) }
        self.kind = source.material.kind
        if case .rsa(let modulus, _) = source.material { self.modulus = modulus } else { self.modulus = [] }
        self.verifiers = verifiers
    }

    /// Whether the signature was made with this key over these bytes.
    ///
    /// - Parameters:
    ///   - signature: as it stands in the token, decoded.
    ///   - bytes: header and payload as they stand in the token, with the dot between them.
    ///   - algorithm: what the token names.
    /// - Returns: false also for an algorithm that the key is not for.
    func isValid(_ signature: [UInt8], for bytes: UnsafeRawBufferPointer, algorithm: TokenAlgorithm) -> Bool {
        guard let verifier = verifiers[algorithm],
            SignatureForm.isSound(signature, algorithm: algorithm, modulus: modulus)
        else { return false }
        do {
            return try verifier.verify(signature, signs: bytes)
        } catch {
            return false
        }
    }
}

/// A key as its source describes it, before anything is made of it.
struct KeySource: Sendable {
    var id: String?
    var material: KeyMaterial
    /// What it may be used with: allowed, fit for its kind, and not excluded by the key itself.
    var algorithms: [TokenAlgorithm]
}
