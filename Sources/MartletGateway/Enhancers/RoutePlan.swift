import HTTPWire
import NetworkIO
import Pipeline
import Routing

/// What stands around the call of a route, made once when the gateway starts; nothing of it changes.
///
/// A route whose enhancers all decide at once is carried out inline. One with an enhancer that takes its time has ``steps``:
/// its requests each run in a task of their own, in the same order.
///
/// World: any event loop, several at the same time.
final class RoutePlan: Sendable {
    /// In the order written.
    let preludes: [any Prelude]
    /// Those that are asked from the head alone, before the body is read: all up to the first that takes its time.
    let guards: [any SynchronousGuard]
    let schemas: [SchemaPipe]
    /// From the innermost to the outermost.
    let templates: [ResultTemplate]
    /// They stand before the message itself: what they find goes through all enhancers.
    let cache: ResponseCacheSet?
    let collapse: CollapseSet?
    let compress: CompressSettings?
    /// Whether answers have an `ETag`.
    var tagsAnswers: Bool { cache != nil }
    /// The shortest of all.
    let timeout: Duration?
    let accessLog: AccessLogSettings?
    /// Where else the request id stands in answers.
    let requestIDHeader: String?
    /// Whether packets say which request they belong to.
    let sendsRequestID: Bool
    let sendsTrace: Bool
    /// For `Cors`' preflights.
    let cors: CORSPrelude?
    let steps: PlannedSteps?

    /// Whether an answer can be another than the service's value with the route's fields.
    var shapesAnswers: Bool { compress != nil || tagsAnswers || requestIDHeader != nil }
    /// Whether messages carry metadata.
    var sendsMetadata: Bool { sendsRequestID || sendsTrace }
    /// Whether something of the request has to be noted for its answer.
    var needsNotes: Bool { compress != nil || tagsAnswers }

    /// - Returns: `nil` when nothing stands around the call.
    init?(_ plan: EnhancerPlan, made: [MadeEnhancer]) {
        guard EnhancerKind.allCases.contains(where: { !plan[$0].isEmpty }) else { return nil }
        let interceptors = plan.interceptors.map { made[$0] }
        preludes = interceptors.compactMap { if case .prelude(let prelude) = $0 { prelude } else { nil } }
        let allGuards = plan.guards.map { made[$0] }
        let inline = allGuards.prefix { if case .inlineGuard = $0 { true } else { false } }
        guards = inline.compactMap { if case .inlineGuard(let each) = $0 { each } else { nil } }
        var steps = PlannedSteps()
        steps.guards = allGuards.dropFirst(inline.count).compactMap(GuardStep.init)
        steps.interceptors = interceptors.compactMap(InterceptorStep.init)
        steps.pipes = plan.pipes.compactMap { PipeStep(made[$0]) }
        steps.filters = FilterStep.chain(plan.filters.map { made[$0] })
        let needsTask = steps.needsTask
        self.steps = needsTask ? steps : nil
        schemas = needsTask ? [] : steps.pipes.compactMap { if case .schema(let schema) = $0 { schema } else { nil } }
        templates =
            needsTask
            ? []
            : steps.interceptors.reversed().compactMap { if case .map(let template) = $0 { template } else { nil } }
        cache = interceptors.lazy.compactMap { if case .cache(let cache) = $0 { cache } else { nil } }.first
        collapse = interceptors.lazy.compactMap { if case .collapse(let set) = $0 { set } else { nil } }.first
        let settings = interceptors.compactMap { if case .setting(let setting) = $0 { setting } else { nil } }
        compress = settings.lazy.compactMap { if case .compress(let compress) = $0 { compress } else { nil } }.last
        timeout = settings.compactMap { if case .timeout(let timeout) = $0 { timeout } else { nil } }.min()
        accessLog = settings.lazy.compactMap { if case .accessLog(let log) = $0 { log } else { nil } }.last
        let ids = preludes.compactMap { $0 as? RequestIDPrelude }
        requestIDHeader = ids.last.map(\.settings.header).flatMap { $0 == "x-request-id" ? nil : $0 }
        sendsRequestID = !ids.isEmpty
        sendsTrace = preludes.contains { $0 is TracePrelude }
        cors = preludes.lazy.compactMap { $0 as? CORSPrelude }.last
    }
}
