/// The four lists of one scope.
public struct Enhancers: Sendable {
    /// Who decides whether a call may go on.
    public var guards: [any Guard]
    /// What runs around it.
    public var interceptors: [any Interceptor]
    /// What changes its payload.
    public var pipes: [any PipeTransform]
    /// What turns errors into answers.
    public var filters: [any ExceptionFilter]

    /// Lists in the order in which they apply.
    public init(
        guards: [any Guard] = [], interceptors: [any Interceptor] = [], pipes: [any PipeTransform] = [],
        filters: [any ExceptionFilter] = []
    ) {
        self.guards = guards
        self.interceptors = interceptors
        self.pipes = pipes
        self.filters = filters
    }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { guards.isEmpty && interceptors.isEmpty && pipes.isEmpty && filters.isEmpty }

    /// This scope with what was added to it later.
    package func followed(by later: Enhancers) -> Enhancers {
        Enhancers(
            guards: guards + later.guards, interceptors: interceptors + later.interceptors, pipes: pipes + later.pipes,
            filters: filters + later.filters)
    }

    /// This scope within an outer one: guards, interceptors and pipes from the outside in, filters from the inside out.
    package func within(_ outer: Enhancers) -> Enhancers {
        Enhancers(
            guards: outer.guards + guards, interceptors: outer.interceptors + interceptors, pipes: outer.pipes + pipes,
            filters: filters + outer.filters)
    }
}
