import MessageWire

/// The keys of one route's tokens: an immutable snapshot that any thread may read.
///
/// A token can name one of them, never bring one. Loading awaits the library's actor; choosing a key and checking with it
/// are synchronous. Lives in both worlds: made outside of the request path, read on it.
///
/// Spec: RFC 7517 §5 (JWK Set), RFC 8725 §3.1 (no key without an algorithm that was asked for)
package struct TokenKeySet: Sendable {
    /// What the gateway's log should say at loading: keys that were left out and why, and keys that give away more than
    /// they should.
    package let warnings: [String]

    /// The usable keys by name, and those without.
    let named: [[UInt8]: [TokenKey]]
    let unnamed: [TokenKey]

    /// Usable keys.
    package var count: Int { unnamed.count + named.values.reduce(0) { $0 + $1.count } }

    /// Bytes of the largest JWK Set, and of PEM: a hundred times of what identity providers publish.
    package static let maxBytes = 1 << 20
    /// Keys of the largest JWK Set.
    package static let maxKeys = 100
    /// Keys without a name that one algorithm can use: each one more is a check more for every forged token.
    package static let maxUnnamed = 4

    /// Every algorithm that one of the keys is for.
    package var algorithms: Set<TokenAlgorithm> {
        var algorithms: Set<TokenAlgorithm> = []
        for key in unnamed + named.values.joined() { algorithms.formUnion(key.verifiers.keys) }
        return algorithms
    }

    /// Puts keys together that were checked.
    ///
    /// - Throws: ``TokenKeyError/noUsableKeys(_:)``, ``TokenKeyError/ambiguous(_:)``.
    init(_ keys: [TokenKey], warnings: [String]) throws(TokenKeyError) {
        guard !keys.isEmpty else { throw .noUsableKeys(warnings) }
        var named: [[UInt8]: [TokenKey]] = [:]
        var unnamed: [TokenKey] = []
        for key in keys {
            guard let id = key.id else {
                unnamed.append(key)
                continue
            }
            if named[id]?.contains(where: { $0.kind == key.kind }) == true {
                throw .ambiguous("two \(key.kind.rawValue) keys have the \"kid\" \(KeyName.shown(id))")
            }
            named[id, default: []].append(key)
        }
        for algorithm in TokenAlgorithm.allCases
        where unnamed.count(where: { $0.verifiers[algorithm] != nil }) > Self.maxUnnamed {
            throw .ambiguous("more than \(Self.maxUnnamed) keys for \(algorithm) have no \"kid\"")
        }
        self.named = named
        self.unnamed = unnamed
        self.warnings = warnings
    }
}

/// How a key is called in messages.
enum KeyName {
    /// The name in quotes, cut short, without anything that could disturb a log.
    static func shown(_ id: [UInt8]) -> String {
        let text = id.prefix(64).map { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C ? $0 : 0x3F }
        return "\"" + String(decoding: text, as: UTF8.self) + (id.count > 64 ? "..." : "") + "\""
    }
}
