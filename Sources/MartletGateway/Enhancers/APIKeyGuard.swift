import HTTPWire
import MessageWire
import NetworkIO
import Pipeline
import Routing

/// `ApiKey`: the client shows a key of which the route file has the hash.
///
/// All hashes are compared, each to its end, so that the time tells nothing about them.
struct APIKeyGuard: SynchronousGuard {
    private let settings: APIKeySettings
    private let challenge: [HTTPField]
    /// For each key; empty when nobody wants to know.
    private let claims: [ClaimSet]

    init(_ settings: APIKeySettings) {
        self.settings = settings
        let (place, name) =
            switch settings.location {
            case .header(let name): ("header", name)
            case .query(let name): ("query", name)
            case .cookie(let name): ("cookie", name)
            }
        let text = "ApiKey in=\"\(place)\", name=\"\(name.filter { $0 != "\"" && $0 != "\\" })\""
        challenge = [GatewayError.field("www-authenticate", text)].compactMap { $0 }
        claims =
            settings.claims.map { name in
                settings.keys.map { key in
                    let value: JSONValue = ["sub": .string(key.name), "name": .string(key.name)]
                    return ClaimSet([ClaimSet.Entry(name: name, value: value, identity: Array("key:\(key.name)".utf8))])
                }
            } ?? []
    }

    func decide(_ context: GuardContext) -> GuardDecision {
        switch presented(context.request) {
        case .none: return refusal("This needs an API key.")
        case .several: return refusal("The API key is given more than once.")
        case .one(let key):
            guard let index = index(of: key) else { return refusal("The API key is not known.") }
            return claims.isEmpty ? .pass : .identified(claims[index])
        }
    }

    private enum Presented {
        case none
        case one([UInt8])
        case several
    }

    private func presented(_ request: RequestView) -> Presented {
        var found: [[UInt8]] = []
        switch settings.location {
        case .header(let name): request.fields.forEachValue(of: name) { found.append(Array($0)) }
        case .query(let name): found = request.queryValues(of: name).map { Array(($0 ?? "").utf8) }
        case .cookie(let name): found = request.cookie(named: name).map { [Array($0.utf8)] } ?? []
        }
        guard found.count < 2 else { return .several }
        guard let first = found.first, !first.isEmpty else { return .none }
        return .one(first)
    }

    private func index(of key: [UInt8]) -> Int? {
        let digest = SHA256Digest.of(key)
        var found: Int?
        for (index, known) in settings.keys.enumerated() where SHA256Digest.areEqual(known.sha256, digest) {
            found = index
        }
        return found
    }

    private func refusal(_ detail: String) -> GuardDecision {
        .refuse(GatewayError(status: 401, code: "unauthorized", detail: detail, fields: challenge))
    }
}
