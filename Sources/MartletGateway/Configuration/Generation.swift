import NetworkIO
import Routing

/// One state of the whole configuration: what the route file says, and everything that was made of it before any request sees it.
///
/// A generation is immutable. Reading the route file again makes the next one, with what did not change taken over from the one
/// before; only when it is complete do the event loops go on to it.
struct Generation: Sendable {
    /// One for the first.
    let number: Int
    let file: RouteFile
    /// What the files were when they were read.
    let reading: RouteFileReading
    let tls: GatewayTLS
    let resources: EnhancerResources
    /// In the order of ``RouteFile/enhancers``.
    let made: [MadeEnhancer]
    /// By route; `nil` for one with nothing around its call.
    let plans: [RoutePlan?]
    /// Which lines are written of requests, and which spans.
    let observation: ObservationPlan

    /// Makes everything that a configuration needs.
    ///
    /// - Parameters:
    ///   - reading: The configuration as it was read.
    ///   - former: The generation before it.
    ///   - enhancers: What Swift packages have registered.
    ///   - configuration: Event loops, and what the program says of lines.
    /// - Throws: `RouteFileError` with what is wrong with certificates, keys, log files or options of registered enhancers.
    init(
        _ reading: RouteFileReading, after former: Generation?, enhancers: EnhancerRegistry,
        configuration: GatewayConfiguration
    ) async throws {
        let file = reading.file
        number = (former?.number ?? 0) + 1
        self.file = file
        self.reading = reading
        tls = try GatewayTLS(file, after: former?.tls)
        resources = try await EnhancerResources(file, loops: configuration.loops, after: former?.resources)
        let kept = former.map { KeptEnhancers($0.file.enhancers, $0.made) } ?? KeptEnhancers()
        let made = try resources.make(file, registry: enhancers, after: kept)
        self.made = made
        plans = file.table.routes.map { RoutePlan($0.plan, made: made) }
        observation = try ObservationPlan(file, configuration, after: former?.observation)
    }
}
