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
