/// Understands the sections of a configuration and puts the result together.
struct RouteFileBuilder {
    let sections: FileSections
    let sink: DiagnosticSink
    var surroundings: EnhancerSurroundings

    init(_ sections: FileSections, sink: DiagnosticSink, surroundings: EnhancerSurroundings = EnhancerSurroundings()) {
        self.sections = sections
        self.sink = sink
        self.surroundings = surroundings
        self.surroundings.services = sections.services.map(\.name)
    }

    func build(files: [String]) -> RouteFile {
        let gateway = sections.gateway.map { GatewayReader(sink: sink, services: surroundings.services).read($0) }
        let errors = ErrorSpec.defaults.under(sections.errors.map { ErrorsReader(sink: sink).read($0) } ?? ErrorRules())
        let enhancers = EnhancerReader(sink: sink, surroundings: surroundings)
        if let sets = sections.sets { enhancers.readSets(sets) }
        let global = enhancers.chain(use: sections.use, without: nil, in: EnhancerChain(), what: "the route file")
        let services = sections.services.map {
            ServiceReader(sink: sink, enhancers: enhancers, outer: global).read($0)
        }
        let context = RouteContext(
            services: services.map(\.settings), limits: gateway?.settings.limits ?? .defaults, errors: errors,
            ignoresTrailingSlash: gateway?.ignoresTrailingSlash ?? false, enhancers: enhancers, global: global,
            chains: services.map(\.chain))
        var routes: [Route] = []
        var ranked: [Route] = []
        var places: [String: SourcePlace] = [:]
        for node in sections.routes {
            let reader = RouteReader(context: context, sink: sink)
            let route = reader.read(node)
            guard let (id, place) = reader.identity else { continue }
            if let first = places[id] {
                sink.error(place, "route id \"\(id)\" stands already at \(first)")
            } else {
                places[id] = place
                if let route { routes.append(route) }
                if let route, reader.isRankKnown { ranked.append(route) }
            }
        }
        RouteConflicts(routes: ranked, sink: sink).report()
        if sections.routes.isEmpty, sink.errors.isEmpty { sink.warning(sections.place, "there are no routes") }
        let table = RouteTable(routes: routes)
        let tests = sections.tests.compactMap { RouteTestReader(sink: sink).read($0) }
        if sink.errors.isEmpty {
            warnAboutUnusedServices(context.services, routes, enhancers.all)
            enhancers.warnAboutUnusedSets()
        }
        return RouteFile(
            gateway: gateway?.settings ?? .defaults, services: context.services, table: table, errors: errors,
            enhancers: enhancers.all, warnings: sink.warnings, files: files + enhancers.files, tests: tests)
    }

    private func warnAboutUnusedServices(
        _ services: [ServiceSettings], _ routes: [Route], _ enhancers: [EnhancerEntry]
    ) {
        let asked = enhancers.compactMap { entry -> Int? in
            guard case .remote(let settings) = entry.settings else { return nil }
            return settings.service
        }
        let used = Set(routes.map(\.service) + asked)
        for (index, service) in services.enumerated() where !used.contains(index) {
            sink.warning(service.place, "no route uses service \"\(service.name)\"")
        }
    }
}

/// What a route needs to know of the rest of the configuration.
struct RouteContext {
    let services: [ServiceSettings]
    let limits: GatewayLimits
    let errors: ErrorSpec
    let ignoresTrailingSlash: Bool
    let enhancers: EnhancerReader
    /// What every route inherits.
    let global: EnhancerChain
    /// What the routes of each service inherit.
    let chains: [EnhancerChain]
}
