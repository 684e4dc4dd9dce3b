import MessageWire

/// One entry of `routes:`, compiled: which requests it takes, which message they become, and how the answer is given.
///
/// A class, so that a request holds it with one reference while the table is swapped.
package final class Route: Sendable {
    /// The two verbs of Nest's `ClientProxy`.
    package enum Kind: Sendable, Hashable {
        /// Waits for the answer.
        case send
        /// Does not; the client gets a 202 once the bytes were handed to a live connection.
        case emit
    }

    package let id: String
    package let methods: MethodSet
    package let path: PathTemplate
    package let host: HostPattern?
    package let conditions: [RouteCondition]
    /// Decides between routes of the same rank; 0 unless given.
    package let priority: Int
    package let ignoresTrailingSlash: Bool

    package let kind: Kind
    /// Index into ``RouteFile/services``.
    package let service: Int
    package let pattern: PatternPlan
    package let payload: PayloadPlan
    /// What stands around the call.
    package let plan: EnhancerPlan
    /// Whether there are guards.
    package let isGuarded: Bool
    package let consumes: BodyFormats
    package let response: ResponseSpec
    /// What a stream becomes for a request that says nothing of `Accept`.
    package let standardForm: ResponseSpec.Form
    package let errors: ErrorSpec
    /// The route's own, or its service's.
    package let timeout: TimeoutSettings
    /// The route's own, or the gateway's. Bytes.
    package let maxBodyBytes: Int
    package let summary: String?
    package let tags: [String]
    /// Where the route stands.
    package let place: SourcePlace

    init(
        id: String, match: RouteMatchSettings, kind: Kind, service: Int, pattern: PatternPlan, payload: PayloadPlan,
        plan: EnhancerPlan, consumes: BodyFormats, response: ResponseSpec, errors: ErrorSpec, timeout: TimeoutSettings,
        maxBodyBytes: Int,
        summary: String?, tags: [String], place: SourcePlace
    ) {
        self.id = id
        methods = match.methods
        path = match.path
        host = match.host
        conditions = match.conditions
        priority = match.priority
        ignoresTrailingSlash = match.ignoresTrailingSlash
        self.kind = kind
        self.service = service
        self.pattern = pattern
        self.payload = payload
        self.plan = plan
        isGuarded = !plan.guards.isEmpty
        self.consumes = consumes
        self.response = response
        standardForm = response.standardForm
        self.errors = errors
        self.timeout = timeout
        self.maxBodyBytes = maxBodyBytes
        self.summary = summary
        self.tags = tags
        self.place = place
    }
}

/// The enhancers of a route: indexes into ``RouteFile/enhancers``, in the order in which they apply.
package struct EnhancerPlan: Sendable, Hashable {
    package var guards: [Int] = []
    package var interceptors: [Int] = []
    package var pipes: [Int] = []
    package var filters: [Int] = []

    init(_ chain: EnhancerChain) {
        guards = chain.numbers(.guards)
        interceptors = chain.numbers(.interceptors)
        pipes = chain.numbers(.pipes)
        filters = chain.numbers(.filters)
    }

    /// The numbers of a kind.
    package subscript(kind: EnhancerKind) -> [Int] {
        switch kind {
        case .guards: guards
        case .interceptors: interceptors
        case .pipes: pipes
        case .filters: filters
        }
    }
}

/// Which requests a route takes.
struct RouteMatchSettings: Sendable {
    var methods: MethodSet
    var path: PathTemplate
    var host: HostPattern?
    var conditions: [RouteCondition] = []
    var priority = 0
    var ignoresTrailingSlash = false
}
