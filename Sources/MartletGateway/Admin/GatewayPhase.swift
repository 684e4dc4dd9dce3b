/// Where the gateway is between its start and its end.
package enum GatewayPhase: String, Sendable, Hashable {
    /// Not every address is listened on yet.
    case starting
    case serving
    /// Still takes requests, and asks its clients to go elsewhere: `shutdown.notReadyFor`.
    case leaving
    /// Takes nothing new; finishes what is in flight.
    case draining
}
