import Logging
import Pipeline
import Routing

/// What enhancers are made with, and all of them made: each entry of the route file once, for all event loops together, so that
/// what it counts it counts for all of them.
///
/// When the route file is read again, entries that are what they were keep what was made for them: rate limits go on counting,
/// verified tokens stay verified.
///
/// World: structured concurrency, when the gateway starts and when it reloads.
final class EnhancerResources: Sendable {
    /// Event loops that will use them.
    let loops: Int
    /// By settings without their places.
    private let keys: [JWTSettings: JWTKeys]

    /// What the gateway looks after while it runs.
    var watched: [JWTKeys] { Array(keys.values) }

    /// Reads the files that entries name.
    ///
    /// - Parameters:
    ///   - file: The configuration.
    ///   - loops: Event loops.
    ///   - former: Whose keys are taken over.
    /// - Throws: `RouteFileError` with every file that cannot be used.
    init(_ file: RouteFile, loops: Int, after former: EnhancerResources? = nil) async throws {
        self.loops = loops
        var keys: [JWTSettings: JWTKeys] = [:]
        var errors: [Diagnostic] = []
        for entry in file.enhancers {
            guard case .guardian(.jwt(let settings)) = entry.settings, keys[settings.placeless] == nil else {
                continue
            }
            do {
                keys[settings.placeless] =
                    if let known = former?.keys[settings.placeless] { known } else { try await JWTKeys(settings) }
            } catch {
                errors.append(Diagnostic(.error, settings.place, "\"Jwt\": \(error)"))
            }
        }
        self.keys = keys
        if !errors.isEmpty { throw RouteFileError(errors: errors, warnings: []) }
    }

    /// The keys of a guard.
    func keys(for settings: JWTSettings) -> JWTKeys {
        guard let keys = keys[settings.placeless] else {
            preconditionFailure("the keys of every Jwt entry are read at the start")
        }
        return keys
    }

    /// Makes every entry.
    ///
    /// - Parameters:
    ///   - file: The configuration.
    ///   - registry: What Swift packages have registered.
    ///   - former: What was made of the entries of the configuration before.
    /// - Returns: In the order of ``RouteFile/enhancers``.
    /// - Throws: `RouteFileError` with what factories of registered enhancers had to say.
    func make(
        _ file: RouteFile, registry: EnhancerRegistry, after former: KeptEnhancers = KeptEnhancers()
    ) throws(RouteFileError) -> [MadeEnhancer] {
        var errors: [Diagnostic] = []
        var former = former
        let made = file.enhancers.map { entry -> MadeEnhancer in
            if let kept = former.take(entry) { return kept }
            do {
                return try make(entry, registry: registry)
            } catch {
                errors.append(Diagnostic(.error, entry.place, "\"\(entry.name)\": \(error)"))
                return .filter(.mapError([]))
            }
        }
        if !errors.isEmpty { throw RouteFileError(errors: errors, warnings: []) }
        return made
    }

    private func make(_ entry: EnhancerEntry, registry: EnhancerRegistry) throws -> MadeEnhancer {
        switch entry.settings {
        case .guardian(let settings): return .inlineGuard(settings.makeGuard(self))
        case .schema(let settings): return .schema(SchemaPipe(settings))
        case .filter(let settings): return .filter(settings)
        case .interceptor(let settings): return make(settings)
        case .custom(let options): return try registry.make(entry.kind, entry.name, options)
        case .remote(let settings):
            let call = RemoteCall(settings)
            switch entry.kind {
            case .guards: return .remoteGuard(call, RemoteVerdicts(settings, loops: loops))
            case .interceptors: return .remoteInterceptor(call)
            case .pipes: return .remotePipe(call)
            case .filters: return .remoteFilter(call)
            }
        }
    }

    private func make(_ settings: InterceptorSettings) -> MadeEnhancer {
        switch settings {
        case .requestID(let settings): .prelude(RequestIDPrelude(settings: settings))
        case .trace: .prelude(TracePrelude())
        case .cors(let settings): .prelude(CORSPrelude(settings))
        case .setHeaders(let settings): .prelude(SetHeadersPrelude(settings))
        case .accessLog, .timeout, .compress: .setting(settings)
        case .mapResponse(let template): .map(template)
        case .cache(let settings): .cache(ResponseCacheSet(settings, loops: loops))
        case .collapse: .collapse(CollapseSet(loops: loops))
        }
    }
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
