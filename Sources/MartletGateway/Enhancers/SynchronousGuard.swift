import HTTPWire
import Pipeline
import Routing

/// Decides whether a request may go on: Nest's guard, in the form of the built-in ones, which decide at once.
///
/// In the way of a request guards come right after the route is known and before its body is read: global, service, route, in the
/// order written. The first refusal is the answer, and nothing is sent.
///
/// World: any event loop, several at the same time.
protocol SynchronousGuard: Sendable {
    func decide(_ context: GuardContext) -> GuardDecision
}

/// What guards see of a request: everything but its body.
struct GuardContext {
    let request: RequestView
    /// The present, nanoseconds of a monotonic clock.
    let now: Int64
}

enum GuardDecision {
    case pass
    /// Goes on, and its answer gets these fields, whatever it is.
    case passWith([HTTPField])
    case refuse(GatewayError)
}

/// What guards have to say in an answer.
final class GuardFields: Sendable {
    let fields: [HTTPField]

    init(_ fields: [HTTPField]) { self.fields = fields }
}

/// A request that has passed its guards.
struct Admitted {
    /// Index into ``RouteTable/routes``.
    let route: Int
    let fields: GuardFields?
}

extension GuardSettings {
    /// Makes the guard of an entry.
    func makeGuard() -> any SynchronousGuard {
        switch self {
        case .apiKey(let settings): APIKeyGuard(settings)
        case .ipAllow(let settings): AddressGuard(settings, isAllowed: true)
        case .ipDeny(let settings): AddressGuard(settings, isAllowed: false)
        case .rateLimit(let settings): RateLimitGuard(settings)
        }
    }
}
