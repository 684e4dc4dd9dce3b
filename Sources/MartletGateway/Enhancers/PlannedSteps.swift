import Pipeline
import Routing

/// The order of a route's enhancers when one of them takes its time.
struct PlannedSteps: Sendable {
    var guards: [GuardStep] = []
    var interceptors: [InterceptorStep] = []
    var pipes: [PipeStep] = []
    var filters: [FilterStep] = []

    /// Whether anything in it cannot decide at once.
    var needsTask: Bool {
        !guards.isEmpty || interceptors.contains { $0.takesTime } || pipes.contains { $0.takesTime }
            || filters.contains { $0.takesTime }
    }
}

enum GuardStep: Sendable {
    case inline(any SynchronousGuard)
    case custom(any Guard)
    case remote(RemoteCall, RemoteVerdicts)

    init?(_ made: MadeEnhancer) {
        switch made {
        case .inlineGuard(let each): self = .inline(each)
        case .customGuard(let each): self = .custom(each)
        case .remoteGuard(let call, let verdicts): self = .remote(call, verdicts)
        default: return nil
        }
    }
}

enum InterceptorStep: Sendable {
    case map(ResultTemplate)
    case custom(any Interceptor)
    case remote(RemoteCall)

    init?(_ made: MadeEnhancer) {
        switch made {
        case .map(let template): self = .map(template)
        case .customInterceptor(let each): self = .custom(each)
        case .remoteInterceptor(let call): self = .remote(call)
        default: return nil
        }
    }

    var takesTime: Bool {
        switch self {
        case .map: false
        case .custom, .remote: true
        }
    }
}

enum PipeStep: Sendable {
    case schema(SchemaPipe)
    case custom(any PipeTransform)
    case remote(RemoteCall)

    init?(_ made: MadeEnhancer) {
        switch made {
        case .schema(let schema): self = .schema(schema)
        case .customPipe(let each): self = .custom(each)
        case .remotePipe(let call): self = .remote(call)
        default: return nil
        }
    }

    var takesTime: Bool {
        switch self {
        case .schema: false
        case .custom, .remote: true
        }
    }
}

enum FilterStep: Sendable {
    /// Errors that have a status of their own are handled: no further filter sees them.
    case cases([ErrorSpec.Case])
    case custom(any ExceptionFilter)
    case remote(RemoteCall)

    /// Up to the first that takes every error.
    static func chain(_ made: [MadeEnhancer]) -> [FilterStep] {
        var steps: [FilterStep] = []
        for each in made {
            switch each {
            case .filter(.mapError(let cases)): steps.append(.cases(cases))
            case .filter(.rpcToProblem): return steps
            case .customFilter(let filter): steps.append(.custom(filter))
            case .remoteFilter(let call): steps.append(.remote(call))
            default: continue
            }
        }
        return steps
    }

    var takesTime: Bool {
        switch self {
        case .cases: false
        case .custom, .remote: true
        }
    }
}
