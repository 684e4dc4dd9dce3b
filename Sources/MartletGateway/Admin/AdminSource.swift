import MessageWire
import Routing

/// What the admin listener asks and tells. The gateway answers; in tests somebody else does.
///
/// World: structured concurrency; never on the loops of requests for longer than it takes to copy some numbers.
package protocol AdminSource: Sendable {
    /// Everything that can be seen at this moment.
    func status() async -> AdminStatus
    /// Where the gateway is between its start and its end; asked of nobody.
    var currentPhase: GatewayPhase { get }
    /// The configuration in force, secrets hidden.
    func effectiveConfiguration() async -> JSONValue
    /// The routes in force.
    func routes() async -> [RouteRow]
    /// Metrics in the text format of Prometheus, or in that which `Accept` asks for.
    func metricsText(accept: String?) async -> MetricsText
    /// Loads the route files again.
    ///
    /// - Parameter cause: Why, for the log.
    /// - Returns: What came of it.
    func reload(cause: String) async -> ReloadOutcome
    /// The lowest level that is logged; `nil` when it cannot be told.
    func logLevel() async -> String?
    /// Sets the lowest level that is logged.
    ///
    /// - Returns: Whether there is such a level.
    func setLogLevel(_ level: String) async -> Bool
    /// Takes an endpoint out of service on every loop, or back in.
    ///
    /// - Returns: Whether there is such an endpoint.
    func setDraining(_ isDraining: Bool, service: String, endpoint: String) async -> Bool
    /// Called every second: keeps an eye on services that nobody asks.
    func tick() async
}
