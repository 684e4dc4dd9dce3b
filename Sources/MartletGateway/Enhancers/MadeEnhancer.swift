import Pipeline
import Routing

/// An entry of the route file, made.
enum MadeEnhancer: Sendable {
    case inlineGuard(any SynchronousGuard)
    case customGuard(any Guard)
    case remoteGuard(RemoteCall, RemoteVerdicts)
    case prelude(any Prelude)
    /// What only changes how a request is carried out.
    case setting(InterceptorSettings)
    case map(ResultTemplate)
    case cache(ResponseCacheSet)
    case collapse(CollapseSet)
    case customInterceptor(any Interceptor)
    case remoteInterceptor(RemoteCall)
    case schema(SchemaPipe)
    case customPipe(any PipeTransform)
    case remotePipe(RemoteCall)
    case filter(FilterSettings)
    case customFilter(any ExceptionFilter)
    case remoteFilter(RemoteCall)
}
