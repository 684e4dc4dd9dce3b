import HTTPWire
import Routing

/// `RateLimit`: so many requests in so much time, counted over all event loops.
///
/// Answers say how much is left: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds until all of it is back). A
/// refusal is a 429 with `Retry-After`.
///
/// Spec: draft-ietf-httpapi-ratelimit-headers-07, RFC 6585 §4
final class RateLimitGuard: SynchronousGuard {
    private let key: RequestKey?
    private let limit: HTTPField
    private let table: RateLimitTable

    init(_ settings: RateLimitSettings) {
        key = settings.key
        limit = HTTPField(known: "ratelimit-limit", "\(settings.burst)")
        table = RateLimitTable(
            interval: settings.interval, burst: settings.burst, maxKeys: settings.key == nil ? 1 : settings.maxKeys)
    }

    func decide(_ context: GuardContext) -> GuardDecision {
        let outcome = table.spend(key?.hash(of: context.request) ?? 1, now: context.now)
        let seconds = GatewayError.wholeSeconds(nanoseconds: outcome.wait)
        let fields = [
            limit, HTTPField(known: "ratelimit-remaining", String(outcome.remaining)),
            HTTPField(known: "ratelimit-reset", String(seconds)),
        ]
        guard !outcome.isAllowed else { return .passWith(fields) }
        return .refuse(
            GatewayError(
                status: 429, code: "rate_limited", detail: "Too many requests; the next one may come in \(seconds) s.",
                fields: fields + GatewayError.retryAfter(nanoseconds: outcome.wait)))
    }
}
