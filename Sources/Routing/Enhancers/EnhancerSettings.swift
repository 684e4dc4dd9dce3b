import JSONSchema
import MessageWire

/// An enhancer as it stands in the route file.
package struct EnhancerEntry: Sendable {
    package let kind: EnhancerKind
    package let name: String
    package let settings: EnhancerSettings
    package let place: SourcePlace
}

/// What one entry says. The gateway makes an enhancer of it, once for the entry.
package enum EnhancerSettings: Sendable {
    case guardian(GuardSettings)
    case interceptor(InterceptorSettings)
    case schema(SchemaSettings)
    case filter(FilterSettings)
    /// A message handler of some service decides.
    case remote(RemoteSettings)
    /// One that a Swift package has registered by name, with its options as they stand.
    case custom(JSONValue)

    /// The settings of a guard.
    package var guardSettings: GuardSettings? {
        guard case .guardian(let settings) = self else { return nil }
        return settings
    }

    /// Whether it can decide only over time, so that a request needs a task.
    package var isAsynchronous: Bool {
        switch self {
        case .guardian, .interceptor, .schema, .filter: false
        case .remote, .custom: true
        }
    }
}

/// `Remote`: a message handler of any service decides.
package struct RemoteSettings: Sendable {
    package enum OnError: String, Sendable, CaseIterable {
        /// A guard refuses, a pipe or interceptor ends the request, a filter leaves the error as it is.
        case deny
        /// As if it were not there.
        case allow
    }

    /// Index into ``RouteFile/services``.
    package var service: Int
    package var pattern: CompiledPattern
    package var timeout: Duration?
    /// How long a guard's answer counts for requests that look the same; `nil` asks each time.
    package var cache: Duration?
    package var maxCached: Int
    package var onError: OnError
    /// What a guard's claims are called.
    package var claims: String

    package static let defaultMaxCached = 10_000
}

/// `Schema`: parts of a request must be valid by a JSON Schema.
package struct SchemaSettings: Sendable {
    package var body: CompiledSchema?
    package var query: SchemaPart?
    package var path: SchemaPart?
    /// Faults that are told at most.
    package var maxErrors: Int
    /// The status of a refusal.
    package var status: Int
}

/// What filters say; they are worked into a route's ``ErrorSpec`` when the file is loaded.
package enum FilterSettings: Sendable, Hashable {
    case rpcToProblem(statusFrom: [String]?, map: [String: Int], otherwise: Int?)
    case mapError([ErrorSpec.Case])
}
