public import Pipeline

/// Guards, interceptors, pipes and exception filters around handlers. All of it is said before the service starts; later it is a
/// mistake in the program, which traps.
///
/// They run as in NestJS: guards global, controller, handler; interceptors the same way in and the reverse way out; pipes
/// global, controller, handler; filters handler, controller, global. Within one scope the order is the one written, for filters
/// too (NestJS asks the filters of one scope from the last to the first).
///
/// A handler that has none of them runs as if there were no such thing: its pipeline is put together once, at start.
///
/// Spec: docs/enhancers/custom.md
extension Microservice {
    /// Puts enhancers around every handler, also those registered before: NestJS's `useGlobalGuards` and its like.
    ///
    /// May be called several times; what comes later stands behind what came before.
    ///
    /// ```swift
    /// service.use(Enhancers(guards: [SignedGuard()], interceptors: [Timing()]))
    /// ```
    ///
    /// - Parameter enhancers: The four lists, each in the order in which it applies.
    public func use(_ enhancers: Enhancers) { addGlobal(enhancers) }

    /// Puts enhancers around every handler, also those registered before.
    ///
    /// ```swift
    /// service.use(guards: [SignedGuard()], filters: [NotFoundFilter()])
    /// ```
    ///
    /// - Parameters:
    ///   - guards: Decide whether a message is handled at all.
    ///   - interceptors: Run around everything behind the guards.
    ///   - pipes: Change or refuse the payload, before it is decoded for the handler.
    ///   - filters: Turn errors into answers.
    public func use(
        guards: [any Guard] = [], interceptors: [any Interceptor] = [], pipes: [any PipeTransform] = [],
        filters: [any ExceptionFilter] = []
    ) {
        addGlobal(Enhancers(guards: guards, interceptors: interceptors, pipes: pipes, filters: filters))
    }

    /// Registers handlers that share enhancers: a controller class with `@UseGuards()` and its like.
    ///
    /// ```swift
    /// service.controller(use: Enhancers(guards: [AdminGuard()])) { group in
    ///     group.onMessage(["cmd": "refund"]) { (order: Order, _) in try await refund(order) }
    ///     group.onEvent("order_paid", use: Enhancers(pipes: [ParseInt()])) { (id: Int, _) in await orders.pay(id) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - enhancers: Stand between the global ones and each handler's own.
    ///   - register: Registers the handlers with the group.
    /// - Throws: What `register` throws.
    public func controller(use enhancers: Enhancers, _ register: (HandlerGroup) throws -> Void) rethrows {
        try register(HandlerGroup(self, enhancers))
    }
}
