import HTTPWire
import MessageWire
import Pipeline
import Routing
import Tokens

/// `Jwt`: the client shows a signed token, and its claims say who it is.
///
/// A token that was found good is remembered, by the event loop that checked it, until it expires or the keys change: its next
/// request costs a look into a table. What is wrong is never remembered.
///
/// Spec: RFC 6750 (how tokens are shown and refused), RFC 7519, RFC 8725
final class JWTGuard: SynchronousGuard {
    private let settings: JWTSettings
    /// What stands before the token, in lower case; empty for nothing.
    private let scheme: [UInt8]
    private let keys: JWTKeys
    private let caches: LoopLocal<TokenCache>
    private let missing: GatewayError
    private let several: GatewayError

    /// - Parameters:
    ///   - settings: Where tokens stand and what they must say.
    ///   - keys: Which signatures count.
    ///   - loops: Event loops that will ask.
    init(_ settings: JWTSettings, keys: JWTKeys, loops: Int) {
        self.settings = settings
        if case .header(_, let scheme) = settings.location {
            self.scheme = scheme.utf8.map { $0 | 0x20 }
        } else {
            scheme = []
        }
        self.keys = keys
        caches = LoopLocal(loops: loops) { TokenCache(capacity: settings.maxCached) }
        missing = Self.refusal(status: 401, "This needs a token.", error: nil)
        several = Self.refusal(status: 400, "The token is given more than once.", error: "invalid_request")
    }

    func decide(_ context: GuardContext) -> GuardDecision {
        let now = Timestamp.now()
        let time = Double(now.seconds) + Double(now.milliseconds) / 1000
        return present(context.request) { presented in
            switch presented {
            case .none: .refuse(missing)
            case .several: .refuse(several)
            case .one(let token): verdict(on: token, cache: caches[context.loop], now: time)
            }
        }
    }

    /// What is to be said of a token as it was shown, without its scheme.
    func verdict(on token: UnsafeRawBufferPointer, cache: TokenCache, now: Double) -> GuardDecision {
        cache.follow(keys)
        if let known = cache.find(token, now: now) { return .identified(known) }
        guard let verifier = cache.verifier else { return .refuse(.guardUnavailable) }
        do throws(TokenFault) {
            let verified = try verifier.verify(token, now: now)
            let claims = ClaimSet([
                ClaimSet.Entry(name: settings.claims, value: verified.claims, identity: verified.identity)
            ])
            cache.keep(token, claims, times: verified.times)
            return .identified(claims)
        } catch {
            if error.kind == .unknownKey { keys.isStale() }
            return .refuse(Self.refusal(status: 401, "The token is refused: \(error).", error: "invalid_token", error))
        }
    }

    /// Spec: RFC 6750 §3
    private static func refusal(status: Int, _ detail: String, error: String?, _ fault: TokenFault? = nil)
        -> GatewayError
    {
        var challenge = "Bearer realm=\"martlet\""
        if let error { challenge += ", error=\"\(error)\"" }
        if let fault { challenge += ", error_description=\"\(fault)\"" }
        return GatewayError(
            status: status, code: error ?? "unauthorized", detail: detail,
            fields: [GatewayError.field("www-authenticate", challenge)].compactMap { $0 })
    }

    // MARK: Where the token stands

    private enum Presented {
        case none
        case one(UnsafeRawBufferPointer)
        case several
    }

    /// Lends what the client has shown.
    private func present<Result>(_ request: RequestView, _ body: (Presented) -> Result) -> Result {
        switch settings.location {
        case .header(let name, _):
            var presented = Presented.none
            var count = 0
            request.fields.forEachValue(of: name) { value in
                count += 1
                if let token = token(value) { presented = .one(token) }
            }
            return body(count > 1 ? .several : presented)
        case .cookie(let name):
            guard var value = request.cookie(named: name), !value.isEmpty else { return body(.none) }
            return value.withUTF8 { body(.one(UnsafeRawBufferPointer($0))) }
        case .query(let name):
            let values = request.queryValues(of: name)
            guard values.count < 2 else { return body(.several) }
            guard var value = values.first.flatMap({ $0 }), !value.isEmpty else { return body(.none) }
            return value.withUTF8 { body(.one(UnsafeRawBufferPointer($0))) }
        }
    }

    /// What stands behind the scheme, whose case does not matter (RFC 9110 §11.1); `nil` for another scheme.
    @inline(__always)
    private func token(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard !scheme.isEmpty else { return value.isEmpty ? nil : value }
        guard value.count > scheme.count, value[scheme.count] == 0x20 else { return nil }
        for index in scheme.indices where scheme[index] != value[index] | 0x20 { return nil }
        var start = scheme.count
        while start < value.count, value[start] == 0x20 { start += 1 }
        return start == value.count ? nil : UnsafeRawBufferPointer(rebasing: value[start...])
    }
}

extension VerifiedToken {
    /// When it may be taken.
    fileprivate var times: Range<Double> {
        let end = expires ?? .infinity
        return min(notBefore ?? -.infinity, end)..<end
    }

    /// Who it stands for: all claims but those that change with every token of the same caller.
    fileprivate var identity: [UInt8] {
        guard case .object(let members) = claims else { return [] }
        let lasting = members.filter { !["exp", "iat", "nbf", "jti"].contains($0.name) }
        return Array(JSONValue.object(lasting).serialized().utf8)
    }
}
