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
    /// With the claims that guards before this one have provided.
    let request: RequestView
    /// The present, nanoseconds of a monotonic clock.
    let now: Int64
    /// The number of the event loop, for what each keeps for itself.
    let loop: Int
}

enum GuardDecision {
    case pass
    /// Goes on, and its answer gets these fields, whatever it is.
    case passWith([HTTPField])
    /// Goes on, and it is known whose request it is.
    case identified(ClaimSet)
    case refuse(GatewayError)
}

extension GuardSettings {
    /// Makes the guard of an entry.
    ///
    /// - Parameter resources: What is read from files and fetched.
    /// - Returns: The guard, one for all event loops.
    func makeGuard(_ resources: EnhancerResources) -> any SynchronousGuard {
        switch self {
        case .apiKey(let settings): APIKeyGuard(settings)
        case .ipAllow(let settings): AddressGuard(settings, isAllowed: true)
        case .ipDeny(let settings): AddressGuard(settings, isAllowed: false)
        case .rateLimit(let settings): RateLimitGuard(settings)
        case .jwt(let settings): JWTGuard(settings, keys: resources.keys(for: settings), loops: resources.loops)
        case .basic(let settings): BasicGuard(settings)
        case .roles(let settings): MembershipGuard(settings, kind: .roles)
        case .scopes(let settings): MembershipGuard(settings, kind: .scopes)
        }
    }
}
